"""Celery shells, and the look at heartbeats that every worker starts."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from apps.runs import jobs

LOOK_SECONDS = 30.0


@shared_task(acks_late=True, soft_time_limit=60)
def mark_crashed_runs() -> None:
    """Mark runs whose heartbeat is missing. Running it twice changes nothing."""
    jobs.mark_crashed_runs()


@worker_ready.connect
def start_looking(sender: Any, **_: Any) -> None:
    """Look for silent runs when a worker starts and every 30 s after. Pages tell them without it (Run.state_now)."""
    mark_crashed_runs.apply_async(expires=LOOK_SECONDS)
    sender.timer.call_repeatedly(LOOK_SECONDS, mark_crashed_runs.apply_async, kwargs={"expires": LOOK_SECONDS})
