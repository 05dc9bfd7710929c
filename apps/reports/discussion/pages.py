"""The panels that the pages of a report draw, for what is said of them."""

from collections.abc import Sequence

from apps.reports.discussion.panels import PanelPlace, panels_of
from apps.reports.evidence import Part, report_parts
from apps.reports.kinds.kind import Drawn
from apps.reports.models import Report, Snapshot
from apps.reports.queries import revision_of
from apps.reports.rendering import remembered_pieces
from apps.reports.snapshot_queries import snapshot_of
from apps.runs.access import AnyUser


def draft_panels(markdown: str, parts: Sequence[Part]) -> list[PanelPlace]:
    """The panels that a draft draws for its reader."""
    return panels_of(markdown, [part.block.line for part in parts if isinstance(part, Drawn)])


def snapshot_panels(snapshot: Snapshot) -> list[PanelPlace]:
    """The panels of a published version."""
    return panels_of(snapshot.said["markdown"], [panel["line"] for panel in snapshot.said["panels"]])


def panels_on(user: AnyUser, report: Report, version: int | None, revision: int) -> tuple[list[PanelPlace], int]:
    """The panels of a published version, or of the draft at a revision; and the revision. Raises NotFound."""
    if version is not None:
        found = snapshot_of(report, version)
        return snapshot_panels(found), found.revision
    text = revision_of(report, revision)
    parts = report_parts(user, report.project, remembered_pieces(text.markdown, title=text.title))
    return draft_panels(text.markdown, parts), text.n
