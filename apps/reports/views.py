"""The pages of reports: one report, its editor with a preview, a project's reports."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.reports import services
from apps.reports.access import may_write, readable_report, writable_report
from apps.reports.bodies import report_body
from apps.reports.drafts import MAX_RUNS, draft
from apps.reports.errors import ReportChanged
from apps.reports.kinds.known import KINDS
from apps.reports.models import MAX_NOTE_LENGTH, MAX_TITLE_LENGTH, Report
from apps.reports.queries import project_reports, readable_among
from apps.reports.rendering import pieces, remembered_pieces
from apps.reports.snapshot_queries import snapshot_of, snapshots_of
from apps.reports.snapshot_views import snapshot_page
from apps.runs.access import AnyUser, readable_project, writable_project
from apps.runs.models import Project, Run
from apps.runs.queries import runs_of

LONGEST_LIST = 500


@require_safe
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """What was published last; the draft as long as nothing was."""
    found = readable_report(request.user, report_id)
    newest = snapshots_of(found).values_list("n", flat=True).first()
    return _draft(request, found) if newest is None else snapshot_page(request, found, snapshot_of(found, newest))


@require_safe
def draft_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """The newest revision, its panels drawn as the runs are now."""
    return _draft(request, readable_report(request.user, report_id))


def _draft(request: HttpRequest, found: Report) -> HttpResponse:
    read = remembered_pieces(found.markdown, title=found.title)
    context = {
        "report": found,
        "newest": snapshots_of(found).first(),
        "may_write": may_write(request.user, found.project),
        **report_body(request.user, found.project, read),
    }
    return render(request, "reports/report.html", context)


@require_safe
def project_reports_page(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    reports = list(project_reports(found)[: LONGEST_LIST + 1])
    context = {
        "project": found,
        "reports": reports[:LONGEST_LIST],
        "more": len(reports) > LONGEST_LIST,
        "may_write": may_write(request.user, found),
    }
    return render(request, "reports/list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_report(request: HttpRequest) -> HttpResponse:
    """?project=team/slug, and what the draft draws: run (repeated), key (repeated)."""
    project = _asked_project(request.user, request.GET.get("project", ""))
    if request.method == "POST":
        return _saved(request, project, None)
    runs = _asked_runs(request.user, request.GET.getlist("run"))
    named = bool(runs)
    text = draft(runs or list(runs_of(project)[:MAX_RUNS]), request.GET.getlist("key"), named=named)
    return _editor(request, project, None, title="", markdown=text)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_report(request: HttpRequest, report_id: int) -> HttpResponse:
    found = writable_report(request.user, report_id)
    if request.method == "POST":
        return _saved(request, found.project, found)
    return _editor(request, found.project, found, title=found.title, markdown=found.markdown)


@require_POST
@signed_in(back="home")
def preview(request: HttpRequest) -> HttpResponse:
    """The body of the report that the editor's text would be, as a fragment."""
    project = _asked_project(request.user, request.POST.get("project", ""))
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


def _saved(request: HttpRequest, project: Project, found: Report | None) -> HttpResponse:
    """What a sent form becomes: the saved report's page, or the editor again with what was typed."""
    title, markdown = request.POST.get("title", ""), request.POST.get("markdown", "")
    note = request.POST.get("note", "")
    again: dict[str, Any] = {"title": title, "markdown": markdown, "note": note}
    if request.POST.get("do") == "preview":
        again["body"] = report_body(request.user, project, pieces(markdown, title=title.strip()))
        return _editor(request, project, found, **again, based_on=request.POST.get("revision"))
    author = request.user if isinstance(request.user, User) else None
    try:
        if found is None:
            found = services.create_report(project=project, author=author, title=title, markdown=markdown, note=note)
        else:
            based_on = request.POST.get("revision", "")
            found = services.update_report(
                report=found,
                title=title,
                markdown=markdown,
                author=author,
                note=note,
                based_on=int(based_on) if based_on.isdecimal() else None,
            )
    except Invalid as error:
        return _editor(
            request, project, found, **again, problems=error.fields, based_on=request.POST.get("revision"), status=400
        )
    except ReportChanged as error:
        words = f"{error.message} To save your text over theirs, save once more."
        return _editor(request, project, found, **again, problems={"": words}, status=409)
    return redirect("report_draft", report_id=found.id) if found.snapshots.exists() else redirect(found)


def _editor(
    request: HttpRequest,
    project: Project,
    found: Report | None,
    *,
    title: str,
    markdown: str,
    note: str = "",
    body: dict[str, Any] | None = None,
    problems: dict[str, str] | None = None,
    based_on: str | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "project": project,
        "report": found,
        "title": title,
        "markdown": markdown,
        "note": note,
        "revision": based_on or (found.revision if found else ""),
        "problems": problems or {},
        "limits": {"title": MAX_TITLE_LENGTH, "note": MAX_NOTE_LENGTH, "markdown": services.MAX_MARKDOWN_BYTES},
        "previewed": body is not None,
        **(body or {}),
        "panel_heads": sorted({kind.head for kind in KINDS.values()} - {""}),
    }
    return render(request, "reports/editor.html", context, status=status)


def _asked_project(user: AnyUser, name: str) -> Project:
    team, _, slug = name.partition("/")
    return writable_project(user, team, slug)


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
