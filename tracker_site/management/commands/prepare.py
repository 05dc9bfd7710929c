"""Everything that must be done before the site can serve."""

from typing import Any

from django.core.checks import Tags
from django.core.checks.registry import registry
from django.core.management.base import BaseCommand, CommandParser

from apps.accounts.services import make_first_admin, one_time_sign_in_link
from tracker_site.prepare import prepare


class Command(BaseCommand):
    help = "Make folders and the first admin, migrate every database, build what the browser loads. Safe to repeat."

    # Whether every URL has a view depends on the code alone, is tested, and takes the time to import all of it.
    requires_system_checks = sorted(registry.tags_available() - {Tags.urls})

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--sign-in-path",
            action="store_true",
            help="print the path of a link that signs the admin in once, unless they have a password",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()
        if options["sign_in_path"]:
            admin = make_first_admin()
            if not admin.has_usable_password():
                self.stdout.write(one_time_sign_in_link(admin))
