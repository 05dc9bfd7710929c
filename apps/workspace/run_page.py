"""What all pages of one run share."""

from typing import Any

from django.utils import timezone

from apps.comparison.previous import previous_run
from apps.panels.colours import preferred_slot
from apps.runs.access import AnyUser, may_write
from apps.runs.models import Run, State


def run_context(run: Run, user: AnyUser | None = None) -> dict[str, Any]:
    """The context of workspace/_run_top.html; run comes with its project and team.

    user: who looks at it; a member is offered what can be done with the run.
    """
    live = run.state_now == State.RUNNING
    writes = user is not None and may_write(user, run)
    asked_at = run.stop_requested_at if run.stop_asked else None
    return {
        "run": run,
        "project": run.project,
        "slot": preferred_slot(run.id),
        "live": live,
        "waits": run.state_now == State.CRASHED,  # its client may come back
        "previous": previous_run(run),
        "stop_asked_for": timezone.now() - asked_at if asked_at else None,
        "writes": writes,
        "may_stop": live and asked_at is None and writes,
    }
