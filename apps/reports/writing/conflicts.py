"""Somebody else saved the report meanwhile: what they changed, what differs, and both brought together."""

from typing import NamedTuple

from apps.core.errors import NotFound
from apps.reports.differences import Difference, text_difference
from apps.reports.models import Report, Revision
from apps.reports.queries import revision_of
from apps.reports.writing.merging import Merged, merged


class Conflict(NamedTuple):
    """base: the revision that one's own text is based on, None when it is not known; theirs: the newest one.

    between: from theirs to one's own text. changed: from base to theirs.
    """

    base: Revision | None
    theirs: Revision
    title: str
    between: Difference
    changed: Difference | None


def conflict_of(report: Report, markdown: str, based_on: int | None) -> Conflict:
    """A text of one's own, based on a revision, against the newest revision."""
    base, theirs = _base(report, based_on), revision_of(report, report.revision)
    between = text_difference(theirs.markdown, markdown, old_name=f"revision {theirs.n}", new_name="your text")
    changed = None
    if base is not None:
        old_name, new_name = f"revision {base.n}", f"revision {theirs.n}"
        changed = text_difference(base.markdown, theirs.markdown, old_name=old_name, new_name=new_name)
    return Conflict(base, theirs, theirs.title, between, changed)


def merged_with_newest(report: Report, markdown: str, based_on: int | None) -> Merged:
    """A text of one's own with what was saved since the revision that it is based on.

    Of a base that is not known, whatever differs counts as an overlap.
    """
    base = _base(report, based_on)
    return merged(base.markdown if base else "", markdown.replace("\r\n", "\n"), report.markdown)


def _base(report: Report, n: int | None) -> Revision | None:
    try:
        return revision_of(report, n) if n else None
    except NotFound:  # from before revisions were kept
        return None
