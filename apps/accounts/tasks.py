"""Celery shell of the audit log's retention, which every worker starts."""

from typing import Any

from celery import shared_task
from celery.signals import worker_ready

from apps.accounts import audit

FORGET_SECONDS = 3_600.0


@shared_task(acks_late=True, soft_time_limit=300)
def forget_old_events() -> None:
    """Forget audit events that are older than they are kept. Running it twice changes nothing."""
    audit.forget_old()


@worker_ready.connect
def start_forgetting(sender: Any, **_: Any) -> None:
    """When a worker starts and every hour after."""
    forget_old_events.apply_async(expires=FORGET_SECONDS)
    sender.timer.call_repeatedly(FORGET_SECONDS, forget_old_events.apply_async, kwargs={"expires": FORGET_SECONDS})
