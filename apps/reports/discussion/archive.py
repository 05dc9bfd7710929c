"""Comments on reports as a part of a project's archive: who said what when, and about which panel."""

from collections.abc import Iterator
from typing import Any

from apps.accounts.models import User
from apps.comments.models import MAX_AUTHOR_NAME, Comment
from apps.comments.queries import comments_on
from apps.comments.services import checked_text
from apps.reports.discussion.panels import kept_place
from apps.reports.discussion.subject import KIND, subject_of
from apps.reports.models import Report
from apps.runs.models import Project
from apps.transfer.parts import Part, Text, moment


def comment_texts(project: Project) -> Iterator[Text]:
    """The comments that are there, a report after the other, oldest first."""
    reports = dict(Report.objects.filter(project=project).values_list("id", "title"))
    created = dict(Report.objects.filter(project=project).values_list("id", "created_at"))
    found = Comment.objects.filter(project=project, subject_kind=KIND, deleted_at=None)
    found = found.select_related("author", "thread").order_by("subject_id", "created_at", "id")
    for one in found.iterator():
        if one.subject_id not in reports:
            continue
        facts = {
            "report": reports[one.subject_id],
            "report_created_at": created[one.subject_id].isoformat(),
            "replies_to": one.thread.created_at.isoformat() if one.thread else None,
            "panel": one.place,
            "version": one.version,
            "revision": one.revision,
            "author": one.said_by,
            "created_at": one.created_at.isoformat(),
            "edited_at": one.edited_at.isoformat() if one.edited_at else None,
            "resolved_at": one.resolved_at.isoformat() if one.resolved_at else None,
        }
        yield Text(facts, one.text)


def restore_comment(project: Project, user: User, text: Text) -> bool:  # noqa: ARG001
    """Make a comment as it was, by the name of who said it; False when the report has it. See Part for errors.

    It is nobody's here: its author may be another person of that name. A reply whose thread was deleted begins one.
    Published versions are not in archives, so it is of its revision's draft.
    """
    facts, words = text.facts, checked_text(text.text)
    report_created_at, at = moment(facts["report_created_at"]), moment(facts["created_at"])
    report = Report.objects.filter(project=project, title=facts["report"], created_at=report_created_at).first()
    if report is None:
        raise ValueError("a comment is on no report of the archive")
    subject = subject_of(report)
    there = comments_on(subject)
    if there.filter(created_at=at, text=words).exists():
        return False
    begun = moment(facts["replies_to"]) if facts["replies_to"] else None
    place = kept_place(_mapping(facts["panel"]))
    Comment.objects.create(
        project=project,
        subject_kind=subject.kind,
        subject_id=subject.id,
        thread=there.filter(thread=None, created_at=begun).first() if begun else None,
        place=place.facts if place else {},
        revision=_number(facts["revision"]),
        text=words,
        author_name=str(facts["author"])[:MAX_AUTHOR_NAME],
        created_at=at,
        edited_at=moment(facts["edited_at"]) if facts["edited_at"] else None,
        resolved_at=moment(facts["resolved_at"]) if facts["resolved_at"] else None,
    )
    return True


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("the panel of a comment is not an object")
    return value


def _number(said: object) -> int:
    number = int(str(said))
    if not 1 <= number < 2**31:
        raise ValueError(f"there is no version {number}")
    return number


PART = Part("comments", comment_texts, restore_comment)
