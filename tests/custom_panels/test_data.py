"""What the sources of a document answer: the same numbers that the store, the run table and the tables have."""

import json
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from apps.core.planes import series_alias
from apps.custom_panels import data, history_rows
from apps.runs.models import Run
from tests.custom_panels.asking import ask, rows
from tests.custom_panels.documents import document
from tests.custom_panels.runs import BEGAN, STEPS, demo_project, demo_run
from tests.factories import api_client, make_project, make_run, make_user
from tests.tables.tables import put_tables
from tests.transfer.histories import ODD, log

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HOSTILE = "<script>alert(1)</script>‮\"'" + "x" * 200


@pytest.fixture
def project():
    return demo_project()


def history(**more):
    return document({"rows": {"kind": "history", "keys": ["val/accuracy"], **more}})


def test_a_history_has_every_point_of_short_series(project):
    found = rows(project, history())
    assert len(found) == 8 * len(STEPS)
    run = Run.objects.get(project=project, name="sgd-lr0.1-seed0")
    mine = [row for row in found if row["run"] == run.slug]
    assert [row["step"] for row in mine] == STEPS.tolist()
    assert mine[0]["time"] == int(BEGAN.timestamp() * 1_000) + 3 * 60_000 + 1_000
    assert [row["seconds"] for row in mine] == STEPS.tolist()
    assert [row["value"] for row in mine] == pytest.approx((0.95 * (1 - np.exp(-STEPS / 5))).tolist())
    assert all(row["low"] == row["value"] == row["high"] for row in mine)
    assert {(row["name"], row["key"], row["baseline"]) for row in mine} == {(run.name, "val/accuracy", False)}
    assert len({row["color"] for row in found}) == 8


def test_long_series_come_in_cells_that_stand_at_the_same_steps(project):
    values = np.sin(np.arange(10_000) / 50)
    for run in project.runs.all()[:2]:
        log(run, {"long": values}, seq=1)
    found = rows(project, document({"rows": {"kind": "history", "keys": ["long"], "points": 100}}))
    by_run = {run: [row for row in found if row["run"] == run] for run in {row["run"] for row in found}}
    one, other = by_run.values()
    assert 50 <= len(one) <= 100
    assert [row["step"] for row in one] == [row["step"] for row in other]
    width = one[1]["step"] - one[0]["step"]
    for row in one:
        cell = values[row["step"] : row["step"] + width]
        assert (row["low"], row["high"]) == (cell.min(), cell.max())
        assert row["value"] == pytest.approx(cell.mean(), abs=1e-12)
    answer = ask(project, document({"rows": {"kind": "history", "keys": ["long"], "points": 100}})).json()
    assert f"means of up to {width:,} steps" in answer["sources"]["rows"]["note"]
    assert answer["sources"]["rows"]["of"] == 20_000


def test_what_is_not_finite_has_no_value_and_is_said(project):
    run = project.runs.first()
    log(run, {"odd": ODD}, seq=1)
    found = ask(project, document({"rows": {"kind": "history", "keys": ["odd"]}})).json()["sources"]["rows"]
    assert found["columns"]["value"] == [None, None, None, 0.0, 0.0, 1e308, 5e-324]
    assert found["note"] == "3 points are NaN or infinite and have no value here."


def test_what_a_resume_replaced_is_not_there():
    run = make_run(attempt=2)
    log(run, {"val/accuracy": [1.0, 2.0, 3.0]}, step=[1, 2, 3])
    log(run, {"val/accuracy": [20.0]}, step=[2], attempt=2, seq=1)
    assert [(row["step"], row["value"]) for row in rows(run.project, history())] == [(1, 1.0), (2, 20.0)]


def test_aggregation_reads_every_point_however_few_are_drawn(project):
    run = project.runs.first()
    values = np.random.default_rng(0).normal(size=5_000)
    log(run, {"long": values}, seq=1)
    asked = {"kind": "history", "keys": ["long"], "aggregate": {"by": ["run"], "take": {"n": "count", "sd": "stdev"}}}
    (found,) = rows(project, document({"rows": asked}))
    assert found["n"] == 5_000
    assert found["sd"] == pytest.approx(values.std(ddof=1))


