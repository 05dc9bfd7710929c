"""Reports and their revisions as parts of a project's archive: their Markdown, and who wrote them when."""

from collections.abc import Iterator

from django.db.models import F, OuterRef, Subquery

from apps.accounts.models import User
from apps.reports.models import Report, Revision
from apps.reports.services import checked_key, checked_note, checked_text
from apps.runs.models import Project
from apps.transfer.parts import Part, Text, moment


def report_texts(project: Project) -> Iterator[Text]:
    """All reports as they are now, oldest first."""
    newest = Revision.objects.filter(report=OuterRef("pk"), n=OuterRef("revision")).values("note")
    reports = Report.objects.filter(project=project).select_related("author").annotate(note=Subquery(newest))
    for report in reports.order_by("created_at", "id").iterator():
        facts = {
            "key": report.key,
            "title": report.title,
            "author": report.author.get_username() if report.author else None,
            "revision": report.revision,
            "note": report.note or "",
            "created_at": report.created_at.isoformat(),
            "updated_at": report.updated_at.isoformat(),
        }
        yield Text(facts, report.markdown)


def restore_report(project: Project, user: User, text: Text) -> bool:
    """Make a report as it was; False when the project has one of this title from this moment. See Part for errors."""
    title, markdown = checked_text(text.facts["title"], text.text)
    moments = {name: moment(text.facts[name]) for name in ("created_at", "updated_at")}
    revision = _number(text.facts["revision"])
    if Report.objects.filter(project=project, title=title, created_at=moments["created_at"]).exists():
        return False
    note = checked_note(text.facts.get("note", ""))  # archives from before revisions were kept have none
    key = text.facts.get("key")
    if key is not None and Report.objects.filter(project=project, key=checked_key(str(key))).exists():
        key = None  # the project's own report keeps it
    report = Report.objects.create(
        project=project, author=user, key=key, title=title, markdown=markdown, revision=revision, **moments
    )
    Revision.objects.create(
        report=report,
        n=revision,
        title=title,
        markdown=markdown,
        note=note,
        author=user,
        created_at=report.updated_at,
    )
    return True


def revision_texts(project: Project) -> Iterator[Text]:
    """The older revisions of all reports: by the age of the reports, each from its first on."""
    older = Revision.objects.filter(report__project=project, n__lt=F("report__revision"))
    found = older.select_related("report", "author")
    for revision in found.order_by("report__created_at", "report_id", "n").iterator(chunk_size=20):
        facts = {
            "report": revision.report.title,
            "report_created_at": revision.report.created_at.isoformat(),
            "n": revision.n,
            "title": revision.title,
            "note": revision.note,
            "author": revision.author.get_username() if revision.author else None,
            "created_at": revision.created_at.isoformat(),
        }
        yield Text(facts, revision.markdown)


def restore_revision(project: Project, user: User, text: Text) -> bool:
    """Make a revision of a report as it was; False when the report has it. See Part for errors."""
    facts = text.facts
    title, markdown = checked_text(facts["title"], text.text)
    note, at, n = checked_note(facts["note"]), moment(facts["created_at"]), _number(facts["n"])
    created_at = moment(facts["report_created_at"])
    report = Report.objects.filter(project=project, title=facts["report"], created_at=created_at).first()
    if report is None or n > report.revision:
        raise ValueError(f"revision {n} is of no report of the archive")
    _, made = Revision.objects.get_or_create(
        report=report,
        n=n,
        defaults={"title": title, "markdown": markdown, "note": note, "author": user, "created_at": at},
    )
    return made


def _number(said: object) -> int:
    number = int(str(said))
    if not 1 <= number < 2**31:
        raise ValueError(f"there is no revision {number}")
    return number


PARTS = (Part("reports", report_texts, restore_report), Part("revisions", revision_texts, restore_revision))
