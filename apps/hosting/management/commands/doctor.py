"""How the site is."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.hosting.doctor import Finding, findings

MARKS = {"ok": "✓", "warn": "!", "fail": "✗"}


class Command(BaseCommand):
    help = (
        "Look at everything the site needs and say what to do. Ends with 0: all well, 1: warnings, 2: something fails."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        states = [self._show(found, options["json"]) for found in findings()]
        code = 2 if "fail" in states else 1 if "warn" in states else 0
        if code:
            sys.exit(code)

    def _show(self, found: Finding, as_json: bool) -> str:
        if as_json:
            self.stdout.write(json.dumps(found._asdict()))
        else:
            self.stdout.write(f"{MARKS[found.state]} {found.name:20} {found.said}")
            if found.advice:
                self.stdout.write(f"  {'':20} → {found.advice}")
        return found.state
