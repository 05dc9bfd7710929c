"""Runs over HTTP: create, resume, change, heartbeat, finish, read, list."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core import ids
from apps.runs.jobs import mark_crashed_runs
from apps.runs.models import Project, Run, State
from tests.factories import api_client, history_path, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def runs_path(project):
    return f"/api/v1/projects/{project}/runs/"


def run_path(run, end=""):
    return f"/api/v1/runs/{ids.to_text(run.id)}/{end}"


def start(client, project, **body):
    return client.send("POST", runs_path(project), body)


def test_a_first_run_makes_its_project_and_tells_where_it_is():
    owner = make_user("owner")
    make_team("vision", admin=owner)
    answer = start(api_client(owner), "vision/digits", name="first", config={"lr": 0.1}, tags=["baseline"])
    assert answer.status_code == 201
    body = answer.json()
    assert len(body["id"]) == 13
    assert body["url"] == f"http://testserver/runs/{body['id']}/"
    assert abs(body.pop("started_at") - Run.objects.get().started_at.timestamp() * 1000) < 1
    assert body | {"id": "", "url": ""} == {
        "id": "",
        "url": "",
        "attempt": 1,
        "created": True,
        "name": "first",
        "project": "vision/digits",
        "state": "running",
        "points": 0,
        "keys": 0,
    }
    run = Run.objects.get()
    assert (run.config, run.tags, run.created_by) == ({"lr": 0.1}, ["baseline"], owner)
    assert Project.objects.get().visibility == "private"


def test_only_members_make_projects_and_runs():
    owner, reader, stranger = make_user("owner"), make_user("reader"), make_user("stranger")
    team = make_team("vision", admin=owner, viewer=reader)
    make_project(team, "old")
    for project in ("vision/old", "vision/new"):
        assert start(api_client(reader), project).status_code == 404
        assert start(api_client(stranger), project).status_code == 404
        assert start(api_client(owner), project).status_code == 201
    assert start(api_client(stranger), "nobody/new").status_code == 404


def test_a_project_has_a_name_that_fits_a_url():
    owner = make_user()
    make_team("vision", admin=owner)
    answer = start(api_client(owner), "vision/a b")
    assert answer.status_code == 400
    assert "project" in answer.json()["fields"]


def test_a_client_id_is_taken_once_and_resumed_on_request():
    project = make_project()
    client = api_client(team_admin(project))
    first = start(client, project, client_id="abc", name="mine", config={"lr": 1, "seed": 2}).json()
    taken = start(client, project, client_id="abc")
    assert (taken.status_code, taken.json()["code"]) == (409, "run_exists")
    again = start(client, project, client_id="abc", resume="allow", config={"lr": 3})
    assert again.status_code == 200
    assert again.json() | {"attempt": 2, "created": False} == again.json()
    assert again.json()["id"] == first["id"]
    joined = start(client, project, client_id="abc", resume="must", attempt="join").json()
    assert joined["attempt"] == 2
    run = Run.objects.get()
    assert (run.config, run.name) == ({"lr": 3, "seed": 2}, "mine")
    assert [one.number for one in run.attempts.order_by("number")] == [1, 2]


def test_a_resume_says_what_is_stored():
    run = make_run(client_id="abc")
    client = api_client(team_admin(run))
    client.send(
        "POST", history_path(run), {"writer": "w", "seq": 0, "step": [1, 2], "values": {"a": [1, 2], "b": [3, 4]}}
    )
    body = start(client, run.project, client_id="abc", resume="must").json()
    assert (body["points"], body["keys"]) == (4, 2)


def test_a_resume_of_nothing_is_refused_and_makes_nothing():
    project = make_project()
    client = api_client(team_admin(project))
    answer = start(client, project, client_id="abc", resume="must")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert start(client, project, resume="allow").status_code == 400
    assert not Run.objects.exists()


def test_client_ids_are_unique_in_their_project_only():
    owner = make_user()
    team = make_team("vision", admin=owner)
    first, second = make_project(team), make_project(team)
    client = api_client(owner)
    assert start(client, first, client_id="abc").status_code == 201
    assert start(client, second, client_id="abc").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_ranks_that_start_together_make_one_run():
    project = make_project()
    client = api_client(team_admin(project))

    def rank(_):
        try:
            return start(client, project, client_id="abc", resume="allow", attempt="join")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(rank, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert {answer.json()["attempt"] for answer in answers} == {1}
    assert Run.objects.count() == 1


def test_config_and_summary_merge_and_null_removes():
    run = make_run(config={"lr": 0.1, "seed": 1}, summary={"best": 1})
    client = api_client(team_admin(run))
    answer = client.send(
        "PATCH", run_path(run), {"config": {"lr": 0.2, "seed": None}, "summary": {"worst": 2}, "notes": "*hi*"}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["config"], body["summary"], body["notes"]) == ({"lr": 0.2}, {"best": 1, "worst": 2}, "*hi*")


def test_config_keeps_what_json_cannot_say_as_text_and_names_what_cannot_be_stored():
    run = make_run()
    client = api_client(team_admin(run))
    answer = client.send(
        "PATCH", run_path(run), b'{"config": {"a": NaN, "b": [-Infinity, 1e308], "c": 18446744073709551615}}'
    )
    assert answer.json()["config"] == {"a": "NaN", "b": ["-Infinity", 1e308], "c": 18446744073709551615}
    bad = b'{"config": {"ok": 1, "x": {"y": ["\\u0000"]}, "z": "\\ud800", "\\udfff": 1, "big": 1e999}}'
    answer = client.send("PATCH", run_path(run), bad)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == {"config.x.y[0]", "config.z", "config.\\udfff", "config.big"}
    run.refresh_from_db()
    assert "ok" not in run.config


def test_a_field_that_is_not_known_is_named():
    run = make_run()
    answer = api_client(team_admin(run)).send("PATCH", run_path(run), {"confg": {}})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert set(answer.json()["fields"]) == {"confg"}


def test_a_config_beyond_the_limit_is_refused():
    run = make_run()
    answer = api_client(team_admin(run)).send("PATCH", run_path(run), {"config": {"a": "x" * 2**20}})
    assert answer.status_code == 400
    assert "1,048,576" in answer.json()["message"]


def test_finishing_twice_is_finishing_once():
    run = make_run()
    client = api_client(team_admin(run))
    first = client.send("POST", run_path(run, "finish/"), {"state": "failed", "message": "boom", "lost_points": 3})
    again = client.send("POST", run_path(run, "finish/"), {"state": "failed", "message": "boom", "lost_points": 3})
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    body = first.json()
    assert (body["state"], body["exit_message"], body["lost_points"]) == ("failed", "boom", 3)
    assert body["finished_at"] is not None


def test_a_finish_without_a_body_is_a_good_end():
    run = make_run()
    assert api_client(team_admin(run)).send("POST", run_path(run, "finish/")).json()["state"] == "finished"


def test_a_silent_run_crashed_and_a_heartbeat_or_a_point_revives_it():
    run = make_run(heartbeat_at=timezone.now() - timedelta(minutes=6))
    client = api_client(team_admin(run))
    assert client.get(run_path(run)).json()["state"] == "crashed"  # before any sweep
    assert client.get(runs_path(run.project), {"state": "crashed"}).json()["total"] == 1
    assert client.get(runs_path(run.project), {"state": "running"}).json()["total"] == 0
    assert mark_crashed_runs() == 1
    run.refresh_from_db()
    assert run.state == State.CRASHED
    assert client.send("POST", run_path(run, "heartbeat/"), {}).json() == {"state": "running", "stop": False}
    Run.objects.update(state=State.CRASHED)
    client.send("POST", history_path(run), {"writer": "w", "seq": 0, "step": [1], "values": {"a": [1]}})
    assert client.get(run_path(run)).json()["state"] == "running"


def test_a_heartbeat_does_not_restart_what_is_finished():
    run = make_run(state=State.FINISHED, finished_at=timezone.now())
    client = api_client(team_admin(run))
    assert client.send("POST", run_path(run, "heartbeat/"), {}).json()["state"] == "finished"
    assert mark_crashed_runs() == 0


def test_an_archived_run_takes_nothing_more():
    run = make_run(archived_at=timezone.now())
    client = api_client(team_admin(run))
    points = {"writer": "w", "seq": 0, "step": [1], "values": {"a": [1]}}
    for method, path, body in (
        ("PATCH", run_path(run), {}),
        ("POST", run_path(run, "finish/"), {}),
        ("POST", history_path(run), points),
    ):
        answer = client.send(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "run_archived")


def test_a_run_shows_its_metrics():
    run = make_run()
    client = api_client(team_admin(run))
    client.send(
        "POST", history_path(run), {"writer": "w", "seq": 0, "step": [1, 2**60], "values": {"loss": [2, "NaN"]}}
    )
    body = client.get(run_path(run)).json()
    assert body["points"] == 2
    metric = body["metrics"]["loss"]
    assert (metric["points"], metric["last"], metric["nan"]) == (2, 2.0, 1)
    assert (metric["first_step"], metric["last_step"]) == (1, str(2**60))


def test_runs_come_in_pages_newest_first():
    project = make_project()
    runs = [make_run(project) for _ in range(5)]
    make_run(project, deleted_at=timezone.now())
    client = api_client(team_admin(project))
    seen, cursor = [], None
    for _ in range(3):
        body = client.get(runs_path(project), {"limit": 2} | ({"cursor": cursor} if cursor else {})).json()
        assert body["total"] == 5
        seen += [run["id"] for run in body["runs"]]
        cursor = body["next"]
    assert cursor is None
    assert seen == [run.slug for run in reversed(runs)]


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "x"}, {"cursor": "!"}, {"cursor": "YWJj"}, {"state": "odd"}]
)
def test_a_page_that_cannot_be_is_refused(query):
    project = make_project()
    answer = api_client(team_admin(project)).get(runs_path(project), query)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == set(query)


def test_a_list_of_ten_runs_costs_as_many_queries_as_two():
    project = make_project()
    client = api_client(team_admin(project))
    counts = []
    for more in (2, 8):
        for _ in range(more):
            run = make_run(project)
            client.send("POST", history_path(run), {"writer": "w", "seq": 0, "step": [1], "values": {"a": [1]}})
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(runs_path(project)).json()["runs"]) == more + (2 if more == 8 else 0)
        counts.append(len(queries))
    assert counts[0] == counts[1]
