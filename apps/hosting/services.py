"""Writes to what a site keeps: quotas of teams, retention rules of projects."""

from collections.abc import Sequence

from django.db import transaction

from apps.accounts import audit
from apps.accounts.audit import AnyActor
from apps.accounts.models import Team
from apps.hosting.models import RetentionRule, TeamQuota
from apps.hosting.quotas import count
from apps.runs.models import Project


def set_quota(*, team: Team, max_points: int | None, max_file_bytes: int | None, by: AnyActor) -> TeamQuota:
    """Say what a team may store (None: as much as it likes), and count what it does now."""
    limits = {"max_points": max_points, "max_file_bytes": max_file_bytes}
    with transaction.atomic():
        quota, _ = TeamQuota.objects.update_or_create(team=team, defaults=limits)
        audit.record(by, "quota.set", team=team, target=team.slug, **limits)
    return count(quota)


@transaction.atomic
def set_rule(
    *,
    project: Project,
    keep_days: int | None,
    keep_last: int | None,
    keep_tags: Sequence[str],
    grace_days: int,
    by: AnyActor,
) -> RetentionRule:
    """Say which runs of a project go; workers let them go within minutes."""
    fields = {"keep_days": keep_days, "keep_last": keep_last, "keep_tags": list(keep_tags), "grace_days": grace_days}
    rule, _ = RetentionRule.objects.update_or_create(project=project, defaults=fields)
    audit.record(by, "retention.set", team=project.team, target=str(project), **fields)
    rule.project = project
    return rule


@transaction.atomic
def remove_rule(*, project: Project, by: AnyActor) -> None:
    """Let no run of a project go any more; once more changes nothing."""
    if RetentionRule.objects.filter(project=project).delete()[0]:
        audit.record(by, "retention.removed", team=project.team, target=str(project))
