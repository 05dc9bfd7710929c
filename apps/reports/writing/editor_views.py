"""The editor of reports: a new one, one that is there, and the preview beside it."""

from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.custom_panels.queries import listed_panels
from apps.reports import services
from apps.reports.access import writable_report
from apps.reports.bodies import report_body
from apps.reports.drafts import MAX_READ, MAX_RUNS, common_key, draft
from apps.reports.errors import ReportChanged
from apps.reports.kinds.known import KINDS
from apps.reports.models import MAX_NOTE_LENGTH, MAX_TITLE_LENGTH, Report, Revision
from apps.reports.queries import readable_among, revisions_of
from apps.reports.rendering import pieces
from apps.reports.writing.asked import asked_project
from apps.reports.writing.autosave import drop_drafts, own_draft, unsaved_drafts
from apps.reports.writing.block_list import Block, offered_blocks
from apps.reports.writing.conflicts import Conflict, conflict_of, merged_with_newest
from apps.reports.writing.merging import MINE
from apps.reports.writing.starts import starts, text_of_start
from apps.runs.access import AnyUser
from apps.runs.models import Project, Run
from apps.runs.queries import runs_of

OFFERED = 3  # drafts


class Words(NamedTuple):
    """What the editor holds. revision: the text's base, as a form says it. restored: drafts that it took over.

    editor: the name of the open editor that sent them, which goes on under it.
    """

    title: str
    markdown: str
    note: str = ""
    revision: str = ""
    restored: tuple[str, ...] = ()
    editor: str = ""

    @property
    def based_on(self) -> int | None:
        return int(self.revision) if self.revision.isdecimal() and len(self.revision) < 10 else None


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_report(request: HttpRequest) -> HttpResponse:
    """?project=team/slug, and what the draft draws: run (repeated), key (repeated); template: what it begins with.

    Or draft: words that were not saved.
    """
    project = asked_project(request.user, request.GET.get("project", ""))
    if request.method == "POST":
        return _sent(request, project, None)
    if "draft" in request.GET:
        return _editor(request, project, None, _restored(request, project, None))
    runs = _asked_runs(request.user, request.GET.getlist("run"))
    named = bool(runs)
    keys, newest = request.GET.getlist("key"), runs or list(runs_of(project)[:MAX_RUNS])
    if "template" in request.GET:
        keys = keys or [common_key(newest[:MAX_READ])]
        text = text_of_start(project, request.GET["template"], newest, keys, timezone.now().date())
    else:
        text = draft(newest, keys, named=named)
    return _editor(request, project, None, Words("", text))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """?draft: begin with words that were not saved."""
    found = writable_report(request.user, report_id)
    if request.method == "POST":
        return _sent(request, found.project, found)
    if "draft" in request.GET:
        return _editor(request, found.project, found, _restored(request, found.project, found))
    return _editor(request, found.project, found, Words(found.title, found.markdown, revision=str(found.revision)))


@require_POST
@signed_in(back="home")
def preview(request: HttpRequest) -> HttpResponse:
    """The body of the report that the editor's text would be, as a fragment."""
    project = asked_project(request.user, request.POST.get("project", ""))
    title, markdown = request.POST.get("title", ""), request.POST.get("markdown", "")
    try:
        title, markdown = services.checked_text(title or "Untitled", markdown)
    except Invalid as error:
        response = render(request, "reports/_problems.html", {"problems": error.fields}, status=400)
    else:
        response = render(
            request, "reports/_body.html", report_body(request.user, project, pieces(markdown, title=title))
        )
    response["X-Fragment"] = "report"  # the editor tells it from an error page by this
    return response


def _sent(request: HttpRequest, project: Project, found: Report | None) -> HttpResponse:
    """What a sent form becomes: the saved report's page, or the editor again with what was typed."""
    words = Words(
        request.POST.get("title", ""),
        request.POST.get("markdown", ""),
        request.POST.get("note", ""),
        request.POST.get("revision", ""),
        tuple(request.POST.getlist("draft")),
        request.POST.get("editor", ""),
    )
    if request.POST.get("do") == "preview":
        body = report_body(request.user, project, pieces(words.markdown, title=words.title.strip()))
        return _editor(request, project, found, words, body=body)
    if request.POST.get("do") == "merge" and found is not None:
        return _merged(request, found, words)
    return _saved(request, project, found, words)


