"""Writes to reports."""

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.reports.errors import ReportChanged
from apps.reports.models import Report
from apps.runs.models import Project

MAX_TITLE_LENGTH = 200
MAX_MARKDOWN_BYTES = 2**20


def create_report(*, project: Project, author: User | None, title: str, markdown: str) -> Report:
    """A new report at revision 1. Raises Invalid for a text that is too long or holds what cannot be stored."""
    title, markdown = checked_text(title, markdown)
    now = timezone.now()
    return Report.objects.create(
        project=project, author=author, title=title, markdown=markdown, created_at=now, updated_at=now
    )


@transaction.atomic
def update_report(*, report: Report, title: str, markdown: str, based_on: int | None = None) -> Report:
    """Save the report's next revision; saving the same text again makes none.

    based_on: the revision the author's text began from; None overwrites whatever there is.
    Raises Invalid like create_report, ReportChanged when the report has moved on from based_on.
    """
    title, markdown = checked_text(title, markdown)
    stored = Report.objects.filter(id=report.id)
    wanted = stored if based_on is None else stored.filter(revision=based_on)
    saved = wanted.exclude(title=title, markdown=markdown).update(
        title=title, markdown=markdown, revision=F("revision") + 1, updated_at=timezone.now()
    )
    report.refresh_from_db(fields=["title", "markdown", "revision", "updated_at"])
    if not saved and based_on is not None and (report.title, report.markdown) != (title, markdown):
        raise ReportChanged(based_on, report.revision)
    return report


def checked_text(title: str, markdown: str) -> tuple[str, str]:
    """The texts as they are stored: a title of one line, line ends as \\n. Raises Invalid naming every bad field."""
    title = " ".join(title.split())
    markdown = markdown.replace("\r\n", "\n").replace("\r", "\n")
    problems = {}
    if not title:
        problems["title"] = "A report needs a title."
    elif len(title) > MAX_TITLE_LENGTH:
        problems["title"] = f"The title has {len(title):,} characters; at most {MAX_TITLE_LENGTH} are allowed."
    if not _storable(title):
        problems["title"] = "The title holds a character that cannot be stored (NUL or half a surrogate pair)."
    if not _storable(markdown):
        problems["markdown"] = "The text holds a character that cannot be stored (NUL or half a surrogate pair)."
    elif (size := len(markdown.encode())) > MAX_MARKDOWN_BYTES:
        problems["markdown"] = (
            f"The text has {size:,} bytes; at most {MAX_MARKDOWN_BYTES:,} (1 MiB) are allowed. "
            "Split it into several reports."
        )
    if problems:
        raise Invalid(" ".join(problems.values()), fields=problems)
    return title, markdown


def _storable(text: str) -> bool:
    """Whether every database can store the text."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
