"""`manage.py import_project FILE TEAM/PROJECT`: bring an archive in, whatever its size."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Role, Team, User
from apps.core.errors import TrackerError
from apps.transfer.importing import import_archive


class Command(BaseCommand):
    help = (
        "Bring the archive of a project into TEAM/PROJECT, which is made when it is missing: all of it, or nothing. "
        "Killed and run again it goes on where it was; what came before does not come twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("project", metavar="TEAM/PROJECT")
        parser.add_argument("--user", help="whose runs they are; default: the team's first admin")

    def handle(self, *args: Any, **options: Any) -> None:
        team, _, slug = options["project"].partition("/")
        if not Team.objects.filter(slug=team).exists():
            raise CommandError(f"There is no team {team!r}.")
        people = User.objects.filter(memberships__team__slug=team).order_by("memberships__id")
        name = options["user"]
        user = people.filter(username=name).first() if name else people.filter(memberships__role=Role.ADMIN).first()
        if user is None:
            raise CommandError(f"The team {team} has no {f'member {name!r}' if name else 'admin'}.")
        try:
            with options["file"].open("rb") as file:
                done = import_archive(file=file, user=user, team=team, slug=slug)
        except OSError as error:
            raise CommandError(str(error)) from error
        except TrackerError as error:
            raise CommandError(error.message) from error
        texts = "".join(f", {count:,} {name}" for name, count in done.texts.items())
        self.stdout.write(
            f"{options['project']}: {done.runs:,} runs with {done.points:,} points in {done.series:,} series, "
            f"{done.lines:,} lines of output, {done.files:,} files{texts}, as the manifest says; "
            f"{done.there:,} runs were there already."
        )
