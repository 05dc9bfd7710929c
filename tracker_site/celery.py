"""The Celery app. Queues are listed in settings; a misspelt one fails."""

import os
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_process_init

from tracker_site import embedded_broker
from tracker_site.parent import die_with_supervisor

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker_site.settings")

embedded_broker.register()
app = Celery("paceline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _leave_logging_to_the_settings(**_: Any) -> None:
    """Whoever listens here keeps Celery from setting levels and handlers of its own."""


def make_broker_folders() -> None:
    """The embedded broker's folders; nothing to do with Redis."""
    options = app.conf.broker_transport_options
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        if name in options:
            Path(options[name]).mkdir(parents=True, exist_ok=True)


@worker_process_init.connect
def _end_with_the_worker(**_: Any) -> None:
    die_with_supervisor()
