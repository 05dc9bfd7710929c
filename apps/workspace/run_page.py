"""What all pages of one run share."""

from typing import Any

from apps.panels.colours import preferred_slot
from apps.runs.models import Run, State


def run_context(run: Run) -> dict[str, Any]:
    """The context of workspace/_run_top.html; run comes with its project and team."""
    return {
        "run": run,
        "project": run.project,
        "slot": preferred_slot(run.id),
        "live": run.state_now == State.RUNNING,
    }
