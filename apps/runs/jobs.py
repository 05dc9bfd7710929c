"""What a worker does for runs."""

from django.db.models import F
from django.utils import timezone

from apps.runs.models import CRASHED_AFTER, Run, State


def mark_crashed_runs() -> int:
    """Mark running runs that have been silent for too long as crashed; how many. A new heartbeat revives them."""
    silent = Run.objects.filter(state=State.RUNNING, heartbeat_at__lt=timezone.now() - CRASHED_AFTER)
    return silent.update(state=State.CRASHED, finished_at=F("heartbeat_at"))
