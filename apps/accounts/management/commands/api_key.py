"""`manage.py api_key USER`: make a key and print it, for scripts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import services
from apps.accounts.models import Scope
from apps.core.errors import TrackerError


class Command(BaseCommand):
    help = "Make an API key of a user and print it, and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user the key acts as")
        parser.add_argument("--scope", choices=Scope.values, default=Scope.INGEST.value)
        parser.add_argument("--project", default="", metavar="TEAM/PROJECT", help="the only project the key opens")
        parser.add_argument("--name", default="manage.py api_key", help="what the keys page shows")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = services.active_user(options["user"])
            _, text = services.make_key(user=user, **{name: options[name] for name in ("scope", "name", "project")})
        except TrackerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(text)
