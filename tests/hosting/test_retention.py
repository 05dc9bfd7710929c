"""Retention rules: what goes, in which order, and what never does."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from apps.accounts.models import AuditEvent
from apps.hosting import retention
from apps.hosting.models import RetentionRule
from apps.runs.models import Project, Run
from tests.factories import make_project, make_run

pytestmark = pytest.mark.django_db(transaction=True)


def ended(project: Project, days: int, **fields: object) -> Run:
    """A run that ended so many days ago."""
    at = timezone.now() - timedelta(days=days)
    run = make_run(project, **{"state": "finished", "finished_at": at, "heartbeat_at": at, **fields})
    Run.objects.filter(id=run.id).update(created_at=at)
    return run


def rule_of(project: Project, **fields: object) -> RetentionRule:
    return RetentionRule.objects.create(project=project, **fields)


def archived(project: Project) -> set[int]:
    return set(project.runs.exclude(archived_at=None).values_list("id", flat=True))


def test_old_runs_are_archived_and_deleted_a_grace_later():
    project = make_project()
    young, old = ended(project, 5), ended(project, 40)
    rule = rule_of(project, keep_days=30, grace_days=7)
    assert [run.id for run in retention.apply(rule).archive] == [old.id]
    assert archived(project) == {old.id}
    assert retention.apply(rule) == ([], [], [])
    later = timezone.now() + timedelta(days=8)
    assert [run.id for run in retention.apply(rule, later).delete] == [old.id]
    assert Run.objects.get(id=old.id).deleted_at is not None
    assert Run.objects.get(id=young.id).archived_at is None
    assert "retention.applied" in AuditEvent.objects.values_list("action", flat=True)


def test_the_newest_stay_however_old():
    project = make_project()
    runs = [ended(project, 40 + number) for number in range(5)]
    retention.apply(rule_of(project, keep_days=30, keep_last=2))
    assert archived(project) == {run.id for run in runs[2:]}


def test_only_a_number_of_runs_lets_the_others_go_at_any_age():
    project = make_project()
    runs = [ended(project, number) for number in range(1, 5)]
    retention.apply(rule_of(project, keep_last=1))
    assert archived(project) == {run.id for run in runs[1:]}


def test_runs_that_run_and_tagged_ones_stay():
    project = make_project()
    ended(project, 40, tags=["baseline"])
    ended(project, 40, tags=["x", "keep"])
    ended(project, 400, state="running", finished_at=None, heartbeat_at=timezone.now())
    goes = ended(project, 40, tags=["x"])
    crashed = ended(project, 40, state="running", finished_at=None)
    retention.apply(rule_of(project, keep_days=30))
    assert archived(project) == {goes.id, crashed.id}


def test_without_numbers_nothing_goes_and_other_projects_are_left_alone():
    project, other = make_project(), make_project()
    ended(project, 4_000)
    ended(other, 4_000)
    rule_of(project)
    retention.apply_all()
    assert archived(project) == archived(other) == set()


def test_a_run_that_was_brought_back_begins_its_grace_anew():
    project = make_project()
    run = ended(project, 40)
    rule = rule_of(project, keep_days=30)
    retention.apply(rule)
    Run.objects.filter(id=run.id).update(archived_at=None)
    retention.apply(rule, timezone.now() + timedelta(days=8))
    assert Run.objects.get(id=run.id).deleted_at is None


def test_a_dry_run_says_what_would_go_and_sets_nothing():
    project = make_project()
    run = ended(project, 40)
    out = io.StringIO()
    call_command("retention", str(project), "--keep-days", "30", "--dry-run", stdout=out)
    assert f"archive  {run.slug}" in out.getvalue()
    assert not RetentionRule.objects.exists()
    assert archived(project) == set()
    call_command("retention", str(project), "--keep-days", "30", stdout=out)
    assert RetentionRule.objects.get().keep_days == 30
    call_command("retention", str(project), "--never", stdout=out)
    assert not RetentionRule.objects.exists()
