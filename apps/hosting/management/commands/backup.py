"""Everything of the site in one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.hosting.backup import Refused, back_up


class Command(BaseCommand):
    help = "Write databases, files and the secret key into one file, while the site runs. Keep it from others' eyes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", type=Path, metavar="FOLDER|FILE")
        parser.add_argument(
            "--no-files", action="store_true", help="leave the files of runs out (a bucket has its own)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = back_up(options["target"], with_files=not options["no_files"], say=self.stderr.write)
        except Refused as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"The backup could not be written: {error}. Nothing of it is left.") from error
        rows = sum(sum(facts["rows"].values()) for facts in manifest["databases"].values())
        self.stderr.write(f"{rows:,} rows. Everything acknowledged before {manifest['begun_at']} is in it.")
        self.stdout.write(manifest["path"])
