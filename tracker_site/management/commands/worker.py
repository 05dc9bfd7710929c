"""The background worker."""

import signal
import socket
import sys
import warnings
from types import FrameType
from typing import Any

from celery.exceptions import SecurityWarning, WorkerShutdown
from celery.signals import worker_ready
from celery.worker import state
from django.core.management.base import BaseCommand

from apps.core.metrics import begin_process
from tracker_site.celery import app, make_broker_folders
from tracker_site.processes import worker_processes


class Command(BaseCommand):
    help = "Run the background worker: compaction and everything else that need not happen inside a request."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        processes = worker_processes()
        begin_process("worker")
        make_broker_folders()
        warnings.filterwarnings("ignore", category=SecurityWarning)  # of running as root: no task is a pickle here
        worker_ready.connect(_stop_at_once_when_idle)
        worker = app.Worker(
            hostname=f"paceline@{socket.gethostname()}",
            pool="solo" if processes == 1 else "prefork",  # one does the work itself, more are forked
            concurrency=processes,
            loglevel="WARNING",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        sys.exit(worker.exitcode)


def _stop_at_once_when_idle(**_: Any) -> None:
    """Celery looks at its stop flag every two seconds; a worker without a task need not wait for that."""
    signal.signal(signal.SIGTERM, _on_stop)


def _on_stop(_number: int, _frame: FrameType | None) -> None:
    if not state.active_requests:
        raise WorkerShutdown(0)
    state.should_stop = 0  # after the running task
