"""Panels from a notebook: rows to draw from, and charts that live on a real site as they were drawn."""

import builtins
import importlib.util
import json
import sys

import altair as alt
import paceline
import pytest
from paceline import frames

from apps.custom_panels.models import Panel, PanelVersion
from tests.custom_panels.documents import DOCUMENT
from tests.custom_panels.runs import demo_project
from tests.factories import make_key, team_admin

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HOSTILE = "<script>alert(1)</script>‮\"'"


@pytest.fixture
def project(live_server, monkeypatch):
    project = demo_project(seeds=1)
    monkeypatch.setenv("PACELINE_SERVER", live_server.url)
    monkeypatch.setenv("PACELINE_API_KEY", make_key(team_admin(project)))
    monkeypatch.setenv("PACELINE_PROJECT", str(project))
    monkeypatch.setattr(frames, "_sources", {})
    return project


def saved():
    (panel,) = Panel.objects.all()
    version = PanelVersion.objects.get(panel=panel, n=panel.version)
    return panel, json.loads(version.document)


def without(monkeypatch, *libraries):
    """As if these were not installed."""
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in libraries else found(name))
    for name in libraries:
        monkeypatch.delitem(sys.modules, name, raising=False)


def test_a_history_is_a_frame_to_look_at(project):
    frame = paceline.history("val/accuracy", filter='config.model == "mlp"', fields={"lr": "config.lr"})
    assert len(frame) == 80
    assert set(frame["name"]) == {"mlp-lr0.01-seed0", "mlp-lr0.1-seed0"}
    assert set(frame["lr"]) == {0.01, 0.1}
    assert frame["value"].max() == pytest.approx(0.95, abs=1e-3)
    run = project.runs.get(name="sgd-lr0.1-seed0")
    mine = paceline.history(["val/loss", "train/loss"], runs=[run.slug], points=10)
    assert set(mine["run"]) == {run.slug}
    assert set(mine["key"]) == {"val/loss", "train/loss"}
    assert len(mine) <= 20
    assert set(paceline.history("val/loss", runs=run.slug, filter="config.lr > 0.05")["run"]) == {run.slug}


def test_runs_and_class_tables_are_frames_too(project):
    runs = paceline.runs_table(fields={"best": 'metric["val/accuracy"].max'})
    assert len(runs) == 4
    assert runs["best"].notna().all()
    classes = paceline.class_table("val", step="all", columns=["recall"])
    assert len(classes) == 4 * 2 * 4
    assert set(classes["column"]) == {"recall"}
    assert paceline.confusion_table("val")["count"].sum() == 160 * 4


@pytest.mark.parametrize("libraries", [(), ("pandas",), ("pandas", "polars")])
def test_an_altair_chart_is_saved_with_its_question(project, monkeypatch, libraries):
    """With pandas, with polars or pyarrow, whichever is there."""
    without(monkeypatch, *libraries)
    chart = (
        alt.Chart(paceline.history("val/loss", filter="config.lr > 0.05"))
        .mark_line()
        .encode(x="step", y="value", color="name")
    )
    drawn = chart.to_dict()
    assert drawn["encoding"]["x"]["type"] == "quantitative"
    assert len(next(iter(drawn["datasets"].values()))) == 80
    address = paceline.save_panel(chart, "Loss", note="from a notebook")
    panel, document = saved()
    assert address.endswith(f"/{project}/panels/{panel.slug}/edit/")
    assert document["data"] == {"name": "val_loss"}
    assert "datasets" not in document
    assert document["usermeta"]["paceline"]["sources"] == {
        "val_loss": {"kind": "history", "keys": ["val/loss"], "filter": "config.lr > 0.05"}
    }
    assert document["encoding"] == drawn["encoding"]


def test_without_any_library_rows_are_data_of_altair(project, monkeypatch):
    without(monkeypatch, "pandas", "polars", "pyarrow")
    data = paceline.history("val/loss")
    chart = alt.Chart(data).mark_line().encode(x="step:Q", y="value:Q")
    assert len(chart.to_dict()["data"]["values"]) == 160
    paceline.save_panel(chart, "Loss")
    assert saved()[1]["data"] == {"name": "val_loss"}


def test_layers_and_other_rows_stay_what_they_are(project):
    loss, accuracy = paceline.history("val/loss"), paceline.history("val/accuracy")
    goal = alt.Chart(alt.Data(values=[{"y": 0.9}])).mark_rule().encode(y="y:Q")
    lines = alt.Chart(loss).mark_line().encode(x="step", y="value", detail="run")
    dots = alt.Chart(accuracy).mark_point().encode(x="step", y="value")
    changed = alt.Chart(loss[loss["step"] > 30]).mark_point().encode(x="step", y="value")
    paceline.save_panel((lines + goal) & dots & changed, "Both")
    _, document = saved()
    assert set(document["usermeta"]["paceline"]["sources"]) == {"val_loss", "val_accuracy"}
    assert '{"values": [{"y": 0.9}]}' in json.dumps(document)
    (rows,) = document["datasets"].values()
    assert len(rows) == 4 * 10  # what was filtered here: rows, and no question any more


