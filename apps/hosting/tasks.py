"""Celery shells, and what every worker does at regular times."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import DatabaseError

from apps.core.sweeps import repeat
from apps.hosting import jobs

logger = logging.getLogger(__name__)

SIGN_SECONDS = 30.0
LOOK_AFTER_SECONDS = 300.0


@shared_task
def note_queue() -> None:
    """Show that what is put into the queue is done."""
    jobs.note_sign(jobs.QUEUE)


@shared_task(soft_time_limit=3_600)
def look_after() -> None:
    """Count what teams store, apply retention rules, clear what expired. Running it twice changes nothing."""
    jobs.look_after()


def note_worker(name: str) -> None:
    """Show that a worker is there, whatever becomes of the queue."""
    try:
        jobs.note_sign(f"worker {name}")
    except DatabaseError as error:
        logger.warning("This worker's sign of life could not be stored: %s", error)


@worker_ready.connect
def start_signing(sender: Any, **_: Any) -> None:
    """Give signs of life when a worker starts and every 30 s after."""
    note_worker(sender.hostname)
    sender.timer.call_repeatedly(SIGN_SECONDS, note_worker, args=(sender.hostname,))


if not settings.BEAT:  # without a beat every worker is the clock too
    repeat(note_queue, SIGN_SECONDS)
    repeat(look_after, LOOK_AFTER_SECONDS)
