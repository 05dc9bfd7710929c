"""Runs go to another project with all they have, or stay where they are and it is said why."""

import threading
from io import BytesIO

import pytest
from django.db import OperationalError, connections
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import ApiKey, AuditEvent, Membership, Role
from apps.artifacts.services import put_file
from apps.core import ids
from apps.core.errors import NotFound
from apps.hosting.models import TeamQuota
from apps.reports.services import create_report
from apps.runs import services
from apps.runs.filters import parse
from apps.runs.models import Run, RunValue
from apps.runs.moving import MOST_MOVED, move_runs
from apps.runs.queries import filtered, runs_of
from apps.runs.timeline import timeline
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def source(owner):
    return make_project(make_team("vision", admin=owner), "digits")


@pytest.fixture
def target(owner):
    return make_project(make_team("speech", admin=owner), "words")


def move(run, target, user=None):
    client = api_client(user or team_admin(run))
    return client.send("POST", f"/api/v1/runs/{run.slug}/move/", {"project": str(target)})


def send(run, seq=0, key=None):
    body = {"writer": "w", "seq": seq, "step": [seq], "values": {"loss": [0.5]}}
    return ApiClient(key or accounts.make_key(user=team_admin(run), scope="ingest")[1]).send(
        "POST", history_path(run), body
    )


def fitting(project, text):
    return [run.name for run in filtered(runs_of(project), parse(text), project)]


def test_a_run_moves_with_what_it_is_found_by_and_goes_on_sending(source, target):
    run = make_run(source, name="a", config={"lr": 0.1}, tags=["best"])
    other = make_run(source, name="b", config={"lr": 0.2})
    key = accounts.make_key(user=team_admin(run), scope="ingest")[1]
    assert send(run, 0, key).status_code == 200
    services.settle(run.id)
    answer = move(run, target)
    assert answer.status_code == 200
    assert (answer.json()["project"], answer.json()["moved_from"]) == ("speech/words", "vision/digits")
    assert fitting(target, 'config.lr == 0.1 and tag == "best" and metric.loss.last == 0.5') == ["a"]
    assert fitting(source, "config.lr > 0") == ["b"]
    assert set(RunValue.objects.filter(run=run).values_list("key__project", flat=True)) == {target.id}
    assert set(RunValue.objects.filter(run=other).values_list("key__project", flat=True)) == {source.id}
    assert send(run, 1, key).json()["total"] == 2
    services.settle(run.id)
    assert fitting(target, "metric.loss.last == 0.5") == ["a"]
    assert move(run, target).status_code == 200  # again: nothing changes
    assert [moment.words for moment in timeline(Run.objects.get(id=run.id)).moments] == [
        "Started",
        "Moved here from another project",
    ]


def test_both_teams_read_of_it_in_their_audit_logs_and_an_undo_is_a_move_back(source, target, owner):
    run = make_run(source)
    move(run, target)
    move(run, source, owner)
    assert Run.objects.get(id=run.id).project == source
    events = AuditEvent.objects.filter(action="runs.moved").order_by("id")
    assert [(event.team and event.team.slug, event.target, event.facts["to"]) for event in events] == [
        ("vision", "vision/digits", "speech/words"),
        ("speech", "vision/digits", "speech/words"),
        ("speech", "speech/words", "vision/digits"),
        ("vision", "speech/words", "vision/digits"),
    ]
    assert events[0].actor == owner


def test_where_a_run_came_from_is_named_to_those_who_may_read_it_only(owner, source):
    near, public = make_project(source.team, "near"), make_project(source.team, "open", visibility="public")
    run = make_run(source)
    move(run, near)
    move(run, public)
    assert [moment.words for moment in timeline(Run.objects.get(id=run.id)).moments[1:]] == [
        "Moved here from vision/digits",
        "Moved here from another project",
    ]


def test_whoever_may_not_write_there_moves_nothing(source, target, owner):
    run, member = make_run(source), make_user()
    Membership.objects.create(team=source.team, user=member, role=Role.MEMBER)
    Membership.objects.create(team=target.team, user=member, role=Role.VIEWER)
    assert move(run, target, member).status_code == 404
    limited = accounts.make_key(user=owner, scope="admin", project=str(source))[1]
    path = f"/api/v1/runs/{run.slug}/move/"
    assert ApiClient(limited).send("POST", path, {"project": str(target)}).status_code == 404
    for bad in ("", "x", "/", "vision/", "vision/missing", "vision/digits/more", "a\0b/c"):
        assert ApiClient(limited).send("POST", path, {"project": bad}).status_code in (400, 404)
    assert Run.objects.get(id=run.id).project == source


def test_a_client_id_that_is_there_stops_it(source, target):
    run = make_run(source, client_id="same")
    there = make_run(target, client_id="same")
    answer = move(run, target)
    assert (answer.status_code, answer.json()["code"]) == (409, "client_id_taken")
    assert there.slug in answer.json()["message"]
    Run.objects.filter(id=there.id).update(deleted_at=timezone.now())
    assert move(run, target).status_code == 200


