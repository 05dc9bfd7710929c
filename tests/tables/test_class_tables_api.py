"""Class tables over HTTP: in by rows and by columns, out as JSON and CSV, and every limit."""

import math

import orjson
import pytest

from apps.runs.models import Run
from apps.tables import errors, services
from apps.tables.models import LoggedTable, TableKey
from tests.factories import ApiClient, api_client, make_run, team_admin

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run() -> Run:
    return make_run()


@pytest.fixture
def client(run) -> ApiClient:
    return api_client(team_admin(run))


def path(run: Run, key: str = "val") -> str:
    return f"/api/v1/runs/{run.slug}/class-tables/{key}/"


def post(client: ApiClient, run: Run, body, key: str = "val"):
    return client.send("POST", path(run, key), body)


def test_rows_and_columns_are_the_same_table(client, run):
    rows = [
        {"class": "road", "support": 90, "recall": 0.99},
        {"class": "pedestrian", "recall": 0.08, "iou": "NaN"},
        {"class": "7 <b>", "support": 0, "recall": None, "iou": math.inf},
    ]
    columns = {
        "step": 5,
        "classes": ["road", "pedestrian", "7 <b>"],
        "support": [90, None, 0],
        "columns": {"recall": [0.99, 0.08, None], "iou": [None, "NaN", "Infinity"]},
    }
    bare = orjson.dumps({"step": 5, "rows": rows}).replace(b'"NaN"', b"NaN").replace(b'"iou":null', b'"iou":Infinity')
    for body, key in ((bare, "rows"), (columns, "columns/with/slashes")):
        answer = post(client, run, body, key)
        assert answer.status_code == 200, answer.content
        assert answer.json() == {
            "classes": 3, "attempt": 1, "tables": 1, "replaced": False,
            "indexed": 5 if key == "rows" else 10, "left_out": 0,
        }  # fmt: skip
        read = client.get(path(run, key)).json()
        assert read.pop("logged_at") > 1_700_000_000_000
        assert read == {**columns, "key": key, "step": 5, "attempt": 1}


def test_csv_leaves_missing_numbers_empty(client, run):
    post(client, run, {"step": 1, "rows": [{"class": "=1+1", "recall": 0.5}, {"class": "b", "iou": "NaN"}]})
    answer = client.get(path(run) + "?format=csv")
    assert answer.content.decode().splitlines() == ["class,recall,iou", "'=1+1,0.5,", "b,,nan"]
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''val-1.csv"


def test_a_step_sent_again_replaces_and_a_newer_attempt_wins(client, run):
    for step, recall in ((1, 0.1), (2, 0.2), (3, 0.3), (2, 0.25)):
        post(client, run, {"step": step, "rows": [{"class": "a", "recall": recall}]})
    listed = client.get(f"/api/v1/runs/{run.slug}/class-tables/").json()
    assert listed == {"tables": [{"key": "val", "newest": 3, "steps": [1, 2, 3], "tables": 3}]}
    assert client.get(path(run) + "?step=2").json()["columns"] == {"recall": [0.25]}
    Run.objects.filter(id=run.id).update(attempt=2)
    again = post(client, run, {"step": 2, "attempt": 2, "rows": [{"class": "a", "recall": 0.9}]})
    assert again.json()["tables"] == 4
    listed = client.get(f"/api/v1/runs/{run.slug}/class-tables/").json()
    # Step 3 was logged before the resume.
    assert listed == {"tables": [{"key": "val", "newest": 2, "steps": [1, 2], "tables": 4}]}
    assert client.get(path(run)).json()["columns"] == {"recall": [0.9]}
    assert client.get(path(run) + "?step=3").status_code == 404


