"""Reads for the pages of what teams store."""

from django.db.models import Count, Q, QuerySet

from apps.accounts.models import Team
from apps.hosting.models import TeamQuota
from apps.runs.models import Project

MOST_TEAMS = 500


def projects_of(team: Team) -> QuerySet[Project]:
    """The team's projects by name, with their rules and how many runs are not deleted (kept): one query."""
    kept = Count("runs", filter=Q(runs__deleted_at=None))
    return team.projects.select_related("team", "retention").annotate(kept=kept).order_by("slug")


def uses() -> QuerySet[TeamQuota]:
    """What the teams of the site store, those with the most points first: one query."""
    return TeamQuota.objects.select_related("team").order_by("-points", "team__slug")[:MOST_TEAMS]
