"""`manage.py export_project TEAM/PROJECT FILE`: everything of a project as an archive."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.runs.models import Project
from apps.transfer.exporting import project_archive, project_run_ids, settle_all

ANY_SECONDS = float("inf")


class Command(BaseCommand):
    help = "Write everything of a project into an archive, which import_project brings in elsewhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="TEAM/PROJECT")
        parser.add_argument(
            "file", type=Path, metavar="FILE", help="a .zip; an existing one is replaced when all is done"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        team, _, slug = options["project"].partition("/")
        project = Project.objects.select_related("team").filter(team__slug=team, slug=slug).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        settle_all(project_run_ids(project), ANY_SECONDS)
        target: Path = options["file"]
        half = target.with_name(f"{target.name}.part")
        size = 0
        try:
            with half.open("wb") as file:
                for piece in project_archive(project):
                    size += file.write(piece)
            half.replace(target)
        finally:
            half.unlink(missing_ok=True)
        self.stdout.write(f"{target}: {size:,} bytes.")
