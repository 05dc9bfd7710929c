"""Everything that must be done before the site can serve."""

from typing import Any

from django.core.management.base import BaseCommand

from tracker_site.prepare import prepare


class Command(BaseCommand):
    help = "Make folders, migrate every database, build and collect static files. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        prepare()
