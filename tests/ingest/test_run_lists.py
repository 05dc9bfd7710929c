"""Lists of runs over HTTP: filtered, sorted, with columns; metrics and their directions; completion."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Scope
from apps.runs.models import Project
from tests.factories import (
    ApiClient,
    api_client,
    history_path,
    make_project,
    make_run,
    make_team,
    make_user,
    team_admin,
)
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = make_project()
    for place in range(6):
        config = {
            "lr": 0.1 * place,
            "opt": {"name": "sgd" if place % 2 else "adam"},
            "amp": place > 3,
            "layers": [place],
        }
        run = make_run(
            project, name=f"run-{place}", config=config, summary={"note": "x" * 600}, tags=["a"] if place else []
        )
        settled(run, loss=[1.0, place * 3 % 5], acc=[0.1, 0.1 * place])
    return project


@pytest.fixture
def client(project: Project) -> ApiClient:
    return api_client(team_admin(project), Scope.READ)


def path(project: Project, end: str = "runs/") -> str:
    return f"/api/v1/projects/{project}/{end}"


def listed(client: ApiClient, project: Project, **params: Any) -> Any:
    answer = client.get(path(project), params)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_runs_are_filtered_sorted_and_shown_with_columns(client: ApiClient, project: Project):
    columns = [
        "config.lr",
        'config["opt.name"]',
        "config.amp",
        "config.layers",
        "metric.loss",
        "metric.acc.best",
        "state",
        "summary.nothing",
    ]
    body = listed(
        client, project, filter='tag == "a" and config.lr < 0.45', sort="-metric.loss", columns=columns, limit=2
    )
    assert [run["name"] for run in body["runs"]] == ["run-3", "run-1"]
    assert (body["total"], body["total_is"], body["notes"]) == (4, "exact", [])
    assert body["runs"][0]["values"] == {
        "config.lr": pytest.approx(0.3),
        'config["opt.name"]': "sgd",
        "config.amp": False,
        "config.layers": [3],
        "metric.loss": 4.0,
        "metric.acc.best": pytest.approx(0.3),
        "state": "running",
        "summary.nothing": None,
    }
    rest = listed(
        client, project, filter='tag == "a" and config.lr < 0.45', sort="-metric.loss", limit=2, cursor=body["next"]
    )
    assert [run["name"] for run in rest["runs"]] == ["run-4", "run-2"]
    assert rest["next"] is None
    assert "values" not in rest["runs"][0]


def test_what_was_sent_is_shown_whole(client: ApiClient, project: Project):
    body = listed(client, project, columns=["summary.note", "created"], limit=1)
    assert body["runs"][0]["values"]["summary.note"] == "x" * 600
    assert body["runs"][0]["values"]["created"] == body["runs"][0]["created_at"]


def test_a_finished_run_is_found_by_its_last_points_at_once(project: Project):
    client = api_client(team_admin(project))
    run = make_run(project, name="late")
    client.send("POST", history_path(run), {"writer": "w", "seq": 0, "step": [1], "values": {"loss": [-7]}})
    client.send("POST", f"/api/v1/runs/{run.slug}/finish/", {})
    body = listed(client, project, filter="metric.loss < -6 and state == 'finished'")
    assert [one["name"] for one in body["runs"]] == ["late"]


def test_an_empty_page_says_what_no_run_can_pass(client: ApiClient, project: Project):
    body = listed(client, project, filter="config.lrr < 1")
    assert (body["runs"], body["total"]) == ([], 0)
    assert body["notes"] == [{"column": 1, "message": "No run of this project has config.lrr. Did you mean config.lr?"}]


@pytest.mark.parametrize(
    ("params", "field", "column"),
    [
        ({"filter": "confg.lr < 1"}, "filter", "1"),
        ({"filter": "config.lr <"}, "filter", "12"),
        ({"filter": "tag == 'a' and metric.odd.best > 1"}, "filter", "16"),
        ({"sort": "-nmae"}, "sort", "2"),
        ({"sort": "metric.odd.best"}, "sort", "1"),
        ({"columns": ["name", "config"]}, "columns", "1"),
        ({"columns": [f"config.k{n}" for n in range(101)]}, "columns", "1"),
        ({"filter": "x" * 10_001}, "filter", "10001"),
        ({"filter": "(" * 5_000}, "filter", None),
        ({"filter": "not " * 2_000 + "tag == 'a'"}, "filter", None),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_column(
    client: ApiClient, project: Project, params: dict[str, Any], field: str, column: str | None
):
    answer = client.get(path(project), params)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_filter")
    assert field in answer.json()["fields"]
    assert column is None or answer.json()["fields"][f"{field}.column"] == column


def test_a_list_with_columns_costs_as_many_queries_for_many_runs_as_for_few(client: ApiClient, project: Project):
    counts = []
    listed(client, project)  # notes that the key was used
    for limit in (2, 6):
        with CaptureQueriesContext(connection) as queries:
            listed(client, project, filter="config.lr >= 0", columns=["metric.loss", "config.lr"], limit=limit)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_metrics_have_directions_that_members_change(client: ApiClient, project: Project):
    read = client.get(path(project, "metrics/")).json()
    assert read["metrics"] == [
        {"name": "acc", "direction": "max", "guessed": True},
        {"name": "loss", "direction": "min", "guessed": True},
    ]
    assert client.get(path(project, "metrics/"), {"search": "LO"}).json()["metrics"][0]["name"] == "loss"
    assert client.get(path(project, "metrics/"), {"after": "acc"}).json()["metrics"][0]["name"] == "loss"
    admin = api_client(team_admin(project))
    said = admin.send("PATCH", path(project, "metrics/"), {"metrics": {"loss": "max", "new": "min"}})
    assert said.json()["metrics"] == [{"name": "loss", "direction": "max", "guessed": False}]
    top = listed(client, project, sort="-metric.loss.best", columns=["metric.loss.best"], limit=1)["runs"][0]
    assert top["values"]["metric.loss.best"] == 4.0
    admin.send("PATCH", path(project, "metrics/"), {"metrics": {"loss": None}})
    assert client.get(path(project, "metrics/")).json() == read
    for bad in (
        {"metrics": {"loss": "up"}},
        {"metrics": {"": "min"}},
        {"metrics": {"x" * 251: "min"}},
        {"metrics": 1},
        {},
    ):
        assert admin.send("PATCH", path(project, "metrics/"), bad).status_code == 400
    reader = make_user()
    make_team("other", admin=reader)
    assert api_client(reader).send("PATCH", path(project, "metrics/"), {"metrics": {}}).status_code == 404


def test_a_filter_is_completed(client: ApiClient, project: Project):
    body = client.get(path(project, "runs/complete/"), {"text": "config.l and x", "at": "8"}).json()
    assert body == {
        "begin": 0,
        "end": 8,
        "suggestions": [{"text": "config.layers", "kind": "name"}, {"text": "config.lr", "kind": "name"}],
    }
    bad: dict[str, str]
    for bad in ({"text": "x", "at": "2"}, {"text": "x", "at": "-1"}, {"text": "x" * 10_001}, {"text": "\x00"}):
        assert client.get(path(project, "runs/complete/"), bad).status_code == 400
