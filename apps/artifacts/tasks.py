"""The Celery shell, and the sweep that every worker starts."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import InterfaceError, OperationalError

from apps.artifacts import jobs

RETRYABLE = (OperationalError, InterfaceError)
SWEEP_SECONDS = 3_600.0


@shared_task(acks_late=True, soft_time_limit=600, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def sweep_files() -> None:
    """Remove deleted files and bytes that nothing names. Running it twice changes nothing."""
    jobs.sweep()


@worker_ready.connect
def start_sweeping(sender: Any, **_: Any) -> None:
    """Sweep when a worker starts and every hour after."""
    sweep_files.apply_async(expires=SWEEP_SECONDS)
    sender.timer.call_repeatedly(SWEEP_SECONDS, sweep_files.apply_async, kwargs={"expires": SWEEP_SECONDS})
