"""A site as a backup has it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.hosting.archive import Damaged
from apps.hosting.backup import Refused, bring_back


class Command(BaseCommand):
    help = "Replace what this site holds by what a backup holds. Stop the site first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="also where the site holds data, which is then gone")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = bring_back(options["file"], force=options["force"], say=self.stderr.write)
        except (Refused, Damaged) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored. Everything acknowledged before {manifest['begun_at']} is here.")
