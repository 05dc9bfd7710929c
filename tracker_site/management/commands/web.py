"""The web server."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from apps.core.metrics import begin_process
from tracker_site.processes import web_processes, web_threads


class Command(BaseCommand):
    help = "Serve the site. HOST, PORT, PACELINE_WEB_PROCESSES and PACELINE_WEB_THREADS say how."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))

    def handle(self, *args: Any, **options: Any) -> None:
        begin_process("web")
        Granian(
            "tracker_site.wsgi:application",
            address=options["host"],
            port=options["port"],
            interface=Interfaces.WSGI,
            workers=web_processes(),
            blocking_threads=web_threads(),
            blocking_threads_idle_timeout=600,  # a thread keeps its database connection
            log_level=LogLevels.error,
            websockets=False,
            workers_kill_timeout=5,
        ).serve()
