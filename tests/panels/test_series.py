"""GET series/ and POST series/query: the contract of chart answers, their ETags and refusals."""

import math
import time
from typing import Any

import numpy as np
import orjson
import pytest

from apps.accounts.models import Scope
from apps.accounts.services import make_key, revoke_key
from apps.core import ids
from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.panels import wire
from apps.runs.models import Run, Visibility
from tests.factories import ApiClient, api_client, make_project, make_run, make_user, team_admin
from tests.panels.binary import read_binary

pytestmark = pytest.mark.django_db


def log(run: Run, key: str, step: list[int], value: list[float], seq: int = 0, time: list[int] | None = None) -> None:
    group = Group(
        np.array(step, np.int64),
        np.array(time or [1_700_000_000_000 + one for one in range(len(step))], np.int64),
        [key],
        np.array([value], np.float64),
    )
    append_batch(run_id=run.id, attempt=1, writer=f"{key}-{seq}", seq=seq, batch=Batch([group]))


def reader(run: Run) -> ApiClient:
    return api_client(team_admin(run), scope=Scope.READ)


def ask(client: ApiClient, **params: Any) -> Any:
    return client.get("/api/v1/series/", params)


def query(client: ApiClient, questions: Any, **headers: str) -> Any:
    return client.send("POST", "/api/v1/series/query", {"questions": questions}, **headers)


def test_one_question_in_the_url_gives_every_point_of_its_runs():
    first, second = (run := make_run()), make_run(run.project)
    log(first, "loss", [1, 2, 3], [0.9, 0.5, 0.25])
    log(second, "loss", [2, 4], [0.8, 0.4])
    answer = ask(reader(first), run=[first.slug, second.slug], key="loss").json()
    assert (answer["key"], answer["x"], answer["selected"], answer["shown"]) == ("loss", "step", 2, 2)
    assert [one["run"] for one in answer["runs"]] == [first.slug, second.slug]
    assert answer["runs"][0]["x"] == [1, 2, 3]
    assert answer["runs"][0]["y"] == [0.9, 0.5, 0.25]
    assert {name: answer["runs"][1][name] for name in ("stored", "drawn", "superseded", "method", "nonfinite")} == {
        "stored": 2,
        "drawn": 2,
        "superseded": 0,
        "method": "raw",
        "nonfinite": [],
    }


def test_a_range_gives_the_points_in_it():
    run = make_run()
    log(run, "loss", list(range(100)), [float(one) for one in range(100)])
    answer = ask(reader(run), run=run.slug, key="loss", **{"from": 40, "to": 42}).json()
    assert (answer["from"], answer["to"]) == (40, 42)
    assert answer["runs"][0]["stored"] == 3
    assert {40, 41, 42} <= set(answer["runs"][0]["x"])


def test_a_run_without_the_metric_is_selected_and_not_shown():
    first, second = (run := make_run()), make_run(run.project)
    log(first, "loss", [1], [0.5])
    answer = ask(reader(first), run=[first.slug, second.slug], key="loss").json()
    assert (answer["selected"], answer["shown"], len(answer["runs"])) == (2, 1, 1)


def test_values_that_are_not_finite_are_null_and_marked():
    run = make_run()
    log(run, "loss", [1, 2, 3, 4], [0.5, math.nan, math.inf, -math.inf])
    response = ask(reader(run), run=run.slug, key="loss", px=16)
    line = response.json()["runs"][0]
    assert b"NaN" not in response.content
    assert b"Infinity" not in response.content
    assert {mark["kind"] for mark in line["nonfinite"]} == {"nan", "inf", "-inf"}
    assert sum(mark["n"] for mark in line["nonfinite"]) == 3
    assert None in line["y"]


def test_steps_beyond_what_json_holds_exactly_travel_as_strings():
    run = make_run()
    log(run, "loss", [5, 2**53 + 1], [0.5, 0.25])
    answer = ask(reader(run), run=run.slug, key="loss").json()
    assert answer["runs"][0]["x"] == [5, "9007199254740993"]
    assert answer["to"] == "9007199254740993"
    again = ask(reader(run), run=run.slug, key="loss", **{"from": "9007199254740993"}).json()
    assert again["runs"][0]["stored"] == 1


def test_many_questions_are_answered_in_their_order():
    run = make_run()
    log(run, "loss", [1, 2], [0.5, 0.25])
    log(run, "val/acc", [1], [0.75])
    answers = query(
        reader(run), [{"runs": [run.slug], "key": "val/acc"}, {"runs": [run.slug], "key": "loss", "x": "time"}]
    ).json()["answers"]
    assert [(one["key"], one["x"]) for one in answers] == [("val/acc", "step"), ("loss", "time")]
    assert answers[0]["runs"][0]["y"] == [0.75]


