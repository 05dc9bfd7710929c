"""Celery shells, and the look at heartbeats that every worker starts."""

from celery import shared_task

from apps.core.sweeps import RETRYABLE, repeat
from apps.runs import jobs

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


repeat(mark_crashed_runs, LOOK_SECONDS)  # pages tell silent runs without it (Run.state_now)
repeat(remove_deleted_runs, REMOVE_SECONDS)