def test_seeds_are_averaged_by_group_and_step(project):
    asked = {
        "kind": "history",
        "keys": ["val/accuracy"],
        "filter": 'config.model == "mlp"',
        "fields": {"group": "group"},
        "aggregate": {"by": ["group", "step"], "take": {"mean": "mean:value", "n": "count:value"}},
    }
    found = rows(project, document({"rows": asked}))
    assert {row["group"] for row in found} == {"mlp-lr0.01", "mlp-lr0.1"}
    assert {row["n"] for row in found} == {2}
    last = next(row for row in found if row["group"] == "mlp-lr0.1" and row["step"] == 40)
    assert last["mean"] == pytest.approx((0.95 + 0.94) / 2 * (1 - np.exp(-8)))


def test_runs_have_the_fields_that_filters_know(project):
    fields = {
        "lr": "config.lr",
        "best": 'metric["val/accuracy"].max',
        "recall": 'class_["3"].recall',
        "last": "val/loss",
        "when": "created",
    }
    found = rows(project, document({"rows": {"kind": "runs", "fields": fields, "filter": "config.seed == 0"}}))
    assert [row["name"] for row in found] == [
        "sgd-lr0.1-seed0",
        "sgd-lr0.01-seed0",
        "mlp-lr0.1-seed0",
        "mlp-lr0.01-seed0",
    ]
    first = found[0]
    assert (first["lr"], first["state"], first["seconds"]) == (0.1, "finished", 50.0)
    assert first["best"] == pytest.approx(0.95 * (1 - np.exp(-8)))
    assert first["last"] == pytest.approx(1 / first["best"])
    assert first["recall"] == pytest.approx(0.95 - 3 / 50 + 0.04)
    assert first["finished"] - first["started"] == 50_000
    assert isinstance(first["when"], int)
    listed = rows(project, document({"rows": {"kind": "runs", "fields": ["config.lr"]}}))
    assert listed[0]["config.lr"] == 0.1


def test_a_config_is_a_row_a_value(project):
    run = make_run(project, name="deep", config={"a": {"b": [1, 2], "c": None}, "d": True, "e": "x"})
    found = rows(project, document({"rows": {"kind": "config", "filter": 'name == "deep"'}}))
    assert [(row["run"], row["path"], row["value"]) for row in found] == [
        (run.slug, "a.b", "[1, 2]"),
        (run.slug, "a.c", None),
        (run.slug, "d", True),
        (run.slug, "e", "x"),
    ]


def test_class_tables_have_a_row_a_class_and_figure_with_its_delta(project):
    one, other = project.runs.order_by("created_at")[:2]
    asked = document({"rows": {"kind": "class_table", "key": "val", "columns": ["recall"]}})
    found = rows(project, asked, runs=[one.slug, other.slug])
    assert len(found) == 8
    row = next(row for row in found if row["run"] == other.slug and row["class"] == "2")
    assert (row["step"], row["column"], row["support"], row["baseline"]) == (40, "recall", 40, False)
    assert row["value"] == pytest.approx(0.95 - 2 / 50 + 0.04)
    assert row["delta"] == pytest.approx(0.045)
    mine = next(row for row in found if row["run"] == one.slug and row["class"] == "2")
    assert (mine["baseline"], mine["delta"]) == (True, 0)
    turned = rows(project, asked, runs=[one.slug, other.slug], baseline=other.slug)
    assert next(row for row in turned if row["run"] == one.slug)["delta"] == pytest.approx(-0.045)
    assert {row["delta"] for row in rows(project, asked)} == {None}


def test_class_tables_of_a_step_or_of_all(project):
    def at(step):
        return rows(project, document({"rows": {"kind": "class_table", "key": "val", "step": step}}))

    assert {row["step"] for row in at("all")} == {20, 40}
    assert {row["step"] for row in at(20)} == {20}
    assert len(at("all")) == 2 * len(at(20)) == 2 * len(at("last"))
    assert at(7) == []


def test_a_table_that_a_newer_attempt_replaced_is_not_there():
    run = make_run(attempt=2)
    for step in (1, 5, 9):
        put_tables(run, step=step)
    put_tables(run, step=5, attempt=2)
    asked = {"kind": "class_table", "key": "val", "step": "all"}
    assert {row["step"] for row in rows(run.project, document({"rows": asked}))} == {1, 5}


def test_confusion_has_a_row_a_cell_with_its_shares(project):
    run = Run.objects.get(project=project, name="mlp-lr0.1-seed1")
    found = rows(project, document({"rows": {"kind": "confusion", "key": "val"}}), runs=[run.slug])
    assert [(row["actual"], row["predicted"], row["count"]) for row in found] == [
        ("0", "0", 40),
        ("1", "0", 2),
        ("1", "1", 38),
        ("2", "2", 36),
        ("2", "3", 4),
        ("3", "3", 40),
    ]
    assert found[1]["share_of_actual"] == 2 / 40
    assert found[1]["share_of_predicted"] == 2 / 42


