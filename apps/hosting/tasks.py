"""Celery shells, and what every worker does at regular times."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.db import DatabaseError

from apps.hosting import jobs

logger = logging.getLogger(__name__)

SIGN_SECONDS = 30.0


@shared_task
def note_queue() -> None:
    """Show that what is put into the queue is done."""
    jobs.note_sign(jobs.QUEUE)


def note_worker(name: str) -> None:
    """Show that a worker is there, whatever becomes of the queue."""
    try:
        jobs.note_sign(f"worker {name}")
    except DatabaseError as error:
        logger.warning("This worker's sign of life could not be stored: %s", error)


@worker_ready.connect
def start_looking_after(sender: Any, **_: Any) -> None:
    """Give signs of life when a worker starts and every 30 s after."""
    note_worker(sender.hostname)
    sender.timer.call_repeatedly(SIGN_SECONDS, note_worker, args=(sender.hostname,))
    note_queue.apply_async(expires=SIGN_SECONDS)
    sender.timer.call_repeatedly(SIGN_SECONDS, note_queue.apply_async, kwargs={"expires": SIGN_SECONDS})
