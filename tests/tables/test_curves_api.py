"""Curves and histograms over HTTP: in, out as JSON and CSV, over steps, in filters, and every limit."""

import pytest

from apps.runs.filters import parse
from apps.runs.models import Run
from apps.runs.run_table import Chosen, passing_ids
from apps.tables import errors, histogram_steps, services
from apps.tables.models import LoggedTable, TableKey
from tests.factories import ApiClient, api_client, make_run, team_admin
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db(transaction=True)

EIGHT = {
    "class": "8 <b>",
    "positives": 41,
    "negatives": 319,
    "left_out": 2,
    "roc_auc": 0.97,
    "average_precision": 0.9,
    "calibration_error": None,
    "brier": 0.02,
    "roc": {"fpr": [0, 0, 0.25, 1], "tpr": [0, 0.5, 1, 1], "threshold": [None, 0.9, 0.5, 0]},
    "pr": {"recall": [0, 1], "precision": [1, 0.5], "threshold": [None, 0.5]},
    "calibration": {"predicted": [0.1, 0.9], "fraction": [0, 1], "count": [300, 60]},
}
NEVER = {
    "class": "never",
    "positives": 0,
    "negatives": None,
    "left_out": 0,
    **dict.fromkeys(("roc_auc", "average_precision", "calibration_error", "brier")),
}
BODY = {"step": 5, "curves": [EIGHT, NEVER]}
HISTOGRAM = {"step": 5, "edges": [-1, 0, 0.5], "counts": [3, 4], "nan": 1, "below": 0, "above": 2}


@pytest.fixture
def run() -> Run:
    return make_run()


@pytest.fixture
def client(run) -> ApiClient:
    return api_client(team_admin(run))


def path(run: Run, key: str = "val", what: str = "curves") -> str:
    return f"/api/v1/runs/{run.slug}/{what}/{key}/"


def test_curves_come_back_as_they_came(client, run):
    answer = client.send("POST", path(run, "val/with/slashes"), BODY)
    assert answer.status_code == 200, answer.content
    receipt = {"classes": 2, "attempt": 1, "tables": 1, "replaced": False, "indexed": 5, "left_out": 0}
    assert answer.json() == receipt
    read = client.get(path(run, "val/with/slashes")).json()
    assert read.pop("logged_at") > 1_700_000_000_000
    assert read == {**BODY, "key": "val/with/slashes", "attempt": 1}
    text = client.get(path(run, "val/with/slashes") + "?format=csv").content.decode()
    assert text.splitlines()[:3] == [
        "class,curve,x,y,threshold or count",
        "8 <b>,roc,0.0,0.0,",
        "8 <b>,roc,0.0,0.5,0.9",
    ]
    listed = client.get(f"/api/v1/runs/{run.slug}/curves/").json()
    assert listed == {"curves": [{"key": "val/with/slashes", "newest": 5, "steps": [5], "tables": 1}]}
    assert client.get(path(run, "val/with/slashes") + "?step=6").status_code == 404


def test_a_step_again_replaces_and_a_newer_attempt_hides(client, run):
    for step in (1, 2, 3):
        client.send("POST", path(run), {**BODY, "step": step})
    assert client.send("POST", path(run), {**BODY, "step": 3}).json()["replaced"]
    assert TableKey.objects.get(run_id=run.id, kind="curves").tables == 3
    assert LoggedTable.objects.filter(run_id=run.id, kind="curves").count() == 3


def test_filters_ask_for_areas_of_the_newest_step(client, run):
    other = make_run(project=run.project)
    client.send("POST", path(run), {**BODY, "step": 1, "curves": [{**EIGHT, "roc_auc": 0.5}]})
    client.send("POST", path(run), BODY)
    client.send("POST", path(other), {"step": 1, "curves": [{"class": "8 <b>", "roc_auc": 0.4}]})

    def found(text: str) -> list[int]:
        return list(passing_ids(run.project, Chosen(parse(text))))

    assert found('class_["8 <b>"].roc_auc >= 0.9') == [run.id]
    assert found('class_["8 <b>"].roc_auc < 0.9') == [other.id]
    assert found('class_["8 <b>"].brier < 0.1') == [run.id]
    assert found('class_["never"].roc_auc >= 0') == []


