"""Whether the worker of this machine, or the queue, gave a sign of life lately: for health checks."""

import socket
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.hosting.doctor import SEEN_WITHIN
from apps.hosting.jobs import QUEUE
from apps.hosting.models import Sign


class Command(BaseCommand):
    help = "End with 0 when this machine's worker, or the queue, was seen alive within two minutes."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["worker", QUEUE])

    def handle(self, *args: Any, **options: Any) -> None:
        name = QUEUE if options["what"] == QUEUE else f"worker paceline@{socket.gethostname()}"
        if not Sign.objects.filter(name=name, seen_at__gt=timezone.now() - SEEN_WITHIN).exists():
            raise CommandError(f"{name} was not seen within {SEEN_WITHIN.seconds} s.")
