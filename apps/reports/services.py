"""Writes to reports."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.reports.errors import ReportChanged
from apps.reports.models import MAX_KEY_LENGTH, MAX_NOTE_LENGTH, MAX_TITLE_LENGTH, Report, Revision
from apps.runs.models import Project

MAX_MARKDOWN_BYTES = 2**20
MAX_REVISIONS = 10_000  # kept of a report


@transaction.atomic
def create_report(
    *, project: Project, author: User | None, title: str, markdown: str, note: str = "", key: str | None = None
) -> Report:
    """A new report at revision 1. note: what is said of this save, shown with the revision. key: see Report.

    Raises Invalid for a text that is too long or holds what cannot be stored, IntegrityError for a key that is taken.
    """
    (title, markdown), note = checked_text(title, markdown), checked_note(note)
    now = timezone.now()
    report = Report.objects.create(
        project=project, author=author, key=key, title=title, markdown=markdown, created_at=now, updated_at=now
    )
    _keep(report, author, note)
    return report


@transaction.atomic
def update_report(
    *,
    report: Report,
    title: str,
    markdown: str,
    author: User | None = None,
    note: str = "",
    based_on: int | None = None,
) -> Report:
    """Save the report's next revision; saving the same text again makes none.

    author: of this save. based_on: the revision the author's text began from; None overwrites whatever there is.
    Raises Invalid like create_report, ReportChanged when the report has moved on from based_on.
    """
    (title, markdown), note = checked_text(title, markdown), checked_note(note)
    stored = Report.objects.filter(id=report.id)
    wanted = stored if based_on is None else stored.filter(revision=based_on)
    saved = wanted.exclude(title=title, markdown=markdown).update(
        title=title, markdown=markdown, revision=F("revision") + 1, updated_at=timezone.now()
    )
    report.refresh_from_db(fields=["title", "markdown", "revision", "updated_at"])
    if not saved and based_on is not None and (report.title, report.markdown) != (title, markdown):
        raise ReportChanged(based_on, report.revision)
    if saved:
        if Revision.objects.filter(report=report).count() >= MAX_REVISIONS:
            message = f"At most {MAX_REVISIONS:,} revisions of a report are kept; go on in a new one."
            raise Invalid(message, fields={"markdown": "one revision too many"})
        _keep(report, author, note)
    return report


def put_report(
    *,
    project: Project,
    key: str,
    author: User | None,
    title: str,
    markdown: str,
    note: str = "",
    based_on: int | None = None,
) -> tuple[Report, bool]:
    """Save the project's report of this key, and make it when there is none; with it whether it was made.

    Raises Invalid and ReportChanged like create_report and update_report. Of two who make it at once, the second saves
    its next revision.
    """
    key = checked_key(key)
    text: dict[str, Any] = {"author": author, "title": title, "markdown": markdown, "note": note}
    stored = Report.objects.filter(project=project, key=key).select_related("project__team", "author")
    report = stored.first()
    if report is None:
        try:
            return create_report(project=project, key=key, **text), True
        except IntegrityError:
            report = stored.get()
    return update_report(report=report, based_on=based_on, **text), False


def restore_revision(
    *, report: Report, revision: Revision, author: User | None = None, based_on: int | None = None
) -> Report:
    """Save the text of an older revision as the newest one; what came between stays. Raises as update_report."""
    return update_report(
        report=report,
        title=revision.title,
        markdown=revision.markdown,
        author=author,
        note=f"Restored from revision {revision.n}",
        based_on=based_on,
    )


def _keep(report: Report, author: User | None, note: str) -> None:
    """Write down what the report is now, as its newest revision."""
    Revision.objects.create(
        report=report,
        n=report.revision,
        title=report.title,
        markdown=report.markdown,
        note=note,
        author=author,
        created_at=report.updated_at,
    )


def checked_key(key: str) -> str:
    """A key as it stands in an address: names parted by slashes. Raises Invalid."""
    problem = text_problem(key)
    if not problem and not 1 <= len(key) <= MAX_KEY_LENGTH:
        problem = f"has {len(key):,} characters; 1 to {MAX_KEY_LENGTH} are allowed"
    if not problem and {"", ".", ".."} & set(key.split("/")):
        problem = "is no path such as reports/digits.md: names parted by single slashes, none of them . or .."
    if problem:
        raise Invalid(f"The key {problem}.", fields={"key": problem})
    return key


def checked_note(note: str) -> str:
    """What is said of a save, on one line. Raises Invalid."""
    note = " ".join(note.split())
    problem = text_problem(note)
    if not problem and len(note) > MAX_NOTE_LENGTH:
        problem = f"has {len(note):,} characters; at most {MAX_NOTE_LENGTH} are allowed"
    if problem:
        raise Invalid(f"The note {problem}.", fields={"note": problem})
    return note


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