def test_a_new_version_only_when_something_changed(project):
    def chart(mark):
        base = alt.Chart(paceline.history("val/loss"))
        return getattr(base, mark)().encode(x="step", y="value")

    first = paceline.save_panel(chart("mark_line"), HOSTILE)
    assert paceline.save_panel(chart("mark_line"), HOSTILE) == first
    assert PanelVersion.objects.count() == 1
    assert paceline.save_panel(chart("mark_point"), HOSTILE, note="as points") == first
    panel, document = saved()
    assert (panel.version, panel.name, document["mark"]["type"]) == (2, HOSTILE, "point")
    assert paceline.save_panel(chart("mark_point"), "Other", shared=False) != first
    assert Panel.objects.get(name="Other").shared is False


def test_a_json_file_is_saved_as_it_was_typed(project, tmp_path):
    file = tmp_path / "panel.json"
    typed = DOCUMENT.replace("\n", "\n\n") + "\n"
    file.write_text(typed)
    paceline.save_panel(file, "Mine")
    assert PanelVersion.objects.get().document == typed
    paceline.save_panel(typed, "Mine")
    assert PanelVersion.objects.count() == 1


def test_an_imported_chart_is_given_its_rows(project):
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"name": "source_0"},
        "mark": "point",
        "encoding": {"x": {"field": "step", "type": "quantitative"}},
    }
    with pytest.raises(ValueError, match=r'sources=\{"source_0": \{"kind": "history"'):
        paceline.save_panel(chart, "Imported")
    with pytest.raises(ValueError, match="no data named 'other'"):
        paceline.save_panel({**chart, "data": {"values": []}}, "Imported", sources={"other": {"kind": "runs"}})
    paceline.save_panel(chart, "Imported", sources={"source_0": paceline.history("val/loss")})
    assert saved()[1]["usermeta"]["paceline"]["sources"]["source_0"]["keys"] == ["val/loss"]
    assert chart["data"] == {"name": "source_0"}  # ours to change: no
    with pytest.raises(ValueError, match='sources\\["source_0"\\] is no source'):
        paceline.save_panel(chart, "Imported", sources={"source_0": [1, 2]})


@pytest.mark.parametrize(
    "chart",
    [
        {"data": {"url": "https://example.org/a.csv"}, "mark": "bar"},
        {"layer": [{"data": {"url": "data/a.json"}, "mark": "bar"}]},
        {"$schema": "https://vega.github.io/schema/vega/v6.json", "data": [{"name": "a", "url": "a.json"}]},
        {
            "data": {"values": []},
            "transform": [{"lookup": "a", "from": {"data": {"url": "x"}, "key": "a"}}],
            "mark": "bar",
        },
    ],
)
def test_addresses_are_refused_with_what_to_do(project, chart):
    with pytest.raises(ValueError, match="panels load nothing"):
        paceline.save_panel(chart, "x")
    assert not Panel.objects.exists()


@pytest.mark.parametrize("chart", ["{", "[]", 3, "nothing.json", []])
def test_what_is_no_chart_is_refused(project, chart):
    with pytest.raises((ValueError, OSError)):
        paceline.save_panel(chart, "x")


def test_what_the_server_says_is_what_one_reads(project, monkeypatch):
    with pytest.raises(paceline.PanelError, match="Did you mean name"):
        paceline.history("val/loss", filter="nmae == 3")
    with pytest.raises(paceline.PanelError, match="Line "):
        paceline.save_panel({"data": {"values": []}, "mark": "bars"}, "x")
    with pytest.raises(paceline.PanelError, match="There is no project"):
        paceline.history("val/loss", project="nobody/nothing")
    monkeypatch.delenv("PACELINE_SERVER")
    monkeypatch.setenv("PACELINE_CONFIG", "/nonexistent/config")
    with pytest.raises(paceline.PanelError, match="PACELINE_SERVER"):
        paceline.history("val/loss")


def test_a_client_without_altair_saves_dicts(project, monkeypatch):
    real = builtins.__import__

    def refuse(name, *arguments, **more):
        if name.partition(".")[0] == "altair":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.delitem(sys.modules, "altair")
    monkeypatch.setattr(builtins, "__import__", refuse)
    paceline.save_panel(json.loads(DOCUMENT), "x")
    assert saved()[1] == json.loads(DOCUMENT)
