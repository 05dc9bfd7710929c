"""Celery shells, and the look at heartbeats that every worker starts."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import InterfaceError, OperationalError

from apps.runs import jobs

RETRYABLE = (OperationalError, InterfaceError)
LOOK_SECONDS = 30.0
REMOVE_SECONDS = 60.0


@shared_task(acks_late=True, soft_time_limit=60)
def mark_crashed_runs() -> None:
    """Mark runs whose heartbeat is missing. Running it twice changes nothing."""
    jobs.mark_crashed_runs()


@shared_task(acks_late=True, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=5)
def remove_run(run_id: int) -> None:
    """Remove what is left of a deleted run. Running it twice changes nothing."""
    jobs.remove_run(run_id)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def remove_deleted_runs() -> None:
    """Remove what is left of all deleted runs. Running it twice changes nothing."""
    jobs.remove_deleted_runs()


@worker_ready.connect
def start_looking(sender: Any, **_: Any) -> None:
    """Look for silent runs when a worker starts and every 30 s after, and for what the queue lost of deletions.

    Pages tell silent runs without it (Run.state_now).
    """
    for task, every in ((mark_crashed_runs, LOOK_SECONDS), (remove_deleted_runs, REMOVE_SECONDS)):
        task.apply_async(expires=every)
        sender.timer.call_repeatedly(every, task.apply_async, kwargs={"expires": every})
