"""The Celery shell, and the sweep that every worker starts."""

from celery import shared_task

from apps.artifacts import jobs
from apps.core.sweeps import RETRYABLE, repeat

SWEEP_SECONDS = 3_600.0


@shared_task(acks_late=True, soft_time_limit=600, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def sweep_files() -> None:
    """Remove deleted files and bytes that nothing names. Running it twice changes nothing."""
    jobs.sweep()


repeat(sweep_files, SWEEP_SECONDS)
