"""Confusion matrices over HTTP: in by three forms, out as JSON and CSV, and every limit."""

import orjson
import pytest

from apps.runs.models import Run
from apps.tables import services
from apps.tables.matrix_codec import decode, encode
from apps.tables.models import LoggedTable, TableKey
from tests.factories import ApiClient, api_client, make_run, team_admin
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE = {"step": 5, "classes": ["7", "8 <b>", "never"], "counts": [[40, 1, 0], [9, 31, 0], [0, 0, 0]]}
CELLS = {
    "step": "5",
    "classes": [7, "8 <b>", "never"],
    "cells": [["8 <b>", "8 <b>", 31], [7, 7, 40.0], ["7", "never", 0], ["8 <b>", "7", 9], ["7", "8 <b>", 1]],
}
PLACES = {
    "step": 5,
    "classes": ["7", "8 <b>", "never"],
    "actual": [1, 0, 0, 1],
    "predicted": [0, 1, 0, 1],
    "counts": [9, 1, 40, 31],
}


@pytest.fixture
def run() -> Run:
    return make_run()


@pytest.fixture
def client(run) -> ApiClient:
    return api_client(team_admin(run))


def path(run: Run, key: str = "val") -> str:
    return f"/api/v1/runs/{run.slug}/confusion-matrices/{key}/"


def post(client: ApiClient, run: Run, body, key: str = "val"):
    return client.send("POST", path(run, key), body)


@pytest.mark.parametrize("body", [WHOLE, CELLS, PLACES])
def test_all_forms_are_the_same_matrix(client, run, body):
    answer = post(client, run, body, "val/with/slashes")
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "classes": 3, "attempt": 1, "examples": 81, "matrices": 1, "replaced": False, "cost": 10 / 81,
    }  # fmt: skip
    address = path(run, "val/with/slashes")
    read = client.get(address).json()
    assert read.pop("logged_at") > 1_700_000_000_000
    assert read == {**WHOLE, "key": "val/with/slashes", "attempt": 1, "examples": 81}
    cells = client.get(address + "?layout=cells").json()["cells"]
    assert cells == [["7", "7", 40], ["7", "8 <b>", 1], ["8 <b>", "7", 9], ["8 <b>", "8 <b>", 31]]
    assert client.get(address + "?layout=places&step=5").json()["actual"] == [0, 0, 1, 1]
    again = client.get(address).json()
    assert post(client, run, {name: again[name] for name in WHOLE}).json()["examples"] == 81


def test_classes_come_from_the_cells_where_none_are_listed(client, run):
    post(client, run, {"step": 1, "cells": [["b", "a", 2], ["a", "a", 1]]})
    assert client.get(path(run)).json()["classes"] == ["b", "a"]


def test_csv_has_a_column_a_class_and_of_many_classes_a_row_a_cell(client, run):
    post(client, run, {"step": 1, "classes": ["=1", "b"], "counts": [[1, 2], [3, 4]]})
    answer = client.get(path(run) + "?format=csv")
    assert answer.content.decode().splitlines() == ["actual,'=1,b", "'=1,1,2", "b,3,4"]
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''val-1.csv"
    names = [str(at) for at in range(1_001)]
    sent = post(client, run, {"step": 2, "classes": names, "actual": [1_000], "predicted": [3], "counts": [7]})
    assert sent.status_code == 200
    assert client.get(path(run) + "?format=csv").content.decode().splitlines() == [
        "actual,predicted,count",
        "1000,3,7",
    ]
    assert client.get(path(run)).json()["cells"] == [["1000", "3", 7]]
    refused = client.get(path(run) + "?layout=whole")
    assert "1,001 classes; at most 1,000" in refused.json()["fields"]["layout"]


