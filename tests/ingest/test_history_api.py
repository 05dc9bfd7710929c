"""Points over HTTP: receipts, retries, refusals, and the bad input of the world."""

import gzip
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
import zstandard
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import Scope
from apps.core.planes import is_series
from apps.history.queries import heads, run_totals
from apps.runs.models import Attempt, Run, State
from tests.factories import (
    ApiClient,
    api_client,
    history_path,
    make_key,
    make_project,
    make_run,
    make_team,
    make_user,
    team_admin,
)

pytestmark = pytest.mark.django_db


def batch(seq=0, writer="w", **more):
    return {"writer": writer, "seq": seq, "step": [1, 2], "time": [5, 6], "values": {"loss": [0.5, 0.25]}, **more}


def stored(run):
    """Points per key, and in all."""
    counts = {name: head.points for name, head in heads([run.id])[run.id].items()}
    assert sum(counts.values()) == run_totals([run.id])[run.id]
    return counts


@pytest.fixture
def run():
    return make_run()


@pytest.fixture
def client(run):
    return api_client(team_admin(run))


def test_a_batch_is_answered_with_a_receipt_and_a_retry_with_another(run, client):
    answer = client.send("POST", history_path(run), batch())
    assert answer.status_code == 200
    assert answer.json() == {"accepted": 2, "duplicate": False, "attempt": 1, "total": 2}
    again = client.send("POST", history_path(run), batch())
    assert again.json() == {"accepted": 0, "duplicate": True, "attempt": 1, "total": 2}
    assert stored(run) == {"loss": 2}


def test_a_retry_without_times_is_the_same_batch(run, client):
    untimed = {"writer": "w", "seq": 0, "rows": [{"step": 1, "values": {"a": 1}}]}
    assert client.send("POST", history_path(run), untimed).json()["accepted"] == 1
    threading.Event().wait(0.005)  # the retry arrives in another millisecond
    assert client.send("POST", history_path(run), untimed).json()["duplicate"]


def test_other_content_under_the_same_seq_is_refused(run, client):
    client.send("POST", history_path(run), batch())
    answer = client.send("POST", history_path(run), batch(values={"loss": [0.5, 0.75]}))
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_differs")
    assert stored(run) == {"loss": 2}


def test_the_three_forms_store_the_same_points(client, run):
    other = [make_run(run.project) for _ in range(2)]
    rows = [{"step": s, "time": t, "values": {"loss": v}} for s, t, v in ((1, 5, 0.5), (2, 6, 0.25))]
    series = {"loss": {"step": [1, 2], "time": [5, 6], "value": [0.5, 0.25]}}
    client.send("POST", history_path(run), batch())
    client.send("POST", history_path(other[0]), {"writer": "w", "seq": 0, "rows": rows})
    client.send("POST", history_path(other[1]), {"writer": "w", "seq": 0, "series": series})
    found = heads([run.id, other[0].id, other[1].id])
    assert found[run.id] == found[other[0].id] == found[other[1].id]


