from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.runs.models import Run
from apps.runs.values import reindex

SAY_EVERY = 1_000


class Command(BaseCommand):
    help = "Make the values that filters and sorted lists read anew, from the runs and their series. Safe at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", help="team/project; all by default")

    def handle(self, *args: Any, project: str | None = None, **options: Any) -> None:
        runs = Run.objects.order_by("id")
        if project is not None:
            team, _, slug = project.partition("/")
            runs = runs.filter(project__team__slug=team, project__slug=slug)
        done = 0
        for run_id in runs.values_list("id", flat=True).iterator():
            reindex(run_id)
            done += 1
            if done % SAY_EVERY == 0:
                self.stdout.write(f"{done:,} runs …")
        self.stdout.write(f"{done:,} runs are indexed.")
