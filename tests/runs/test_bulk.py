"""Many runs changed at once: all of them or none, and what an undo turns back."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import AuditEvent, Scope
from apps.runs import bulk
from apps.runs.citations import Citation, finders
from apps.runs.filters import parse
from apps.runs.models import Project, Run
from apps.runs.run_table import NEWEST_FIRST, Chosen, table_page
from tests.factories import ApiClient, api_client, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def change(client: ApiClient, project: Project, action: str, *runs: Run, **more: Any) -> Any:
    body = {"action": action, "runs": [run.slug for run in runs], **more}
    return client.send("POST", f"/api/v1/projects/{project}/runs/bulk/", body)


def found(project: Project, text: str) -> set[str]:
    return {run.name for run in table_page(project, Chosen(parse(text)), [NEWEST_FIRST], limit=50).runs}


def test_a_tag_is_given_found_and_taken_back_from_those_that_got_it():
    project = make_project()
    runs = [make_run(project, name=name, tags=tags) for name, tags in (("a", []), ("b", ["new"]), ("c", ["old"]))]
    client = api_client(team_admin(project))
    answer = change(client, project, "tag", *runs, tag="new")
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"changed": sorted([runs[0].slug, runs[2].slug]), "unchanged": 1}
    assert Run.objects.get(name="c").tags == ["old", "new"]
    assert found(project, "tag == 'new'") == {"a", "b", "c"}
    undo = client.send(
        "POST",
        f"/api/v1/projects/{project}/runs/bulk/",
        {"action": "untag", "runs": answer.json()["changed"], "tag": "new"},
    )
    assert undo.json()["unchanged"] == 0
    assert found(project, "tag == 'new'") == {"b"}
    assert Run.objects.get(name="c").tags == ["old"]


def test_runs_are_archived_and_brought_back_and_it_is_in_the_audit_log():
    project = make_project()
    runs = [make_run(project, name=str(place)) for place in range(3)]
    client = api_client(owner := team_admin(project))
    assert len(change(client, project, "archive", *runs[:2]).json()["changed"]) == 2
    assert change(client, project, "archive", *runs).json() == {"changed": [runs[2].slug], "unchanged": 2}
    assert found(project, "") == set()
    assert len(change(client, project, "restore", *runs).json()["changed"]) == 3
    assert found(project, "") == {"0", "1", "2"}
    events = AuditEvent.objects.filter(action__startswith="runs.").order_by("id")
    assert [event.action for event in events] == ["runs.archived", "runs.archived", "runs.restored"]
    assert events[0].actor == owner
    assert sorted(events[0].facts["runs"]) == sorted(run.slug for run in runs[:2])


def test_only_archived_runs_are_deleted_and_all_or_none():
    project = make_project()
    gone, kept = make_run(project, archived_at=timezone.now()), make_run(project)
    assert change(api_client(team_admin(project)), project, "delete", gone).status_code == 403
    client = api_client(team_admin(project), Scope.ADMIN)
    refused = change(client, project, "delete", gone, kept)
    assert refused.status_code == 409
    assert refused.json()["code"] == "run_not_archived"
    assert not Run.objects.exclude(deleted_at=None).exists()
    assert change(client, project, "delete", gone).json() == {"changed": [gone.slug], "unchanged": 0}
    assert Run.objects.get(id=gone.id).deleted_at is not None
    assert change(client, project, "delete", gone).status_code == 404


def test_a_cited_run_keeps_all_from_being_deleted(monkeypatch: pytest.MonkeyPatch):
    project = make_project()
    cited, other = (make_run(project, archived_at=timezone.now()) for _ in range(2))
    monkeypatch.setattr("apps.runs.citations.finders", [*finders, lambda *_: {cited.id: [Citation("report", "/r/")]}])
    refused = change(api_client(team_admin(project), Scope.ADMIN), project, "delete", cited, other)
    assert refused.json()["code"] == "run_cited"
    assert not Run.objects.exclude(deleted_at=None).exists()


def test_what_may_not_be_changed_changes_nothing():
    team = make_team(admin=(owner := make_user()), viewer=(viewer := make_user()))
    project = make_project(team)
    mine, other = make_run(project), make_run()
    archived = make_run(project, archived_at=timezone.now())
    full = make_run(project, tags=[str(place) for place in range(200)])
    client = api_client(owner)
    assert change(client, project, "archive", mine, other).status_code == 404
    assert change(client, project, "tag", mine, archived, tag="x").json()["code"] == "run_archived"
    assert change(client, project, "tag", mine, full, tag="x").json()["fields"] == {"tag": "one too many"}
    assert change(api_client(viewer), project, "archive", mine).status_code == 404
    assert change(api_client(), project, "archive", mine).status_code == 404
    mine.refresh_from_db()
    assert mine.tags == []
    assert mine.archived_at is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "tag", "runs": ["RUN"]}, "tag"),
        ({"action": "tag", "runs": ["RUN"], "tag": "x" * 251}, "tag"),
        ({"action": "archive", "runs": ["RUN"] * 1_001}, "runs"),
        ({"action": "archive", "runs": []}, "runs"),
        ({"action": "archive", "runs": ["nonsense"]}, "runs"),
        ({"action": "explode", "runs": ["RUN"]}, "action"),
    ],
)
def test_what_cannot_be_read_is_refused_by_field(body: dict[str, Any], field: str):
    run = make_run()
    asked = {**body, "runs": [run.slug if one == "RUN" else one for one in body["runs"]]}
    answer = api_client(team_admin(run)).send("POST", f"/api/v1/projects/{run.project}/runs/bulk/", asked)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_tagging_many_runs_costs_as_many_queries_as_few():
    project = make_project()
    counts = []
    for place in range(2):
        runs = [make_run(project) for _ in range(3 + 10 * place)]
        with CaptureQueriesContext(connection) as queries:
            bulk.tag_runs(project, [run.id for run in runs], f"t{place}", there=True)
        counts.append(len(queries))
    assert counts[0] == counts[1]