def test_a_run_that_would_be_cut_off_from_its_training_stays(source, target, owner):
    trainer = make_user("trainer")
    Membership.objects.create(team=source.team, user=trainer, role=Role.MEMBER)
    run = make_run(source, created_by=trainer)
    refused = move(run, target, owner)
    assert (refused.status_code, refused.json()["code"]) == (409, "run_still_sends")
    assert "trainer, who sends it" in refused.json()["message"]
    near = make_project(source.team, "near")
    key = accounts.make_key(user=trainer, scope="ingest", project=str(source))[1]
    assert send(run, 0, key).status_code == 200
    assert ApiKey.objects.get(project=source).last_used_at
    assert move(run, near, owner).json()["code"] == "run_still_sends"
    services.finish_run(run.id)
    assert move(run, near, owner).status_code == 200
    assert move(run, target, owner).status_code == 200


def test_a_run_that_a_report_would_no_longer_find_stays(source, target, owner):
    run = make_run(source, name="named", tags=["paper"])
    near = make_project(source.team, "near")
    report = create_report(project=source, author=owner, title="About it", markdown=f"see {run.slug}")
    assert move(run, near).status_code == 200  # a report of the team finds it by its id
    refused = move(run, target)
    assert (refused.status_code, refused.json()["code"]) == (409, "run_cited")
    assert "About it" in refused.json()["message"]
    assert Run.objects.get(id=run.id).project == near
    report.delete()
    assert move(run, target).status_code == 200


def test_files_count_for_the_team_that_has_them_and_must_fit(source, target):
    run = make_run(source)
    put_file(run, "model.pt", BytesIO(b"x" * 100))
    from_, to = (TeamQuota.objects.create(team=one.team, counted_at=timezone.now()) for one in (source, target))
    TeamQuota.objects.filter(pk=from_.pk).update(file_bytes=100)
    TeamQuota.objects.filter(pk=to.pk).update(max_file_bytes=99)
    assert move(run, target).json()["code"] == "quota_reached"
    assert Run.objects.get(id=run.id).project == source
    TeamQuota.objects.filter(pk=to.pk).update(max_file_bytes=100)
    assert move(run, target).status_code == 200
    assert list(TeamQuota.objects.order_by("team").values_list("file_bytes", flat=True)) == [0, 100]


def test_a_team_without_room_for_points_takes_no_run(source, target):
    TeamQuota.objects.create(team=target.team, points=10, max_points=10)
    assert move(make_run(source), target).json()["code"] == "quota_reached"


def test_many_runs_move_at_once_or_none(source, target, owner):
    runs = [make_run(source, name=f"r{n}", config={"n": n}) for n in range(4)]
    client = api_client(owner)
    path = f"/api/v1/projects/{source}/runs/bulk/"
    body = {"action": "move", "runs": [run.slug for run in runs], "project": str(target)}
    make_run(target, client_id="x")
    Run.objects.filter(id=runs[2].id).update(client_id="x")
    assert client.send("POST", path, body).status_code == 409
    assert Run.objects.filter(project=target).count() == 1
    Run.objects.filter(id=runs[2].id).update(client_id="y")
    assert sorted(client.send("POST", path, body).json()["changed"]) == sorted(run.slug for run in runs)
    assert sorted(fitting(target, "config.n >= 0")) == ["r0", "r1", "r2", "r3"]
    assert client.send("POST", path, body).status_code == 404  # they are no longer here
    assert client.send("POST", path, {**body, "project": None}).status_code == 400
    assert client.send("POST", path, {"action": "move", "runs": body["runs"]}).status_code == 400
    many = {**body, "runs": [ids.to_text(n + 1) for n in range(MOST_MOVED + 1)]}
    assert "At most 200 runs are moved at once; 201 came" in client.send("POST", path, many).json()["message"]


def test_moving_more_runs_asks_no_more_queries_for_each(source, target, owner, django_assert_max_num_queries):
    runs = [make_run(source, config={"lr": n, "seed": n}, created_by=owner, state="finished") for n in range(12)]
    with django_assert_max_num_queries(25):
        move_runs(source, [run.id for run in runs[:10]], target, actor=owner)


def test_the_projects_to_choose_from_are_those_one_may_write_to(source, target, owner):
    make_project(make_team("other", viewer=owner), "digits", visibility="public")
    client = api_client(owner)
    assert [one["project"] for one in client.get("/api/v1/projects/").json()["projects"]] == [
        "speech/words",
        "vision/digits",
    ]
    found = client.get("/api/v1/projects/?text=DIG vis").json()
    assert (found["total"], found["projects"][0]["project"]) == (1, "vision/digits")
    assert client.get("/api/v1/projects/?text=%00").status_code == 400


@pytest.mark.django_db(transaction=True)
def test_of_two_who_move_a_run_at_once_one_moves_it(source, target, owner):
    run = make_run(source, config={f"k{n}": n for n in range(50)}, state="finished")
    near = make_project(source.team, "near")
    begin = threading.Barrier(2)
    came: list[object] = []

    def move_to(project):
        begin.wait()
        try:
            came.append(move_runs(source, [run.id], project, actor=owner))
        except (NotFound, OperationalError) as error:  # SQLite lets one of two writers begin anew
            came.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=move_to, args=(project,)) for project in (target, near)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [run.id] in came
    moved = Run.objects.get(id=run.id).project_id
    assert moved in (target.id, near.id)
    assert set(RunValue.objects.filter(run=run).values_list("key__project", flat=True)) == {moved}
    assert RunValue.objects.filter(run=run).count() > 50
