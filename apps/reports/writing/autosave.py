"""Drafts: what somebody wrote and has not saved. Each open editor keeps its own, so no tab overwrites another's."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Invalid, NotFound
from apps.reports.models import MAX_EDITOR_LENGTH, MAX_TITLE_LENGTH, Draft, Report
from apps.reports.services import checked_text
from apps.runs.models import Project

MAX_DRAFTS = 20  # of one person in one project; beyond, the oldest goes
KEPT_DISCARDED = timedelta(days=1)


@transaction.atomic
def keep_draft(
    *,
    author: User,
    project: Project,
    report: Report | None,
    editor: str,
    title: str,
    markdown: str,
    revision: int | None = None,
) -> Draft | None:
    """Keep what an editor holds, in place of what it held before; None when the report says the same.

    Another draft with these very words goes: the editor has restored it.

    report: None for one that was never saved. editor: the name of the open editor. revision: the text's base.
    Raises Invalid for what no report can hold; an empty title is none yet.
    """
    if not 1 <= len(editor) <= MAX_EDITOR_LENGTH or not editor.isascii():
        raise Invalid(f"An editor's name has 1 to {MAX_EDITOR_LENGTH} characters.", fields={"editor": editor[:80]})
    checked, markdown = checked_text(title[:MAX_TITLE_LENGTH] or "Untitled", markdown)
    title = checked if title.strip() else ""
    if (title, markdown) == ((report.title, report.markdown) if report else ("", "")):
        drop_drafts(author, editors=[editor])
        return None
    draft, made = Draft.objects.update_or_create(
        author=author,
        editor=editor,
        defaults={
            "project": project,
            "report": report,
            "title": title,
            "markdown": markdown,
            "revision": revision,
            "updated_at": timezone.now(),
            "discarded_at": None,
        },
    )
    same_words = Draft.objects.filter(author=author, project=project, report=report, title=title, markdown=markdown)
    same_words.exclude(id=draft.id).delete()
    if made:
        _tidy(author, project)
    return draft


def _tidy(author: User, project: Project) -> None:
    own = Draft.objects.filter(author=author, project=project)
    own.filter(discarded_at__lt=timezone.now() - KEPT_DISCARDED).delete()
    kept = own.order_by("-updated_at", "-id").values_list("id", flat=True)
    Draft.objects.filter(id__in=list(kept[MAX_DRAFTS:])).delete()


def unsaved_drafts(author: User, project: Project, report: Report | None) -> list[Draft]:
    """A person's drafts of a report (None: of new ones of the project), without their text, the newest first."""
    found = Draft.objects.filter(author=author, project=project, report=report, discarded_at=None)
    return list(found.defer("markdown").order_by("-updated_at", "-id"))


def own_draft(author: User, draft_id: int) -> Draft:
    """A person's draft with its text, report and project, a discarded one too. Raises NotFound."""
    drafts = Draft.objects.select_related("report", "project__team")
    found = drafts.filter(author=author, id=draft_id).first()
    if found is None:
        raise NotFound("There is no such draft of yours; it may have been saved since.")
    return found


def discard(draft: Draft, *, undo: bool = False) -> None:
    """Offer a draft no longer; undo brings it back for KEPT_DISCARDED."""
    Draft.objects.filter(id=draft.id).update(discarded_at=None if undo else timezone.now())


def drop_drafts(author: User, *, editors: Iterable[str] = (), draft_ids: Iterable[int] = ()) -> None:
    """Remove drafts whose words were saved: of these editors, and these that were restored."""
    own = Draft.objects.filter(author=author)
    own.filter(editor__in=list(editors)).delete()
    own.filter(id__in=list(draft_ids)).delete()
