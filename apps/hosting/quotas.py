"""Quotas: what a team stores, counted every few minutes, and the door that closes above what it may."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum
from django.utils import timezone

from apps.accounts.models import Team
from apps.artifacts.models import RunFile
from apps.history.queries import run_totals
from apps.hosting.errors import QuotaReached
from apps.hosting.models import TeamQuota
from apps.runs.models import Project, Run

logger = logging.getLogger(__name__)

RUNS_AT_ONCE = 1_000
WARN_FROM = 0.8
UNLIMITED_EVERY = timedelta(hours=1)
POINTS, FILE_BYTES = "points", "bytes of files"


def require_room(project: Project) -> None:
    """Pass when the project's team may store more points, as they were last counted: one query. Raises QuotaReached."""
    quota = TeamQuota.objects.filter(team=project.team_id, points__gte=F("max_points")).first()
    if quota is not None and quota.max_points is not None:
        raise QuotaReached(project.team, POINTS, quota.points, quota.max_points)


def require_file_room(project: Project, more: int) -> None:
    """Pass when so many more bytes of files fit into the team's quota, or none are more: one query.

    Raises QuotaReached.
    """
    quota = TeamQuota.objects.filter(team=project.team_id, max_file_bytes__lt=F("file_bytes") + more).first()
    if more > 0 and quota is not None and quota.max_file_bytes is not None:
        raise QuotaReached(project.team, FILE_BYTES, quota.file_bytes, quota.max_file_bytes, more)


def take_file_room(project: Project, more: int) -> None:
    """Count bytes of files that are stored, or given back, in this transaction. Raises QuotaReached.

    Of uploads that end at the same time each counts those before it.
    """
    quota = TeamQuota.objects.filter(team=project.team_id)
    if more > 0:
        quota = quota.exclude(max_file_bytes__lt=F("file_bytes") + more)
    if not quota.update(file_bytes=F("file_bytes") + more):
        require_file_room(project, more)


def near(quota: TeamQuota) -> list[str]:
    """A sentence for each limit of which four fifths are used."""
    return [
        f"{quota.team.slug} stores {stored:,} of {allowed:,} {what} ({stored * 100 // max(1, allowed)} %)."
        for what, stored, allowed in _limits(quota)
        if stored >= WARN_FROM * allowed
    ]


def _limits(quota: TeamQuota | None) -> Iterator[tuple[str, int, int]]:
    """(what, stored, allowed) of each limit there is."""
    if quota is not None and quota.max_points is not None:
        yield POINTS, quota.points, quota.max_points
    if quota is not None and quota.max_file_bytes is not None:
        yield FILE_BYTES, quota.file_bytes, quota.max_file_bytes


def count_all(now: datetime | None = None) -> None:
    """Count what each team with a quota stores, and warn in the log of those near it; the other teams once an hour."""
    now = now or timezone.now()
    for team in Team.objects.filter(quota=None).order_by("id"):
        TeamQuota.objects.get_or_create(team=team)
    limited = Q(max_points__isnull=False) | Q(max_file_bytes__isnull=False)
    due = Q(counted_at=None) | Q(counted_at__lt=now - UNLIMITED_EVERY)
    for quota in TeamQuota.objects.filter(limited | due).select_related("team").order_by("team_id"):
        for sentence in near(count(quota)):
            logger.warning(sentence)


def count(quota: TeamQuota) -> TeamQuota:
    """Count a team's points (all its runs not deleted, archived ones too) and bytes of files."""
    ids = list(
        Run.objects.filter(project__team=quota.team, deleted_at=None).order_by("id").values_list("id", flat=True)
    )
    quota.points = sum(
        sum(run_totals(ids[begin : begin + RUNS_AT_ONCE]).values()) for begin in range(0, len(ids), RUNS_AT_ONCE)
    )
    files = RunFile.objects.filter(run__project__team=quota.team, run__deleted_at=None, deleted_at=None)
    quota.file_bytes = files.aggregate(bytes=Sum("blob__size"))["bytes"] or 0
    quota.counted_at = timezone.now()
    quota.save(update_fields=["points", "file_bytes", "counted_at"])
    return quota
