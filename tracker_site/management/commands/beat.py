"""The clock of a site whose workers are many: puts what is due into the queue."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.metrics import begin_process
from apps.hosting.tasks import LOOK_AFTER_SECONDS, SIGN_SECONDS, look_after, note_queue
from tracker_site.celery import app, make_broker_folders


class Command(BaseCommand):
    help = "Put what is due into the queue, for workers with PACELINE_BEAT=1. One is enough."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        begin_process("beat")
        make_broker_folders()
        app.conf.beat_schedule = {
            task.name: {"task": task.name, "schedule": seconds, "options": {"expires": seconds}}
            for task, seconds in ((note_queue, SIGN_SECONDS), (look_after, LOOK_AFTER_SECONDS))
        }
        # Nothing to remember: what was done when is in the database.
        app.Beat(scheduler_cls="celery.beat:Scheduler", quiet=True, loglevel="WARNING").run()
