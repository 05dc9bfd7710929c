"""Celery shells, and the sweep that every worker starts."""

from celery import shared_task

from apps.console import jobs
from apps.core.sweeps import RETRYABLE, repeat

SWEEP_SECONDS = 20.0


@shared_task(acks_late=True, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=5)
def settle_console(run_id: int) -> None:
    """Join a run's small chunks of lines. Running it twice changes nothing."""
    jobs.settle_run(run_id)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def sweep_consoles() -> None:
    """Join what the queue lost. Running it twice changes nothing."""
    jobs.sweep()


repeat(sweep_consoles, SWEEP_SECONDS)