def test_the_binary_form_says_the_same_as_json():
    run = make_run()
    rng = np.random.default_rng(1)
    step = np.arange(3000)
    value = rng.normal(size=3000)
    value[500] = math.nan
    log(run, "loss", step.tolist(), value.tolist())
    log(run, "huge", [1, 2**60], [1e300, -1e300])
    log(run, "half", list(range(64)), [one / 64 for one in range(64)])
    asked = [
        {"runs": [run.slug], "key": "loss", "px": 100},
        {"runs": [run.slug], "key": "huge"},
        {"runs": [run.slug], "key": "half"},
        {"runs": [run.slug], "key": "loss", "px": 100, "draw": "mean"},
    ]
    response = query(reader(run), asked, HTTP_ACCEPT=wire.BINARY_TYPE)
    assert response["Content-Type"] == wire.BINARY_TYPE
    binary = read_binary(response.content)
    exact = query(reader(run), asked).json()["answers"]
    types = []
    for small, full in zip(binary, exact, strict=True):
        assert {name: small[name] for name in ("key", "x", "selected", "shown", "from", "to")} == {
            name: full[name] for name in ("key", "x", "selected", "shown", "from", "to")
        }
        line, wanted = small["runs"][0], full["runs"][0]
        assert line["x"].tolist() == [int(one) for one in wanted["x"]]
        types.append(line["types"])
        for column in {"y", "low", "high"} & wanted.keys():
            y = np.array([math.nan if one is None else one for one in wanted[column]])
            assert (np.isnan(line[column]) == np.isnan(y)).all()
            range_drawn = np.nanmax(y) / 2 - np.nanmin(y) / 2
            assert np.nanmax(np.abs(line[column] / 2 - y / 2)) <= range_drawn * 2.0**-19
        assert line["nonfinite"] == wanted["nonfinite"]
    assert types[1]["x"] == "i64"
    assert types[1]["y"] == "f64"
    assert types[2] == {"x": "u32", "y": "f32"}


def test_the_etag_moves_with_points_alone():
    run = make_run()
    client = reader(run)
    log(run, "loss", [1], [0.5])
    first = ask(client, run=run.slug, key="loss")
    assert first["Cache-Control"] == "private, no-cache"
    same = client.get("/api/v1/series/", {"run": run.slug, "key": "loss"}, HTTP_IF_NONE_MATCH=first["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    log(run, "loss", [2], [0.25], seq=1)
    moved = client.get("/api/v1/series/", {"run": run.slug, "key": "loss"}, HTTP_IF_NONE_MATCH=first["ETag"])
    assert moved.status_code == 200
    assert moved["ETag"] != first["ETag"]


def test_the_two_forms_have_their_own_etags():
    run = make_run()
    log(run, "loss", [1], [0.5])
    asked = [{"runs": [run.slug], "key": "loss"}]
    binary = query(reader(run), asked, HTTP_ACCEPT=wire.BINARY_TYPE)
    assert query(reader(run), asked, HTTP_IF_NONE_MATCH=binary["ETag"]).status_code == 200
    assert (
        query(
            reader(run), asked, HTTP_ACCEPT=wire.BINARY_TYPE, HTTP_IF_NONE_MATCH=f'"other", W/{binary["ETag"]}'
        ).status_code
        == 304
    )


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"x": "epoch"}, "x"),
        ({"px": "15"}, "px"),
        ({"px": "4097"}, "px"),
        ({"px": "many"}, "px"),
        ({"from": "9", "to": "8"}, "from"),
        ({"from": "1.5"}, "from"),
        ({"to": "9" * 25}, "to"),
        ({"key": ""}, "key"),
        ({"key": "k" * 251}, "key"),
        ({"draw": "bars"}, "draw"),
        ({"run": "nonsense"}, "run[0]"),
        ({"run": []}, "run"),
        ({"colour": "red"}, "colour"),
        ({"key": ["a", "b"]}, "key"),
    ],
)
def test_a_bad_question_is_refused_with_the_path_of_what_is_wrong(change, path):
    run = make_run()
    response = ask(reader(run), **{"run": run.slug, "key": "loss", **change})
    assert response.status_code == 400
    assert path in response.json()["fields"]


