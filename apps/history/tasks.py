"""Celery shells, and the sweep that every worker starts."""

from celery import shared_task

from apps.core.sweeps import RETRYABLE, repeat
from apps.history import jobs

SWEEP_SECONDS = 15.0


@shared_task(acks_late=True, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=5)
def settle_run(run_id: int) -> None:
    """Compact a run's waiting batches. Running it twice changes nothing."""
    jobs.settle_leased(run_id)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def sweep() -> None:
    """Compact what the queue lost. Running it twice changes nothing."""
    jobs.sweep()


repeat(sweep, SWEEP_SECONDS)