def test_areas_stand_beside_the_columns_of_a_class_table(client, run):
    put_tables(run, {"8 <b>": {"support": 41, "recall": 0.7, "brier": 0.5}}, step=9)
    client.send("POST", path(run), BODY)
    found = services.class_tables_of(run.id)["val"]
    assert found.cell("8 <b>", "recall") == 0.7
    assert found.cell("8 <b>", "roc_auc") == 0.97
    assert found.cell("8 <b>", "brier") == 0.5  # its own column stands
    assert found.cell("never", "recall") is None


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"step": 1}, "curves", "must be a list"),
        ({"step": 1, "curves": []}, "curves", "must be a list"),
        ({"curves": [EIGHT]}, "step", "is missing"),
        ({"step": 1, "curves": [EIGHT, EIGHT]}, "curves[1].class", "which curves[0].class is already"),
        ({"step": 1, "curves": [{"class": "8", "roc_auc": 1.5}]}, "curves[0].roc_auc", "within 0..1"),
        ({"step": 1, "curves": [{"class": "8", "roc_auc": "NaN"}]}, "curves[0].roc_auc", "within 0..1"),
        ({"step": 1, "curves": [{"class": "8", "auc": 1}]}, "curves[0].auc", "is not known here"),
        ({"step": 1, "curves": [{"class": "8", "positives": -1}]}, "curves[0].positives", "whole number"),
        ({"step": 1, "curves": [{"class": "8", "roc": {"fpr": [0]}}]}, "curves[0].roc", "must be lists"),
        ({"step": 1, "curves": [{"class": "8", "roc": {"fpr": [0], "tpr": []}}]}, "curves[0].roc", "0 and 1 came"),
        ({"step": 1, "curves": [{"class": "8", "roc": {"fpr": [2], "tpr": [0]}}]}, "curves[0].roc.fpr", "within 0..1"),
        (
            {"step": 1, "curves": [{"class": "8", "roc": {"fpr": [None], "tpr": [0]}}]},
            "curves[0].roc.fpr[0]",
            "must be a number",
        ),
    ],
)
def test_what_is_no_curve_is_refused_by_its_path(client, run, body, field, said):
    answer = client.send("POST", path(run), body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_table")
    assert said in answer.json()["fields"][field]
    assert not TableKey.objects.filter(run_id=run.id).exists()


def test_limits_are_named(client, run, monkeypatch):
    monkeypatch.setattr("apps.tables.curve_bodies.MAX_CURVE_POINTS", 3)
    answer = client.send("POST", path(run), BODY)
    assert answer.json()["fields"]["curves"] == "8 points came; at most 3 are allowed together"
    many = {"step": 1, "curves": [{"class": str(one)} for one in range(errors.MAX_CURVE_CLASSES + 1)]}
    assert "1,101 classes came; at most 1,100" in client.send("POST", path(run), many).json()["fields"]["curves"]
    wide = {"step": 1, "edges": list(range(514)), "counts": [1] * 513}
    answer = client.send("POST", path(run, what="histograms"), wide)
    assert "513 bins came; at most 512" in answer.json()["fields"]["counts"]


def test_a_histogram_comes_back_as_it_came(client, run):
    answer = client.send("POST", path(run, what="histograms"), HISTOGRAM)
    assert answer.json() == {"attempt": 1, "bins": 2, "histograms": 1, "replaced": False}
    read = client.get(path(run, what="histograms") + "?step=5").json()
    del read["logged_at"]
    assert read == {**HISTOGRAM, "key": "val", "attempt": 1}
    text = client.get(path(run, what="histograms") + "?format=csv").content.decode()
    assert text.splitlines() == ["from,to,count", "-1.0,0.0,3", "0.0,0.5,4"]
    empty = {"step": 6, "edges": [], "counts": [], "nan": 9}
    assert client.send("POST", path(run, what="histograms"), empty).status_code == 200
    assert client.get(path(run, what="histograms")).json()["nan"] == 9


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"step": 1, "edges": [0, 1]}, "counts"),
        ({"step": 1, "edges": [0, 1], "counts": [1, 2]}, "edges"),
        ({"step": 1, "edges": [0, 0], "counts": [1]}, "edges[1]"),
        ({"step": 1, "edges": [0, "x"], "counts": [1]}, "edges[1]"),
        ({"step": 1, "edges": [0, 1], "counts": [-1]}, "counts[0]"),
        ({"step": 1, "edges": [0, 1], "counts": [1], "nan": "two"}, "nan"),
        ({"step": 1, "edges": [0, 1], "counts": [2**53 + 1]}, "counts[0]"),
    ],
)
def test_what_is_no_histogram_is_refused_by_its_path(client, run, body, field):
    answer = client.send("POST", path(run, what="histograms"), body)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_all_steps_are_answered_on_common_bins(client, run):
    address = path(run, what="histograms")
    for step in range(5):
        wide = {"step": step, "edges": [0, 1, 2 + step], "counts": [10, 6 if step else 0], "nan": step}
        client.send("POST", address, wide)
    read = client.get(address + "?over=steps").json()
    assert (read["of"], read["steps"], read["nan"]) == (5, [0, 1, 2, 3, 4], [0, 1, 2, 3, 4])
    assert (len(read["edges"]), read["edges"][0], read["edges"][-1]) == (65, 0, 6)
    assert [round(sum(row), 6) for row in read["counts"]] == [10, 16, 16, 16, 16]
    few = histogram_steps.over_steps(run.id, "val", most=3, bins=6)
    assert ([one.head.step for one in few.tables], few.of) == ([0, 2, 4], 5)
    assert few.counts[0].tolist() == [10, 0, 0, 0, 0, 0]
    assert few.counts[1].tolist() == pytest.approx([10, 2, 2, 2, 0, 0])
    assert client.get(path(run, "other", "histograms") + "?over=steps").status_code == 404
    assert client.get(address + "?over=runs").json()["fields"]["over"] == "'runs' is not"
