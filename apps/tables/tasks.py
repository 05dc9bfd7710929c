"""Celery shells, and the look for costs that a queue has lost."""

from celery import shared_task

from apps.core.sweeps import RETRYABLE, repeat
from apps.tables import jobs

LOOK_SECONDS = 30.0


@shared_task(acks_late=True, autoretry_for=RETRYABLE, retry_backoff=True, max_retries=5)
def reindex_costs(project_id: int) -> None:
    """Index the next costs of a project's runs, and queue what is left. Running it twice changes nothing."""
    if jobs.reindex_costs(project_id):
        reindex_costs.apply_async((project_id,), retry=False)


@shared_task(autoretry_for=RETRYABLE, retry_backoff=True, max_retries=2)
def find_forgotten_costs() -> None:
    """Queue what nobody works at any more. Running it twice changes nothing."""
    for project_id in jobs.forgotten_indexings():
        reindex_costs.apply_async((project_id,), retry=False)


repeat(find_forgotten_costs, LOOK_SECONDS)