def _saved(request: HttpRequest, project: Project, found: Report | None, words: Words) -> HttpResponse:
    author = request.user if isinstance(request.user, User) else None
    text = {"title": words.title, "markdown": words.markdown, "note": words.note}
    try:
        if found is None:
            saved = services.create_report(project=project, author=author, **text)
        else:
            saved = services.update_report(report=found, author=author, based_on=words.based_on, **text)
    except Invalid as error:
        return _editor(request, project, found, words, problems=error.fields, status=400)
    except ReportChanged as error:
        assert found is not None
        conflict = conflict_of(found, words.markdown, words.based_on)
        again = words._replace(revision=str(found.revision))
        problems = {"": f"{error.message} To save your text over theirs, save once more."}
        return _editor(request, project, found, again, problems=problems, conflict=conflict, status=409)
    if author is not None:
        drop_drafts(author, editors=[words.editor], draft_ids=_ids(words.restored))
    return redirect("report_draft", report_id=saved.id) if saved.snapshots.exists() else redirect(saved)


def _merged(request: HttpRequest, found: Report, words: Words) -> HttpResponse:
    """The editor with what others saved since brought into the text; nothing is saved."""
    base = words._replace(revision=request.POST.get("base") or words.revision).based_on
    text, overlaps = merged_with_newest(found, words.markdown, base)
    places = f"{overlaps} place{'s' if overlaps != 1 else ''}"
    said = f"Look for “{MINE}”: {places} changed in both." if overlaps else "Nothing overlapped."
    merge = f"Revision {found.revision} is in your text now. {said} Nothing is saved yet."
    again = words._replace(markdown=text, revision=str(found.revision))
    return _editor(request, found.project, found, again, merge=merge)


def _restored(request: HttpRequest, project: Project, found: Report | None) -> Words:
    """The words of the asked draft, which must be of this report. Raises NotFound."""
    (draft_id,) = _ids([request.GET["draft"]]) or [0]
    kept = own_draft(_person(request), draft_id)
    if kept.report != found or kept.project != project:
        raise NotFound("That draft is of another report.")
    revision = kept.revision or (found.revision if found else "")
    return Words(kept.title, kept.markdown, revision=str(revision), restored=(kept.slug,))


def _editor(
    request: HttpRequest,
    project: Project,
    found: Report | None,
    words: Words,
    *,
    body: dict[str, Any] | None = None,
    problems: dict[str, str] | None = None,
    conflict: Conflict | None = None,
    merge: str = "",
    status: int = 200,
) -> HttpResponse:
    offered = [] if request.method == "POST" else unsaved_drafts(_person(request), project, found)
    offered = [one for one in offered if one.slug not in words.restored]
    context = {
        "project": project,
        "report": found,
        "words": words,
        "offered": offered[:OFFERED],
        "starts": starts(project) if found is None and request.method != "POST" else [],
        "newer": _newer(found, words) if conflict is None else None,
        "discarded": next(iter(_ids([request.GET.get("discarded", "")])), None),
        "conflict": conflict,
        "merge": merge,
        "problems": problems or {},
        "limits": {"title": MAX_TITLE_LENGTH, "note": MAX_NOTE_LENGTH, "markdown": services.MAX_MARKDOWN_BYTES},
        "previewed": body is not None,
        **(body or {}),
        "blocks": _blocks(request.user, project),
        "panel_heads": sorted({kind.head for kind in KINDS.values()} - {""}),
    }
    return render(request, "reports/editor.html", context, status=status)


def _blocks(user: AnyUser, project: Project) -> list[Block]:
    """What the editor offers to put in, about the project's newest runs."""
    runs = list(runs_of(project)[:MAX_READ])
    panel = listed_panels(user, project).first()
    return offered_blocks(runs, common_key(runs), panel.slug if panel else "")


def _newer(found: Report | None, words: Words) -> Revision | None:
    """The newest revision, when the words are based on an older one."""
    if found is None or words.based_on in (None, found.revision):
        return None
    return revisions_of(found).first()


def _asked_runs(user: AnyUser, texts: list[str]) -> list[Run]:
    """The runs of these ids, in this order. Raises NotFound for one that is none."""
    try:
        asked = [ids.from_text(text) for text in texts[:MAX_RUNS]]
    except ValueError as error:
        raise NotFound(str(error)) from error
    readable = readable_among(user, asked) if asked else {}
    if len(readable) < len(set(asked)):
        raise NotFound("There is no such run that you may read.")
    return [readable[run_id] for run_id in dict.fromkeys(asked)]


def _ids(texts: list[str] | tuple[str, ...]) -> list[int]:
    """The ids among texts."""
    found = []
    for text in texts:
        try:
            found.append(ids.from_text(text))
        except ValueError:
            continue
    return found


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # signed in, as the views demand
    return request.user