def test_all_bad_questions_of_a_body_are_named():
    run = make_run()
    response = query(
        reader(run),
        [{"runs": [run.slug], "key": "loss", "px": 1}, {"runs": [], "key": "loss"}, 7, {"runs": [run.slug], "k": "y"}],
    )
    assert response.status_code == 400
    assert set(response.json()["fields"]) == {
        "questions[0].px",
        "questions[1].runs",
        "questions[2]",
        "questions[3].k",
        "questions[3].key",
    }


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"questions": 1}', b'{"questions": []}', b"nonsense", b""])
def test_a_body_without_questions_is_refused(body):
    response = api_client(scope=Scope.READ).send("POST", "/api/v1/series/query", body)
    assert response.status_code == 400
    assert response.json()["message"]


def test_limits_are_named():
    run = make_run()
    client = reader(run)
    many = client.get("/api/v1/series/", {"run": [run.slug] * 1001, "key": "loss"})
    assert (many.status_code, many.json()["code"]) == (400, "too_many_runs")
    assert "1,000" in many.json()["message"]
    asked = query(client, [{"runs": [run.slug], "key": "loss"}] * 201)
    assert (asked.status_code, asked.json()["code"]) == (400, "too_many_questions")
    others = [ids.to_text(one) for one in range(1, 1001)]
    lines = query(client, [{"runs": others, "key": "loss"}] * 21)
    assert (lines.status_code, lines.json()["code"]) == (400, "too_many_lines")


def test_a_key_of_lone_surrogates_is_refused():
    run = make_run()
    body = orjson.dumps({"questions": [{"runs": [run.slug], "key": "K"}]}).replace(b'"K"', b'"\\ud800"')
    response = reader(run).send("POST", "/api/v1/series/query", body)
    assert response.status_code == 400


def test_runs_of_others_are_not_found():
    run = make_run()
    log(run, "loss", [1], [0.5])
    stranger = api_client(make_user(), scope=Scope.READ)
    assert ask(stranger, run=run.slug, key="loss").status_code == 404
    assert query(stranger, [{"runs": [run.slug], "key": "loss"}]).status_code == 404
    assert ask(ApiClient(), run=run.slug, key="loss").status_code == 401


def test_anyone_reads_a_public_project():
    run = make_run(make_project(visibility=Visibility.PUBLIC))
    log(run, "loss", [1], [0.5])
    assert ask(ApiClient(), run=run.slug, key="loss").status_code == 200
    assert query(ApiClient(enforce_csrf_checks=True), [{"runs": [run.slug], "key": "loss"}]).status_code == 200


def test_another_method_is_refused():
    client = api_client()
    assert client.send("POST", "/api/v1/series/", {}).status_code == 405
    wrong = client.get("/api/v1/series/query")
    assert (wrong.status_code, wrong["Allow"]) == (405, "POST")


def test_more_questions_cost_no_more_queries(django_assert_max_num_queries):
    run = make_run()
    for place in range(6):
        log(run, f"k{place}", [1, 2, 3], [1.0, 2.0, 3.0], seq=place)
    client = reader(run)
    query(client, [{"runs": [run.slug], "key": "k0"}])
    counts = []
    for keys in (1, 6):
        with django_assert_max_num_queries(60) as captured:
            query(client, [{"runs": [run.slug], "key": f"k{place}"} for place in range(keys)])
        counts.append(len(captured.captured_queries))
    assert counts[0] == counts[1]


def test_what_a_reader_may_see_is_remembered_for_that_reader_alone():
    run = make_run()
    log(run, "loss", [1], [0.5])
    assert ask(reader(run), run=[run.slug], key="loss").status_code == 200
    assert ask(api_client(make_user(), scope=Scope.READ), run=[run.slug], key="loss").status_code == 404
    assert ask(ApiClient(), run=[run.slug], key="loss").status_code == 401


def test_a_revoked_key_stops_reading_at_once():
    run = make_run()
    log(run, "loss", [1], [0.5])
    owner = team_admin(run)
    key, text = make_key(user=owner)
    client = ApiClient(text)
    assert ask(client, run=[run.slug], key="loss").status_code == 200
    revoke_key(user=owner, key_id=key.id)
    assert ask(client, run=[run.slug], key="loss").status_code == 401


def test_a_run_that_was_hidden_is_hidden_within_a_second(monkeypatch):
    run = make_run(make_project(visibility=Visibility.PUBLIC))
    log(run, "loss", [1], [0.5])
    assert ask(ApiClient(), run=[run.slug], key="loss").status_code == 200
    run.project.visibility = Visibility.PRIVATE
    run.project.save()
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 1.1)
    assert ask(ApiClient(), run=[run.slug], key="loss").status_code == 401