def test_given_runs_keep_their_order_and_pass_the_filter(project):
    runs = [run.slug for run in project.runs.order_by("created_at")]
    asked = document({"rows": {"kind": "runs", "filter": 'config.model == "mlp"'}})
    answer = ask(project, asked, runs=runs).json()
    assert answer["sources"]["rows"]["columns"]["run"] == [runs[0], runs[1], runs[4], runs[5]]
    assert answer["sources"]["rows"]["columns"]["baseline"] == [True, False, False, False]
    assert answer["runs"] == {"shown": 4, "of": 4}
    assert ask(project, asked, runs=[]).json()["sources"]["rows"]["rows"] == 0


def test_runs_of_another_project_are_not_found(project):
    stranger = make_run()
    answer = ask(project, document(), runs=[stranger.slug])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    theirs = api_client(make_user())
    assert ask(project, document(), theirs).status_code == 404


def test_runs_of_another_project_that_one_may_read_are_said(project):
    mine, other = project.runs.first(), make_run(make_project(project.team))
    answer = ask(project, document(), runs=[other.slug, mine.slug]).json()
    assert answer["sources"]["rows"]["columns"]["run"] == [mine.slug]
    assert answer["sources"]["rows"]["note"] == "Runs of other projects are left out: 1."


def test_more_runs_than_are_drawn_are_said(project, monkeypatch):
    monkeypatch.setattr("apps.custom_panels.choosing.MAX_RUNS", 3)
    answer = ask(project, document()).json()
    assert answer["sources"]["rows"]["rows"] == 3
    assert answer["sources"]["rows"]["note"] == "3 of 8 runs, the newest ones."
    assert answer["runs"] == {"shown": 3, "of": 8}


def test_too_many_rows_are_refused_with_what_came_and_what_is_allowed(project, monkeypatch):
    monkeypatch.setattr(data, "MAX_ROWS", 300)
    answer = ask(project, history())
    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_rows")
    assert "320 rows (rows 320); at most 300" in answer.json()["message"]


def test_points_follow_from_the_rows_there_is_room_for(project, monkeypatch):
    monkeypatch.setattr(history_rows, "MAX_ROWS", 8 * 20)
    assert len(rows(project, history())) <= 8 * 20
    assert len(rows(project, history(points=40))) == 8 * 40


def test_too_much_to_read_is_refused(project, monkeypatch):
    monkeypatch.setattr(history_rows, "MAX_READ", 100)
    answer = ask(project, history(aggregate={"take": {"n": "count"}}))
    assert (answer.status_code, answer.json()["code"]) == (400, "too_much_to_read")
    assert '"rows" rests on 320 points; at most 100 are read.' in answer.json()["message"]


def test_heavy_reads_take_turns(project, monkeypatch):
    monkeypatch.setattr(history_rows, "HEAVY_READ", 1)
    monkeypatch.setattr(history_rows, "WAIT_SECONDS", 0.01)
    asked = history(aggregate={"take": {"n": "count"}})
    with history_rows._heavy:
        answer = ask(project, asked)
    assert (answer.status_code, answer.json()["code"]) == (503, "panels_busy")
    assert answer["Retry-After"]
    assert ask(project, asked).status_code == 200


def test_parameters_reach_sources_and_the_chart(project):
    sources = {
        "rows": {"kind": "history", "keys": ["${metric}"], "points": "${points}", "filter": "config.lr == ${lr}"}
    }
    parameters = {
        "metric": {"kind": "metric", "default": "val/loss"},
        "points": {"kind": "number", "default": 10},
        "lr": {"kind": "number", "default": 0.1},
    }
    text = document(sources, parameters, title="${metric} of ${lr}")
    answer = ask(project, text, parameters={"metric": "train/loss", "lr": 0.01}).json()
    assert answer["spec"]["title"] == "train/loss of 0.01"
    assert answer["parameters"] == {"metric": "train/loss", "points": 10, "lr": 0.01}
    columns = answer["sources"]["rows"]["columns"]
    assert set(columns["key"]) == {"train/loss"}
    assert set(columns["name"]) == {f"{model}-lr0.01-seed{seed}" for model in ("mlp", "sgd") for seed in (0, 1)}
    wrong = ask(project, text, parameters={"lr": "fast", "zoom": 1})
    assert wrong.status_code == 400
    assert set(wrong.json()["fields"]) == {"parameters.lr", "parameters.zoom"}