@pytest.mark.parametrize(("pack", "encoding"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
def test_a_packed_body_is_read_and_its_bomb_refused(run, client, pack, encoding):
    packed = pack(orjson.dumps(batch()))
    answer = client.send("POST", history_path(run), packed, HTTP_CONTENT_ENCODING=encoding)
    assert answer.json()["accepted"] == 2
    bomb = pack(orjson.dumps(batch(seq=1))[:-1] + b" " * 2**26 + b"}")
    answer = client.send("POST", history_path(run), bomb, HTTP_CONTENT_ENCODING=encoding)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "33,554,432" in answer.json()["message"]
    cut = client.send("POST", history_path(run), packed[:-6], HTTP_CONTENT_ENCODING=encoding)
    assert (cut.status_code, cut.json()["code"]) == (400, "body_incomplete")
    assert stored(run) == {"loss": 2}


def test_one_bad_value_among_good_ones_stores_nothing(run, client):
    rows: list[Any] = [{"step": s, "values": {"loss": 0.5, "acc": s}} for s in range(100)]
    rows[63]["values"]["acc"] = "high"
    answer = client.send("POST", history_path(run), {"writer": "w", "seq": 0, "rows": rows})
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_batch"
    assert set(answer.json()["fields"]) == {"rows[63].values.acc"}
    assert stored(run) == {}
    rows[63]["values"]["acc"] = 63
    assert client.send("POST", history_path(run), {"writer": "w", "seq": 0, "rows": rows}).json()["accepted"] == 200


def test_a_body_of_33_mib_is_refused_and_says_how_much_came(run, client):
    answer = client.send("POST", history_path(run), bytes(33 * 2**20))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "34,603,008" in answer.json()["message"]


def test_keys_from_every_plane_come_back(run, client):
    names = ["损失", "µ/λ", "a b.c/d", "𝓁𝑜𝓈𝓈", "🙂", *(chr(plane * 0x10000 + 0x1234) for plane in range(17)), "k" * 250]
    answer = client.send(
        "POST", history_path(run), {"writer": "w", "seq": 0, "step": [1], "values": {n: [1] for n in names}}
    )
    assert answer.status_code == 200
    assert set(stored(run)) == set(names)


def test_a_long_key_is_refused_by_its_length(run, client):
    answer = client.send("POST", history_path(run), batch(values={"k" * 251: [1, 2]}))
    assert answer.status_code == 400
    assert "250" in next(iter(answer.json()["fields"].values()))


def test_steps_at_the_ends_of_int64_and_times_before_1970_are_kept(run, client):
    rows = [
        {"step": 2**63 - 1, "time": -1.5, "values": {"a": 1e308}},
        {"step": -(2**63), "time": -(10**15), "values": {"a": -1e308}},
        {"step": str(2**53 + 1), "time": 0, "values": {"a": "NaN"}},
    ]
    assert client.send("POST", history_path(run), {"writer": "w", "seq": 0, "rows": rows}).json()["accepted"] == 3
    head = heads([run.id])[run.id]["a"]
    assert (head.first_step, head.last_step, head.nan) == (-(2**63), 2**63 - 1, 1)
    assert (head.min, head.max, head.last, head.last_time) == (-1e308, 1e308, 1e308, -1)
    metric = client.get(f"/api/v1/runs/{run.slug}/").json()["metrics"]["a"]
    assert (metric["first_step"], metric["last_step"]) == (str(-(2**63)), str(2**63 - 1))


def test_10001_keys_are_refused_and_10000_are_not(run, client):
    full = {"writer": "w", "seq": 0, "step": [1], "values": {f"k{i}": [i] for i in range(10_000)}}
    over = {"writer": "w", "seq": 1, "step": [1], "values": {f"k{i}": [i] for i in range(10_001)}}
    answer = client.send("POST", history_path(run), over)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_keys")
    assert stored(run) == {}
    assert client.send("POST", history_path(run), full).json()["accepted"] == 10_000
    answer = client.send("POST", history_path(run), over)
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_keys")
    assert "10,001" in answer.json()["message"]
    assert len(stored(run)) == 10_000


def test_a_batch_of_more_than_a_million_points_is_refused(run, client):
    body = {
        "writer": "w",
        "seq": 0,
        "step": list(range(100_001)),
        "values": {f"k{i}": [1] * 100_001 for i in range(10)},
    }
    answer = client.send("POST", history_path(run), body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_points")
    assert "1,000,010" in answer.json()["message"]


def test_a_run_that_ended_takes_points_and_answers_retries(run, client):
    client.send("POST", history_path(run), batch())
    client.send("POST", f"/api/v1/runs/{run.slug}/finish/", {})
    assert client.send("POST", history_path(run), batch()).json()["duplicate"]
    assert client.send("POST", history_path(run), batch(seq=1)).json()["accepted"] == 2
    run.refresh_from_db()
    assert run.state == State.FINISHED
    assert run.late_data_at is not None


def test_another_teams_run_is_not_found(run):
    for scope in Scope.values:
        answer = api_client(make_user(), scope).send("POST", history_path(run), batch())
        assert answer.status_code == (403 if scope == Scope.READ else 404)
    viewer = make_user()
    run.project.team.memberships.create(user=viewer, role="viewer")
    assert api_client(viewer).send("POST", history_path(run), batch()).status_code == 404
    assert stored(run) == {}


def test_a_deleted_run_is_gone(client, run):
    Run.objects.update(deleted_at=timezone.now())
    assert client.send("POST", history_path(run), batch()).status_code == 404


def test_a_key_revoked_in_this_process_stops_at_once(run):
    owner = team_admin(run)
    key, text = accounts.make_key(user=owner)
    client = ApiClient(text)
    assert client.send("POST", history_path(run), batch()).status_code == 200
    accounts.revoke_key(user=owner, key_id=key.id)
    assert client.send("POST", history_path(run), batch(seq=1)).status_code == 401


def test_a_signed_in_browser_may_send_points_with_its_token(run):
    client = ApiClient(enforce_csrf_checks=True)
    client.force_login(team_admin(run))
    assert client.send("POST", history_path(run), batch()).json()["code"] == "csrf_failed"
    client.cookies["csrftoken"] = token = "a" * 32
    assert client.send("POST", history_path(run), batch(), HTTP_X_CSRFTOKEN=token).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_points_go_to_the_newest_attempt_or_the_one_named(run, client):
    assert client.send("POST", history_path(run), batch(attempt=2)).json()["code"] == "unknown_attempt"
    Run.objects.filter(id=run.id).update(client_id="abc")
    body = {"client_id": "abc", "resume": "must"}
    client.send("POST", history_path(run), batch())  # the grant is remembered, and must be forgotten by the resume
    client.send("POST", f"/api/v1/projects/{run.project}/runs/", body)
    assert client.send("POST", history_path(run), batch(seq=1)).json()["attempt"] == 2
    assert client.send("POST", history_path(run), batch(seq=2, attempt=1)).json()["attempt"] == 1
    assert client.send("POST", history_path(run), batch(seq=2, attempt=3)).status_code == 400
    # opened by another process: this one's grant does not know it yet
    Attempt.objects.create(run=run, number=3, started_at=timezone.now())
    Run.objects.filter(id=run.id).update(attempt=3)
    assert client.send("POST", history_path(run), batch(seq=3, attempt=3)).json()["attempt"] == 3


def test_a_live_batch_asks_nothing_of_the_metadata_plane(run, client):
    client.send("POST", history_path(run), batch())
    with CaptureQueriesContext(connection) as queries:
        client.send("POST", history_path(run), batch(seq=1))
    tables = [model._meta.db_table for model in (Run, Attempt, type(run.project), type(run.project.team))]
    tables += ["accounts_apikey", "accounts_user", "accounts_membership", "django_session"]
    assert not is_series(Run)
    for query in queries:
        assert not any(f'"{table}"' in query["sql"] for table in tables), query["sql"]


@pytest.mark.django_db(transaction=True)
def test_the_same_batch_a_hundred_times_at_once_is_stored_once():
    run = make_run()
    key = make_key(team_admin(run))

    def send(_):
        try:
            return ApiClient(key).send("POST", history_path(run), batch())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(100)))
    assert [answer.status_code for answer in answers] == [200] * 100
    receipts = [answer.json() for answer in answers]
    assert sum(receipt["accepted"] for receipt in receipts) == 2
    assert sum(not receipt["duplicate"] for receipt in receipts) == 1
    assert {receipt["total"] for receipt in receipts} == {2}
    assert stored(run) == {"loss": 2}


@pytest.mark.django_db(transaction=True)
def test_writers_that_send_at_once_all_get_in():
    run = make_run()
    key = make_key(team_admin(run))

    def send(number):
        client = ApiClient(key)
        try:
            return [
                client.send(
                    "POST", history_path(run), batch(seq=seq, writer=f"w{number}", values={f"k{number}": [1, 2]})
                )
                for seq in range(10)
            ]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for several in pool.map(send, range(8)) for answer in several]
    assert {answer.status_code for answer in answers} == {200}
    assert stored(run) == {f"k{number}": 20 for number in range(8)}


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_ends_early_stores_nothing(live_server):
    run = make_run()
    key = make_key(team_admin(run))
    body = orjson.dumps(batch())
    head = (
        f"POST {history_path(run)} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Length: {len(body) + 100}\r\n\r\n"
    )
    with socket.create_connection((live_server.thread.host, live_server.thread.port)) as wire:
        wire.sendall(head.encode() + body)
        wire.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: wire.recv(65_536), b""))
    assert b" 400 " in answer.splitlines()[0]
    assert b"body_incomplete" in answer
    assert stored(run) == {}


def test_the_project_list_of_a_stranger_is_not_shown(run):
    stranger = make_user()
    make_project(make_team(admin=stranger))
    answer = api_client(stranger).get(f"/api/v1/projects/{run.project}/runs/")
    assert answer.status_code == 404


def test_batches_may_come_in_any_order(run, client):
    totals = [client.send("POST", history_path(run), batch(seq=seq)).json()["total"] for seq in (0, 5, 2, 2, 9)]
    assert totals == [2, 4, 6, 6, 8]