def test_steps_and_attempts_are_those_of_class_tables(client, run):
    for step in (1, 2, 3, 2):
        post(client, run, {"step": step, "cells": [["a", "a", step]]})
    Run.objects.filter(id=run.id).update(attempt=2)
    post(client, run, {"step": 2, "attempt": 2, "cells": [["a", "a", 9]]})
    put_tables(run)  # another kind of the same name
    listed = client.get(f"/api/v1/runs/{run.slug}/confusion-matrices/").json()
    assert listed == {"matrices": [{"key": "val", "newest": 2, "steps": [1, 2], "tables": 4}]}
    assert client.get(path(run)).json()["counts"] == [[9]]
    assert client.get(path(run) + "?step=3").status_code == 404
    assert client.get(path(run, "test")).json()["message"] == "The run has no confusion matrix of this name."


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ([], "body", "must be an object"),
        ({"step": 1}, "body", 'exactly one of "counts"'),
        ({"classes": ["a"], "counts": [[1]]}, "step", "is missing"),
        ({"step": 1, "counts": [[1]]}, "classes", "are missing"),
        ({"step": 1, "classes": [], "counts": []}, "classes", "a class at least"),
        ({"step": 1, "classes": ["a", "a"], "counts": [[1, 0], [0, 1]]}, "classes[1]", "which classes[0] is already"),
        ({"step": 1, "classes": ["a", "b"], "counts": [[1, 0]]}, "counts", "2 rows, as many as classes; 1 came"),
        ({"step": 1, "classes": ["a", "b"], "counts": [[1, 0], [1]]}, "counts[1]", "2 counts, as many as classes; 1"),
        ({"step": 1, "classes": ["a", "b"], "counts": [[1, 0], [0, -1]]}, "counts[1][1]", "whole number"),
        ({"step": 1, "classes": ["a"], "counts": [[0.5]]}, "counts[0][0]", "whole number"),
        ({"step": 1, "classes": ["a"], "counts": [["1"]]}, "counts[0][0]", "whole number"),
        (b'{"step": 1, "classes": ["a"], "counts": [[NaN]]}', "counts[0][0]", "whole number"),
        ({"step": 1, "classes": ["a"], "counts": [[None]]}, "counts[0][0]", "whole number"),
        ({"step": 1, "cells": [["a", "a", 2**53], ["a", "b", 2**53]]}, "counts", "more than 2^53"),
        ({"step": 1, "cells": [["a", "a"]]}, "cells", "lists like"),
        ({"step": 1, "cells": [["a", "a", 1], ["a", "a", 1]]}, "cells[1]", "is the cell that cells[0] is already"),
        ({"step": 1, "classes": ["a"], "cells": [["a", "b", 1]]}, "cells[0][1]", "'b' is none of the classes"),
        ({"step": 1, "cells": [["a", 0.5, 1]]}, "cells[0][1]", "must be a text"),
        ({"step": 1, "cells": [["a" * 251, "b", 1]]}, "classes[0]", "251 characters; 1 to 250"),
        ({**PLACES, "actual": [1, 0, 0, 3]}, "actual", "integers within 0..2"),
        ({**PLACES, "actual": [1, 0, 0]}, "counts", "lists of as many places"),
        ({**PLACES, "predicted": None}, "counts", "lists of as many places"),
        ({**PLACES, "colour": 1}, "colour", "not known"),
        ({"step": 1, "classes": [str(at) for at in range(10_001)], "counts": []}, "classes", "10,001 classes came"),
        ({"step": 1, "classes": [str(at) for at in range(1_001)], "counts": []}, "counts", "at most 1,000 are taken"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_and_nothing_is_stored(client, run, body, field, what):
    answer = post(client, run, body)
    assert answer.status_code == 400
    assert what in answer.json()["fields"][field]
    assert not LoggedTable.objects.exists()
    assert not TableKey.objects.exists()


def test_limits_of_steps_keys_and_cells_are_named(client, run, monkeypatch):
    monkeypatch.setattr(services, "MAX_TABLES", 1)
    monkeypatch.setattr(services, "MAX_KEYS", 1)
    put_tables(run, key="other")  # of another kind, which is counted apart
    assert post(client, run, WHOLE).status_code == 200
    refused = post(client, run, {**WHOLE, "step": 6})
    assert refused.json()["message"] == (
        "This confusion matrix has 1 steps; at most 1 are allowed. Nothing was stored."
    )
    other = post(client, run, WHOLE, "test")
    assert other.json()["code"] == "too_many_tables"
    assert "has 1 confusion matrices of other names" in other.json()["message"]
    many = {"step": 1, "classes": ["a"], "actual": [0] * 1_000_001, "predicted": [0] * 1_000_001}
    answer = post(client, run, {**many, "counts": [1] * 1_000_001})
    assert "1,000,001 cells came; at most 1,000,000" in answer.json()["fields"]["cells"]


def test_a_thousand_classes_are_stored_small(client, run):
    names = [f"class {at}" for at in range(1_000)]
    counts = [[(one * other) % 7 == 3 for other in range(1_000)] for one in range(1_000)]
    answer = post(client, run, orjson.dumps({"step": 1, "classes": names, "counts": counts}))
    assert answer.status_code == 200, answer.content
    stored = LoggedTable.objects.get(run_id=run.id)
    assert stored.rows == 1_000
    assert stored.size < 1_000_000
    matrix = decode(bytes(stored.payload))
    assert matrix.dense().tolist() == counts
    assert encode(matrix) == bytes(stored.payload)
