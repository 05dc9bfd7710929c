"""Celery shell of the audit log's retention, which every worker starts."""

from celery import shared_task

from apps.accounts import audit
from apps.core.sweeps import repeat

FORGET_SECONDS = 3_600.0


@shared_task(acks_late=True, soft_time_limit=300)
def forget_old_events() -> None:
    """Forget audit events that are older than they are kept. Running it twice changes nothing."""
    audit.forget_old()


repeat(forget_old_events, FORGET_SECONDS)
