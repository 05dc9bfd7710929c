"""Retention: which runs go by their project's rule, and letting them go: archived first, deleted days later."""

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts import audit
from apps.core.errors import NotFound
from apps.hosting.models import RetentionRule
from apps.runs.citations import Citation, citations
from apps.runs.errors import RunCited, RunNotArchived, RunPublished
from apps.runs.models import Run, State
from apps.runs.removal import archive_run, bury_run


class Plan(NamedTuple):
    """What a rule asks for now. cited: runs that would go, but that something rests on."""

    archive: list[Run]
    delete: list[Run]
    cited: list[tuple[Run, list[Citation]]]

    @property
    def going(self) -> list[Run]:
        """Those to archive and those to delete, the oldest first."""
        return sorted([*self.archive, *self.delete], key=lambda run: (run.created_at, run.id))


def plan(rule: RetentionRule, now: datetime | None = None) -> Plan:
    """The runs that go now. Reads the project's runs once, without their documents, and what cites them."""
    now = now or timezone.now()
    found = Plan([], [], [])
    if rule.keep_days is None and rule.keep_last is None:
        return found
    grace = timedelta(days=rule.grace_days)
    going = list(_going(rule, now))
    cited = citations(rule.project, [run.id for run in going])
    for run in going:
        if run.id in cited:
            found.cited.append((run, cited[run.id]))
        elif run.archived_at is None:
            found.archive.append(run)
        elif now - run.archived_at >= grace:
            found.delete.append(run)
    return found


def _going(rule: RetentionRule, now: datetime) -> Iterator[Run]:
    kept = set(rule.keep_tags)
    oldest = now - timedelta(days=rule.keep_days) if rule.keep_days is not None else None
    for place, run in enumerate(_newest_first(rule)):
        if run.state_now == State.RUNNING or kept.intersection(run.tags):
            continue
        if rule.keep_last is not None and place < rule.keep_last:
            continue
        if oldest is not None and (run.finished_at or run.heartbeat_at) > oldest:
            continue
        yield run


def _newest_first(rule: RetentionRule) -> QuerySet[Run]:
    runs = Run.objects.filter(project_id=rule.project_id, deleted_at=None).defer("config", "summary", "provenance")
    return runs.order_by("-created_at", "-id")


def apply(rule: RetentionRule, now: datetime | None = None) -> Plan:
    """Archive and delete what a rule asks for; gives what it was. Killed on the way, the next time goes on."""
    wanted = plan(rule, now)
    for runs, change in ((wanted.archive, archive_run), (wanted.delete, bury_run)):
        for run in runs:
            with contextlib.suppress(NotFound, RunNotArchived, RunCited, RunPublished):  # somebody was faster
                change(run.id)
    if wanted.archive or wanted.delete:
        audit.record(
            None,
            "retention.applied",
            team=rule.project.team,
            target=str(rule.project),
            archived=len(wanted.archive),
            deleted=len(wanted.delete),
        )
    return wanted


def apply_all() -> None:
    """Apply the rule of every project that has one."""
    for rule in RetentionRule.objects.select_related("project__team").order_by("project_id"):
        apply(rule)