def test_what_is_not_there_is_not_found(client, run):
    assert client.get(path(run)).json()["code"] == "not_found"
    assert client.get(path(run, "x" * 300)).status_code == 404
    assert client.get(f"/api/v1/runs/{run.slug}/class-tables/").json() == {"tables": []}
    assert client.get(path(run) + "?step=x").status_code == 400
    post(client, run, {"step": 1, "rows": [{"class": "a", "recall": 1}]})
    assert client.get(path(run) + "?format=xls").status_code == 400


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ([], "body", "must be an object"),
        ({"rows": [{"class": "a"}]}, "step", "is missing"),
        ({"step": 2**63, "rows": [{"class": "a"}]}, "step", "within -2^63..2^63-1"),
        ({"step": 1}, "body", 'exactly one of "rows" and "classes"'),
        ({"step": 1, "rows": []}, "classes", "a class at least"),
        ({"step": 1, "rows": [{"class": "a"}, {"class": "a"}]}, "rows[1].class", "which rows[0].class is already"),
        ({"step": 1, "rows": [{"recall": 1}]}, "rows[0].class", "is missing"),
        ({"step": 1, "rows": [{"class": "a", "recall": "high"}]}, "rows[0].recall", "must be a number"),
        ({"step": 1, "rows": [{"class": "a" * 251}]}, "rows[0].class", "251 characters; 1 to 250"),
        ({"step": 1, "rows": [{"class": "a\0"}]}, "rows[0].class", "NUL"),
        (b'{"step": 1, "rows": [{"class": "\\ud800"}]}', "rows[0].class", "lone surrogate"),
        (b'{"step": 1, "rows": [{"class": "a", "x": 1e999}]}', "rows[0].x", "larger than a float64"),
        ({"step": 1, "classes": ["a"], "columns": {"support": [1]}}, "columns.support", "means something else"),
        ({"step": 1, "classes": ["a"], "columns": {"x": [1, 2]}}, "columns.x", "1 numbers, as many as classes"),
        ({"step": 1, "classes": ["a"], "colums": {}}, "colums", "not known"),
        ({"step": 1, "attempt": 0, "rows": [{"class": "a"}]}, "attempt", "from 1 on"),
        ({"step": 1, "attempt": 2, "rows": [{"class": "a"}]}, "attempt", "must be 1..1"),
        ({"step": 1, "classes": [str(at) for at in range(10_001)]}, "classes", "10,001 classes came; at most 10,000"),
        ({"step": 1, "rows": [{"class": "a", **{f"m{at}": 1 for at in range(51)}}]}, "rows[0]", "at most 50"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_and_nothing_is_stored(client, run, body, field, what):
    answer = post(client, run, body)
    assert answer.status_code == 400
    assert what in answer.json()["fields"][field]
    assert not LoggedTable.objects.exists()
    assert not TableKey.objects.exists()


def test_limits_of_steps_and_keys_are_named(client, run, monkeypatch):
    monkeypatch.setattr(services, "MAX_TABLES", 2)
    monkeypatch.setattr(services, "MAX_KEYS", 1)
    body = {"step": 1, "rows": [{"class": "a", "recall": 1}]}
    assert post(client, run, body).status_code == 200
    assert post(client, run, {**body, "step": 2}).status_code == 200
    assert post(client, run, {**body, "step": 2}).status_code == 200
    refused = post(client, run, {**body, "step": 3})
    assert refused.status_code == 409
    assert refused.json()["code"] == "too_many_tables"
    assert "has 2 steps; at most 2" in refused.json()["message"]
    other = post(client, run, body, "test")
    assert other.status_code == 409
    assert "at most 1" in other.json()["message"]
    assert TableKey.objects.count() == 1
    assert post(client, run, body, "k" * 251).status_code == 400
    assert errors.MAX_TABLES == 10_000


def test_fifty_columns_and_a_support_are_taken(client, run):
    row = {"class": "a", "support": 3, **{f"m{at}": at for at in range(50)}}
    assert post(client, run, {"step": 1, "rows": [row]}).status_code == 200
    columns = {name: [value] for name, value in row.items() if name not in ("class", "support")}
    assert post(client, run, {"step": 1, "classes": ["a"], "support": [3], "columns": columns}).status_code == 200
