"""A comment on a report as a form or a program sends it: where it belongs, and who says it."""

from apps.accounts.models import User
from apps.comments.models import Comment
from apps.comments.queries import comment_of
from apps.comments.services import add_comment, add_reply
from apps.core.errors import Invalid
from apps.reports.discussion.pages import panels_on
from apps.reports.discussion.subject import subject_of
from apps.reports.models import Report


def comment_on(
    report: Report, author: User, *, text: str, version: int | None, revision: int, panel: int = 0
) -> Comment:
    """Begin a thread on the report, or on a panel of this version (None: of the draft at this revision), from 1.

    Raises NotFound, Invalid, TooManyComments.
    """
    place = {}
    if panel or version is not None:
        panels, revision = panels_on(author, report, version, revision)
        if panel > len(panels):
            message = f"There is no panel {panel}: this text draws {len(panels)}."
            raise Invalid(message, fields={"panel": message})
        place = panels[panel - 1].facts if panel else {}
    return add_comment(
        project=report.project,
        subject=subject_of(report),
        author=author,
        text=text,
        place=place,
        version=version,
        revision=revision,
    )


def reply_on(report: Report, author: User, *, to: int, text: str, version: int | None, revision: int) -> Comment:
    """Reply to a comment on the report. Raises NotFound, Invalid, TooManyComments."""
    found = comment_of(subject_of(report), to)
    return add_reply(to=found, author=author, text=text, version=version, revision=revision)
