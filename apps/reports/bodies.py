"""What the body of a report's page is drawn from."""

from collections.abc import Sequence
from typing import Any

from apps.reports.evidence import Part, Words, report_parts
from apps.reports.kinds.kind import Drawn
from apps.reports.marks.contents import LONG, headings
from apps.reports.rendering import Fence, Html
from apps.runs.access import AnyUser
from apps.runs.models import Project


def report_body(user: AnyUser, project: Project, read: Sequence[Html | Fence]) -> dict[str, Any]:
    """The context of reports/_body.html."""
    parts: list[Part] = report_parts(user, project, read)
    contents = [one for part in parts if isinstance(part, Words) for one in headings(part.html)]
    heads = {part.block.kind.head for part in parts if isinstance(part, Drawn)} - {""}
    return {
        "project": project,
        "parts": parts,
        "has_charts": any(isinstance(part, Drawn) for part in parts),
        "contents": contents if len(contents) >= LONG else [],
        "panel_heads": sorted(heads),
    }
