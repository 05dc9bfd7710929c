"""A way in without a password."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.services import active_user, one_time_sign_in_link
from apps.core.errors import TrackerError


class Command(BaseCommand):
    help = "Print a link that signs a user in once, within a day, and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = active_user(options["user"])
        except TrackerError as error:
            raise CommandError(error.message) from error
        self.stdout.write(settings.PUBLIC_URL + one_time_sign_in_link(user))
