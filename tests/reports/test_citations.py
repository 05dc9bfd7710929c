"""A run that a report rests on does not vanish: not by a retention rule, not by a DELETE."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import Scope
from apps.hosting import retention
from apps.hosting.models import RetentionRule
from apps.runs.errors import RunCited
from apps.runs.models import Project, Run, Visibility
from apps.runs.removal import archive_run, bury_run
from tests.factories import api_client, make_project, make_run, make_team, make_user, team_admin
from tests.reports.stories import make_report, panel

pytestmark = pytest.mark.django_db(transaction=True)


def old_run(project: Project, **fields: object) -> Run:
    at = timezone.now() - timedelta(days=40)
    return make_run(project, state="finished", finished_at=at, heartbeat_at=at, **fields)


def what_goes(project: Project) -> set[int]:
    """The ids of the runs that a rule of 30 days archives."""
    rule = RetentionRule(project=project, keep_days=30, keep_tags=[], grace_days=0)
    return {run.id for run in retention.plan(rule).archive}


def test_retention_leaves_runs_whose_id_a_report_of_the_team_names():
    project = make_project()
    drawn, linked, said, free = (old_run(project) for _ in range(4))
    make_report(project, panel("keys: [loss]", f"runs: [{drawn.slug}]"))
    sister = make_project(project.team)
    make_report(sister, f"[the run](/runs/{linked.slug}/) and {said.slug.upper()}, which failed.")
    assert what_goes(project) == {free.id}


def test_retention_leaves_what_panels_draw_by_name_group_or_tag():
    project = make_project()
    kept = [old_run(project, name="mlp-3"), old_run(project, group="sweep"), old_run(project, tags=["seed"])]
    free = old_run(project, name="other")
    for runs in ("name: mlp-*", "group: sweep", "tag: seed"):
        make_report(project, panel("keys: [loss]", f"runs: {{{runs}}}"))
    assert what_goes(project) == {free.id}
    assert what_goes(project).isdisjoint(run.id for run in kept)


def test_a_panel_of_all_runs_and_reports_of_others_keep_nothing():
    project = make_project(visibility=Visibility.PUBLIC)
    run = old_run(project, name="mlp")
    make_report(project, panel("keys: [loss]"))
    make_report(project, panel("keys: [loss]", 'runs: {name: "*"}'))
    elsewhere = make_project()
    make_report(elsewhere, panel("keys: [loss]", "runs: {name: mlp}") + run.slug)
    assert what_goes(project) == {run.id}


def test_a_run_that_was_archived_before_it_was_cited_is_not_deleted():
    project = make_project()
    run = old_run(project)
    rule = RetentionRule.objects.create(project=project, keep_days=30, grace_days=0)
    retention.apply(rule)
    make_report(project, run.slug, title="Evidence")
    plan = retention.apply(rule)
    assert (plan.archive, plan.delete) == ([], [])
    assert [(one.id, [by.title for by in cited]) for one, cited in plan.cited] == [(run.id, ["Evidence"])]
    assert Run.objects.get(id=run.id).deleted_at is None


def test_a_delete_of_a_cited_run_is_refused_with_the_names_of_the_reports_until_they_let_it_go():
    run = make_run()
    report = make_report(run.project, run.slug, title="Why it works")
    archive_run(run.id)
    client = api_client(team_admin(run), Scope.ADMIN)
    refused = client.send("DELETE", f"/api/v1/runs/{run.slug}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_cited")
    assert f"“Why it works” (/r/{report.slug}/)" in refused.json()["message"]
    assert client.get(f"/api/v1/runs/{run.slug}/").status_code == 200
    client.send("PUT", f"/api/v1/reports/{report.slug}/", {"title": "x", "markdown": "Nothing is left."})
    assert client.send("DELETE", f"/api/v1/runs/{run.slug}/").status_code == 204


def test_many_reports_are_counted_beyond_the_first_five():
    run = make_run()
    for number in range(7):
        make_report(run.project, run.slug, title=f"Report {number}")
    with pytest.raises(RunCited, match=r"Report 6.*Report 2.* and 2 more"):
        bury_run(run.id)


def test_a_stranger_cannot_keep_a_run_from_being_deleted():
    run = make_run(make_project(visibility=Visibility.PUBLIC), archived_at=timezone.now())
    make_report(make_project(make_team(admin=make_user())), run.slug)
    bury_run(run.id)
    assert Run.objects.get(id=run.id).deleted_at is not None
