"""The series tables over many servers."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.hosting import distribution


class Command(BaseCommand):
    help = "Distribute the series tables by run over the servers of a Citus cluster. Safe to repeat (docs/scaling.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="change nothing; end with 1 when something is to do")
        parser.add_argument("--concurrently", action="store_true", help="let writers go on while tables move")
        parser.add_argument("--shards", type=int, default=distribution.SHARDS, help="of a new cluster (64)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                found = distribution.state()
            else:
                found = distribution.distribute(
                    concurrently=options["concurrently"], shards=options["shards"], say=self.stderr.write
                )
        except distribution.NoCitus as error:
            raise CommandError(str(error)) from error
        for what, tables in found._asdict().items():
            self.stdout.write(f"{what:12} {', '.join(tables) or '–'}")
        if found.wrong:
            self.stderr.write("undistribute_table() brings a wrong one back; then run this again.")
        if found.local or found.wrong:
            sys.exit(1)
