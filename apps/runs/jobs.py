"""What a worker does for runs."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.console.services import delete_lines
from apps.history.services import delete_history, forget_history
from apps.runs.events import note_crashes
from apps.runs.models import CRASHED_AFTER, Run, State

WRITES_END_AFTER = timedelta(minutes=2)  # after a deletion: a request let in before it has ended by then
CRASHES_AT_ONCE = 1_000  # of one look; pages tell silent runs without it
removals: list[Callable[[int], None]] = []  # each removes what an app above keeps of a run id; safe to repeat


def mark_crashed_runs() -> int:
    """Mark running runs that have been silent for too long as crashed, the first CRASHES_AT_ONCE of them; how many.

    A new heartbeat revives them.
    """
    silent = Run.objects.filter(state=State.RUNNING, heartbeat_at__lt=timezone.now() - CRASHED_AFTER)
    with transaction.atomic():
        found = list(silent.select_for_update().order_by("id").values_list("id", "heartbeat_at")[:CRASHES_AT_ONCE])
        note_crashes(found)
        return Run.objects.filter(id__in=[run_id for run_id, _ in found]).update(
            state=State.CRASHED, finished_at=F("heartbeat_at")
        )


def remove_run(run_id: int) -> None:
    """Remove what is left of a deleted run, in bounded steps; killed anywhere and run again it goes on.

    The run's row goes last, and not before WRITES_END_AFTER: until then a request that was let in before the deletion
    may still store something, and the sweep comes once more. A run that is not deleted stays as it is.
    """
    deleted_at = Run.objects.filter(id=run_id).values_list("deleted_at", flat=True).first()
    if deleted_at is None:
        return
    for removal in removals:
        removal(run_id)
    delete_lines(run_id)
    delete_history(run_id)
    delete_lines(run_id)
    if timezone.now() - deleted_at > WRITES_END_AFTER:
        forget_history(run_id)
        Run.objects.filter(id=run_id).delete()


def remove_deleted_runs() -> int:
    """Remove what is left of all deleted runs, oldest first; how many there were."""
    deleted = list(Run.objects.exclude(deleted_at=None).order_by("deleted_at").values_list("id", flat=True))
    for run_id in deleted:
        remove_run(run_id)
    return len(deleted)
