"""Parallel coordinates: a line for each run that has a value on every axis."""

import pytest

from apps.plots import parallel
from tests.factories import make_project, make_run
from tests.plots.asking import plot
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def test_runs_with_a_value_on_every_axis_are_lines():
    project = make_project()
    for place in range(6):
        config = {"lr": 0.1 * (place + 1), "model": "ab"[place % 2]}
        run = make_run(project, name=f"run-{place}", config=config)
        if place:
            settled(run, acc=[place / 10])
    answer = plot(project, "parallel", col=["config.lr", "config.model", "metric.acc.best"], colour="metric.acc.best")
    assert (answer["total"], answer["with"], answer["drawn"]) == (6, 5, 5)
    assert [axis["with"] for axis in answer["axes"]] == [6, 6, 5]
    assert answer["axes"][1]["words"] == ["a", "b"]
    place = answer["names"].index("run-3")
    assert [axis["values"][place] for axis in answer["axes"]] == [pytest.approx(0.4), 1.0, 0.3]
    assert answer["colour"]["values"] == answer["axes"][2]["values"]
    assert plot(project, "parallel", col=["config.lr", "created"])["colour"] is None


def test_of_many_runs_some_are_drawn(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parallel, "MAX_LINES", 3)
    project = make_project()
    for place in range(8):
        make_run(project, config={"v": place})
    answer = plot(project, "parallel", col=["config.v", "created"])
    assert (answer["with"], answer["drawn"], len(answer["runs"])) == (8, 3, 3)


def test_two_to_twelve_axes_are_taken():
    project = make_project()
    for columns in (["created"], ["created", "created"], [f"config.k{place}" for place in range(13)]):
        assert "2 to 12" in plot(project, "parallel", col=columns, status=400)["message"]
    assert plot(project, "parallel", col=["created", "notes"], status=400)["fields"] == {"col": "cannot be plotted"}
