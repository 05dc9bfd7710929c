"""Celery shells, and the look for publishings that a queue has lost."""

from celery import shared_task

from apps.core.sweeps import RETRYABLE, repeat
from apps.reports import jobs

LOOK_SECONDS = 30.0


@shared_task(acks_late=True, soft_time_limit=600, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def publish_report(publishing_id: int) -> None:
    """Freeze what a report shows. Running it twice changes nothing."""
    jobs.publish_quietly(publishing_id)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def find_forgotten_publishings() -> None:
    """Queue what nobody works at any more. Running it twice changes nothing."""
    for publishing_id in jobs.forgotten_publishings():
        publish_report.apply_async((publishing_id,), retry=False)


repeat(find_forgotten_publishings, LOOK_SECONDS)