def test_a_saved_panel_is_drawn_by_its_id_and_version(project):
    client = api_client(project.team.memberships.get().user)
    made = client.send("POST", f"/api/v1/projects/{project}/panels/", {"name": "x", "document": history()}).json()
    asked = {"panel": made["id"], "version": 1}
    answer = client.send("POST", f"/api/v1/projects/{project}/panel-data/", asked)
    assert answer.json()["sources"]["rows"]["rows"] == 320
    missing = client.send("POST", f"/api/v1/projects/{project}/panel-data/", {**asked, "version": 2})
    assert missing.status_code == 404
    for body in ({}, {**asked, "document": history()}):
        assert client.send("POST", f"/api/v1/projects/{project}/panel-data/", body).status_code == 400


def test_a_name_that_the_project_does_not_know_is_said_at_its_place(project):
    text = document({"rows": {"kind": "runs", "fields": {"x": "config.lr", "y": "metric.odd.best"}}})
    answer = ask(project, text)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_document")
    line = next(number for number, one in enumerate(text.split("\n"), start=1) if '"fields"' in one)
    assert answer.json()["message"].startswith(f"Line {line}, column ")
    assert "odd" in answer.json()["message"]
    text = document({"rows": {"kind": "runs", "filter": "metric.odd.best > 3"}})
    assert '"filter"' in text.split("\n")[int(ask(project, text).json()["message"].split()[1].rstrip(",")) - 1]


def test_long_values_at_many_places_make_no_endless_document(project):
    text = document(parameters={"a": {"default": "x"}}, description="${a}" * 10_000)
    assert ask(project, text).status_code == 200
    answer = ask(project, text, parameters={"a": "x" * 500})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert "at most 1,048,576" in answer.json()["message"]


def test_colours_follow_the_theme(project):
    light, dark = ({row["color"] for row in rows(project, document(), theme=theme)} for theme in ("light", "dark"))
    assert light.isdisjoint(dark)


def test_hostile_names_come_as_they_are(project):
    run = make_run(project, name=HOSTILE, group=HOSTILE, config={HOSTILE[:100]: HOSTILE})
    log(run, {HOSTILE: [1.0]}, seq=1)
    put_tables(run, {HOSTILE: {"recall": 0.5}}, key="val")
    text = document(
        {
            "rows": {"kind": "history", "keys": [HOSTILE], "fields": {"group": "group"}},
            "classes": {"kind": "class_table", "key": "val", "filter": f"name == {json.dumps(HOSTILE)}"},
        }
    )
    (row,) = rows(project, text)
    assert (row["name"], row["key"], row["group"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert rows(project, text, "classes")[0]["class"] == HOSTILE


def test_an_empty_project_has_no_rows():
    project = make_project()
    kinds = {
        "a": {"kind": "history", "keys": ["loss"]},
        "b": {"kind": "runs"},
        "c": {"kind": "config"},
        "d": {"kind": "class_table", "key": "val", "step": "all"},
        "e": {"kind": "confusion", "key": "val", "step": 3},
        "rows": {
            "kind": "history",
            "keys": ["loss"],
            "bin": {"column": "value", "into": 9},
            "aggregate": {"by": ["value_bin"], "take": {"n": "count"}},
        },
    }
    answer = ask(project, document(kinds)).json()
    assert {name: source["rows"] for name, source in answer["sources"].items()} == dict.fromkeys(kinds, 0)
    assert answer["runs"] == {"shown": 0, "of": 0}


def test_queries_do_not_grow_with_runs(project):
    kinds = {
        "rows": {"kind": "history", "keys": ["val/accuracy", "val/loss"], "fields": ["config.lr"]},
        "b": {"kind": "runs", "fields": ["config.lr", 'metric["val/loss"].min'], "filter": "config.lr > 0"},
        "c": {"kind": "config"},
        "d": {"kind": "class_table", "key": "val", "step": "all"},
        "e": {"kind": "confusion", "key": "val"},
    }
    text = document(kinds)
    ask(project, text)  # what is remembered

    def count():
        with CaptureQueriesContext(connection) as main, CaptureQueriesContext(connections[series_alias()]) as series:
            assert ask(project, text).status_code == 200
        return len({id(query) for query in (*main.captured_queries, *series.captured_queries)})

    before = count()
    for seed in range(2, 5):
        demo_run(project, "mlp", 0.1, seed, began=BEGAN + timedelta(hours=seed))
    assert count() == before
    assert before < 60
