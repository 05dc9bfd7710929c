"""Celery shells of one line."""

from celery import shared_task

from apps.runs import jobs


@shared_task(acks_late=True, soft_time_limit=60)
def mark_crashed_runs() -> None:
    """Mark runs whose heartbeat is missing. Running it twice changes nothing."""
    jobs.mark_crashed_runs()
