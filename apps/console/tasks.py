"""Celery shells, and the sweep that every worker starts."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import InterfaceError, OperationalError

from apps.console import jobs

RETRYABLE = (OperationalError, InterfaceError)
SWEEP_SECONDS = 20.0


@shared_task(acks_late=True, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=5)
def settle_console(run_id: int) -> None:
    """Join a run's small chunks of lines. Running it twice changes nothing."""
    jobs.settle_run(run_id)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def sweep_consoles() -> None:
    """Join what the queue lost. Running it twice changes nothing."""
    jobs.sweep()


@worker_ready.connect
def start_sweeping(sender: Any, **_: Any) -> None:
    """Sweep when a worker starts and every 20 s after: the rows are the record, a task is only a hint."""
    sweep_consoles.apply_async(expires=SWEEP_SECONDS)
    sender.timer.call_repeatedly(SWEEP_SECONDS, sweep_consoles.apply_async, kwargs={"expires": SWEEP_SECONDS})
