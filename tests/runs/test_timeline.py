"""What happened to a run is kept where it happens, and told with what its facts say of earlier times."""

from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone

from apps.runs import services
from apps.runs.bulk import archive_runs
from apps.runs.jobs import mark_crashed_runs
from apps.runs.models import CRASHED_AFTER, Run, RunEvent
from apps.runs.timeline import MOST_ATTEMPTS, timeline
from apps.transfer.errors import BadArchive
from apps.transfer.facts import run_facts, run_line
from apps.workspace.timeline_bar import state_bar
from tests.factories import api_client, history_path, make_project, make_run, make_user, team_admin

pytestmark = pytest.mark.django_db


def silent(run, minutes=10):
    Run.objects.filter(id=run.id).update(heartbeat_at=timezone.now() - timedelta(minutes=minutes))


def told(run):
    return [moment.words for moment in timeline(Run.objects.get(id=run.id)).moments]


def states(run):
    return [span.state for span in timeline(Run.objects.get(id=run.id)).spans]


def test_a_stop_and_an_end_are_told_with_who_asked():
    run, person = make_run(), make_user("ann")
    services.request_stop(run.id, actor=person)
    services.finish_run(run.id, state="failed", message="CUDA out of memory")
    services.finish_run(run.id, state="failed")
    assert told(run) == ["Started", "Asked to stop", "Failed"]
    asked, ended = timeline(Run.objects.get(id=run.id)).moments[1:]
    assert (asked.by, ended.facts["message"]) == ("ann", "CUDA out of memory")
    assert states(run) == ["running", "failed"]


def test_silence_and_coming_back_are_told_from_when_the_run_was_last_heard_of():
    run = make_run(started_at=timezone.now() - timedelta(hours=1))
    run.attempts.update(started_at=run.started_at)
    silent(run)
    assert states(run) == ["running", "crashed"]  # before any worker has looked
    assert mark_crashed_runs() == 1
    heard = Run.objects.get(id=run.id).heartbeat_at
    assert timeline(Run.objects.get(id=run.id)).spans[-1].start == heard
    services.heartbeat(run.id)
    services.heartbeat(run.id)
    assert states(run) == ["running", "crashed", "running"]
    assert RunEvent.objects.filter(run=run).count() == 2


def test_a_resume_and_late_data_are_told_once_after_each_end():
    project = make_project()
    first = services.create_run(user=team_admin(project), project=project, client_id="one").run
    services.finish_run(first.id)
    for _ in range(2):
        services._forget_noted(first.id)
        services.note_points(first.id)
    services.create_run(user=team_admin(project), project=project, client_id="one", resume="must")
    services.finish_run(first.id)
    services.note_points(first.id)
    services._forget_noted(first.id)
    services.note_points(first.id)
    late = "Data came after the end"
    assert sorted(told(first)) == sorted(["Started", "Finished", late, "Resumed: attempt 2", "Finished", late])
    assert states(first) == ["running", "finished", "running", "finished"]


def test_a_new_name_and_the_archive_are_told_with_who_did_it():
    run = make_run(name="old")
    owner = team_admin(run)
    client = api_client(owner)
    assert client.send("PATCH", f"/api/v1/runs/{run.slug}/", {"name": "new"}).status_code == 200
    assert client.send("PATCH", f"/api/v1/runs/{run.slug}/", {"name": "new", "notes": "x"}).status_code == 200
    services.archive_run(run.id, actor=owner)
    archive_runs(run.project, [run.id], archived=False, actor=owner)
    assert told(run) == ["Started", "Renamed from “old” to “new”", "Archived", "Brought back from the archive"]
    assert {moment.by for moment in timeline(run).moments[1:]} == {owner.username}


