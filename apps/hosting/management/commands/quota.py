"""What a team may store."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import Team
from apps.hosting import quotas, services
from apps.hosting.models import TeamQuota

GB = 10**9


class Command(BaseCommand):
    help = (
        "Show or set what a team may store, counted now. Above it points are refused with 429, and clients keep them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("team")
        parser.add_argument("--points", type=int, help="points of all its runs; -1: as many as it likes")
        parser.add_argument("--file-gb", type=float, help="GB of files of all its runs; -1: as many as it likes")

    def handle(self, *args: Any, **options: Any) -> None:
        team = Team.objects.filter(slug=options["team"]).first()
        if team is None:
            raise CommandError(f"There is no team {options['team']}.")
        quota, _ = TeamQuota.objects.get_or_create(team=team)
        limits = {"max_points": quota.max_points, "max_file_bytes": quota.max_file_bytes}
        if options["points"] is not None:
            limits["max_points"] = options["points"] if options["points"] >= 0 else None
        if options["file_gb"] is not None:
            limits["max_file_bytes"] = round(options["file_gb"] * GB) if options["file_gb"] >= 0 else None
        if options["points"] is not None or options["file_gb"] is not None:
            quota = services.set_quota(team=team, **limits, by=None)
        else:
            quotas.count(quota)
        self.stdout.write(f"{team.slug}: {quota.points:,} points of {_said(quota.max_points)}")
        self.stdout.write(f"{team.slug}: {quota.file_bytes:,} bytes of files of {_said(quota.max_file_bytes)}")
        for sentence in quotas.near(quota):
            self.stdout.write(f"! {sentence}")


def _said(limit: int | None) -> str:
    return "any number" if limit is None else f"{limit:,}"
