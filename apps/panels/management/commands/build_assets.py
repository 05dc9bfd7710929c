"""Makes the JavaScript that comes out of Python packages. Does nothing when it is there and current."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.panels import assets


class Command(BaseCommand):
    help = "Write the Vega bundle and the compiled panel specs into the static files of apps/panels."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        for path in assets.build():
            self.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes")