def test_a_run_of_before_there_were_notes_is_told_by_its_facts():
    began = timezone.now() - timedelta(days=3)
    run = make_run(
        state="failed",
        exit_message="boom",
        started_at=began,
        finished_at=began + timedelta(hours=2),
        late_data_at=began + timedelta(hours=3),
        archived_at=began + timedelta(days=1),
    )
    run.attempts.update(started_at=began)
    Run.objects.filter(id=run.id).update(created_at=began)
    assert told(run) == ["Started", "Failed", "Data came after the end", "Archived"]
    bar = state_bar(timeline(Run.objects.get(id=run.id)))
    assert bar is not None
    assert bar.kinds == {"running", "over", "late"}
    assert [(one.kind, one.x, one.width) for one in bar.stretches] == [
        ("running", "0.00", "66.67"),
        ("over", "66.67", "33.33"),
    ]


def test_attempts_have_their_ends_and_the_points_that_newer_ones_superseded():
    now = timezone.now()
    run = make_run(attempt=2, started_at=now - timedelta(hours=2))
    run.attempts.filter(number=1).update(started_at=now - timedelta(hours=2))
    run.attempts.filter(number=2).update(started_at=now - timedelta(hours=1))
    client = api_client(team_admin(run))
    for attempt, steps in ((1, [1, 2, 3, 4]), (2, [3, 4, 5])):
        body = {"writer": "w", "seq": attempt, "attempt": attempt, "step": steps, "values": {"loss": steps}}
        assert client.send("POST", history_path(run), body).status_code == 200
    first, second = timeline(Run.objects.get(id=run.id)).attempts
    assert first.figures is not None
    assert second.figures is not None
    assert (first.figures.points, first.figures.superseded) == (2, 2)
    assert (first.figures.first_step, first.figures.last_step) == (1, 4)
    assert (second.figures.points, second.figures.superseded) == (3, 0)
    assert first.ended_at == second.started_at
    assert second.ended_at is None
    answer = client.get(f"/api/v1/runs/{run.slug}/events/").json()
    assert [one["superseded"] for one in answer["attempts"]] == [2, 0]
    assert [one["words"] for one in answer["events"]] == ["Started", "Resumed: attempt 2", "Made"]


def test_a_run_of_many_attempts_lists_the_newest_and_says_so():
    run = make_run(attempt=MOST_ATTEMPTS + 5)
    found = timeline(run)
    assert len(found.attempts) == MOST_ATTEMPTS
    assert found.attempts_left_out == 5
    assert found.attempts[-1].number == run.attempt


def test_the_bar_of_a_run_that_crashed_long_ago_still_shows_what_it_did():
    began = timezone.now() - timedelta(days=30)
    run = make_run(started_at=began, heartbeat_at=began + timedelta(hours=1))
    run.attempts.update(started_at=began)
    assert timezone.now() - run.heartbeat_at > CRASHED_AFTER
    bar = state_bar(timeline(run))
    assert bar is not None
    running, crashed = bar.stretches
    assert (running.kind, crashed.kind) == ("running", "crashed")
    assert float(running.width) > 80


def test_an_archive_has_what_happened():
    run = make_run(name="old")
    services.request_stop(run.id, actor=make_user("ann"))
    services.change_run(run.id, name="new <b>")
    held: dict[str, Any] = {"history": None, "points": 0, "series": 0, "console": None, "lines": 0, "files": []}
    read = run_facts(orjson.loads(orjson.dumps(run_line(Run.objects.get(id=run.id), **held))), 1)
    owner = make_user()
    fields = {**read.fields, "client_id": ""}
    copy = services.bring_run(
        run_id=run.id + 1, project=make_project(), user=owner, attempts=read.attempts, events=read.events, **fields
    )
    assert told(copy) == told(run) == ["Started", "Asked to stop", "Renamed from “old” to “new <b>”"]
    assert timeline(copy).moments[1].by == "ann"


@pytest.mark.parametrize(
    "event", [1, {}, {"at": "x", "by": "", "kind": "late", "facts": {}}, {"at": "2026-01-01T00:00:00Z", "kind": "x"}]
)
def test_an_archive_with_other_events_is_refused(event):
    held: dict[str, Any] = {"history": None, "points": 0, "series": 0, "console": None, "lines": 0, "files": []}
    line = orjson.loads(orjson.dumps({**run_line(make_run(), **held), "events": [event]}))
    with pytest.raises(BadArchive, match="events"):
        run_facts(line, 1)
