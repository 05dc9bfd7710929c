"""Makes the JavaScript that comes out of Python packages. Does nothing when it is there and current."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.panels.assets import build as build_panels
from apps.plots.assets import build as build_plots


class Command(BaseCommand):
    help = "Write the Vega bundle and the compiled panel specs into the static files of panels and plots."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        for path in [*build_panels(), *build_plots()]:
            self.stdout.write(f"{path.name}: {path.stat().st_size:,} bytes")
