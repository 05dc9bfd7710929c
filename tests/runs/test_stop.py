"""Asking a run to stop: who may, and how its client hears of it."""

import re

import pytest

from apps.core import ids
from apps.runs import services
from apps.runs.models import Run
from tests.factories import ApiClient, api_client, history_path, make_key, make_project, make_run, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return {name: make_user(name) for name in ("member", "viewer", "stranger")}


@pytest.fixture
def run(people):
    return make_run(make_project(make_team("vision", member=people["member"], viewer=people["viewer"]), "digits"))


def path(run, end):
    return f"/api/v1/runs/{ids.to_text(run.id)}/{end}/"


def batch(seq):
    return {"writer": "w", "seq": seq, "step": [seq], "values": {"loss": [1.0]}}


@pytest.mark.django_db(transaction=True)  # what is remembered of the key is forgotten on commit
def test_a_stop_reaches_the_client_with_its_next_heartbeat_and_with_its_next_points(people, run):
    client = api_client(people["member"])
    assert client.send("POST", path(run, "heartbeat")).json() == {"state": "running", "stop": False}
    assert "stop" not in client.send("POST", history_path(run), batch(0)).json()
    assert client.send("POST", path(run, "stop")).json() == {"state": "running", "stop": True}
    assert client.send("POST", path(run, "heartbeat")).json() == {"state": "running", "stop": True}
    assert client.send("POST", history_path(run), batch(1)).json()["stop"] is True
    first = Run.objects.get(id=run.id).stop_requested_at
    client.send("POST", path(run, "stop"))
    assert Run.objects.get(id=run.id).stop_requested_at == first


def test_only_members_may_stop_a_run(people, run):
    assert ApiClient().send("POST", path(run, "stop")).status_code == 401
    assert api_client(people["stranger"]).send("POST", path(run, "stop")).status_code == 404
    assert api_client(people["viewer"]).send("POST", path(run, "stop")).status_code == 404
    assert ApiClient(make_key(people["member"], "read")).send("POST", path(run, "stop")).status_code == 403
    assert Run.objects.get(id=run.id).stop_requested_at is None


def test_a_run_that_ended_cannot_be_stopped_and_one_that_starts_again_forgets_the_wish(people, run):
    services.request_stop(run.id)
    services.finish_run(run.id, state="stopped")
    answer = api_client(people["member"]).send("POST", path(run, "stop"))
    assert (answer.status_code, answer.json()["code"]) == (409, "run_ended")
    Run.objects.filter(id=run.id).update(client_id="mine")
    again = services.create_run(user=people["member"], project=run.project, client_id="mine", resume="must").run
    assert not again.stop_asked
    assert services.heartbeat(run.id) == ("running", False)


def test_the_page_offers_members_a_stop_and_says_that_it_was_asked_for(people, run, client):
    for name, offered in (("viewer", False), ("member", True)):
        client.force_login(people[name])
        assert (">Stop</button>" in client.get(run.get_absolute_url()).content.decode()) == offered
    assert client.post(f"{run.get_absolute_url()}stop/").status_code == 302
    page = client.get(run.get_absolute_url()).content.decode()
    assert re.search(r"stop requested \d\.\ds ago", page)
    assert ">Stop</button>" not in page
    client.force_login(people["viewer"])
    assert client.post(f"{run.get_absolute_url()}stop/").status_code == 404
