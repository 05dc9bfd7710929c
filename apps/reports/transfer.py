"""Reports as a part of a project's archive: their Markdown, and who wrote them when."""

from collections.abc import Iterator
from datetime import datetime

from apps.accounts.models import User
from apps.reports.models import Report
from apps.reports.services import checked_text
from apps.runs.models import Project
from apps.transfer.parts import Part, Text


def report_texts(project: Project) -> Iterator[Text]:
    """All reports, oldest first."""
    for report in (
        Report.objects.filter(project=project).select_related("author").order_by("created_at", "id").iterator()
    ):
        facts = {
            "title": report.title,
            "author": report.author.get_username() if report.author else None,
            "revision": report.revision,
            "created_at": report.created_at.isoformat(),
            "updated_at": report.updated_at.isoformat(),
        }
        yield Text(facts, report.markdown)


def restore_report(project: Project, user: User, text: Text) -> bool:
    """Make a report as it was; False when the project has one of this title from this moment. See Part for errors."""
    title, markdown = checked_text(text.facts["title"], text.text)
    moments = {name: datetime.fromisoformat(text.facts[name]) for name in ("created_at", "updated_at")}
    if any(moment.tzinfo is None for moment in moments.values()):
        raise ValueError("a moment does not say its offset from UTC")
    revision = int(text.facts["revision"])
    if not 1 <= revision < 2**31:
        raise ValueError(f"there is no revision {revision}")
    if Report.objects.filter(project=project, title=title, created_at=moments["created_at"]).exists():
        return False
    Report.objects.create(project=project, author=user, title=title, markdown=markdown, revision=revision, **moments)
    return True


PART = Part("reports", report_texts, restore_report)
