"""A dot for each run, computed anew the plain way."""

import random
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.plots import scatter
from apps.runs import value_columns
from apps.runs.directions import Direction
from apps.runs.directions_known import change_directions
from apps.runs.models import Project, Run
from tests.factories import make_project, make_run
from tests.plots.asking import plot
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def sweep(project: Project, count: int = 12) -> list[Run]:
    made = []
    for place in range(count):
        run = make_run(project, name=f"run-{place}", config={"lr": 10.0 ** -(place % 5), "model": "ab"[place % 2]})
        made.append(settled(run, loss=[5.0, 1.0 + (place * 7 % count)]))
    return made


def dots(answer: dict[str, Any]) -> dict[str, tuple[float | None, float | None]]:
    axes = answer["axes"]
    return dict(zip(answer["names"], zip(axes["x"]["values"], axes["y"]["values"], strict=True), strict=True))


@pytest.mark.parametrize("few", [0, 2_000])
def test_every_run_with_both_values_is_a_dot(few: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(value_columns, "FEW", few)
    project = make_project()
    runs = sweep(project)
    make_run(project, config={"lr": 0.1})
    make_run(project)
    settled(make_run(), loss=[1.0])
    answer = plot(project, "scatter", x="config.lr", y="metric.loss.best")
    assert (answer["total"], answer["with"], answer["drawn"]) == (14, 12, 12)
    assert dots(answer) == {
        run.name: (run.config["lr"], min(5.0, 1.0 + place * 7 % 12)) for place, run in enumerate(runs)
    }
    assert answer["axes"]["x"]["with"] == 13
    assert answer["axes"]["y"]["direction"] == "min"
    assert answer["names"][answer["best"]] == "run-0"
    assert sorted(answer["runs"]) == answer["runs"]


def test_it_shows_just_the_runs_that_the_table_shows():
    project = make_project()
    runs = sweep(project)
    Run.objects.filter(id=runs[0].id).update(archived_at=timezone.now())
    Run.objects.filter(id=runs[1].id).update(deleted_at=timezone.now())
    Run.objects.filter(id=runs[2].id).update(state="failed")
    asked: dict[str, Any] = {"x": "config.lr", "y": "metric.loss"}
    assert len(plot(project, "scatter", **asked)["runs"]) == 10
    assert plot(project, "scatter", archived="1", **asked)["names"] == ["run-0"]
    assert plot(project, "scatter", state="failed", **asked)["names"] == ["run-2"]
    some = plot(project, "scatter", filter='config.model == "a"', **asked)
    assert sorted(some["names"]) == ["run-10", "run-2", "run-4", "run-6", "run-8"]


@pytest.mark.parametrize("few", [0, 2_000])
def test_texts_are_places_among_words_and_what_has_no_place_is_counted(few: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(value_columns, "FEW", few)
    project = make_project()
    for value in (1.0, -2.0, 0.0, "x"):
        make_run(project, config={"v": value, "model": "b"})
    make_run(project, config={"v": 4.0, "model": "a"})
    answer = plot(project, "scatter", x="config.v", y="config.model", x_log="1")
    assert answer["axes"]["x"]["lost"] == {"not_positive": 2, "other_kind": 1}
    assert answer["axes"]["y"]["kind"] == "text"
    assert answer["axes"]["y"]["words"] == ["a", "b"]
    assert sorted(dots(answer).values()) == [(1.0, 1.0), (4.0, 0.0)]


def test_runs_are_coloured_by_their_state_and_sized_by_the_time_they_worked():
    project = make_project()
    sweep(project, 3)
    answer = plot(project, "scatter", x="created", y="metric.loss", colour="state", size="took")
    assert answer["axes"]["x"]["kind"] == "time"
    assert answer["axes"]["colour"]["words"] == ["running"]
    assert answer["axes"]["size"]["kind"] == "took"
    assert not answer["axes"]["size"]["filters"]


def test_names_that_no_run_has_are_said_and_what_is_no_name_is_refused():
    project = make_project()
    sweep(project, 2)
    answer = plot(project, "scatter", x="config.gone", y="metric.loss")
    assert answer["with"] == 0
    assert not answer["axes"]["x"]["known"]
    assert answer["axes"]["y"]["known"]
    assert plot(project, "scatter", x="config.lr", status=400)["fields"] == {"y": "is missing"}
    assert "x" in plot(project, "scatter", x="1 + 1", y="created", status=400)["fields"]
    assert plot(project, "scatter", x="notes", y="created", status=400)["fields"] == {"x": "cannot be plotted"}
    assert plot(project, "scatter", x="created", y="metric.strange.best", status=400)["fields"].keys() >= {"y"}
    assert plot(project, "scatter", x="took", y="created", filter="config.lr <", status=400)["code"] == "bad_filter"


@pytest.mark.parametrize("seed", range(5))
def test_the_line_of_the_best_is_what_no_other_run_beats(seed: int):
    rng = random.Random(seed)
    project = make_project()
    change_directions(project, {"cost": Direction.MIN, "acc": Direction.MAX})
    values = [(float(rng.randrange(6)), float(rng.randrange(6))) for _ in range(25)]
    for place, (cost, acc) in enumerate(values):
        settled(make_run(project, name=f"r{place}"), cost=[cost], acc=[acc])
    answer = plot(project, "scatter", x="metric.cost", y="metric.acc")
    assert answer["front"]["kind"] == "pareto"
    found = [list(dots(answer).values())[at] for at in answer["front"]["at"]]
    wanted = {
        (cost, acc)
        for cost, acc in values
        if not any(c <= cost and a >= acc and (c, a) != (cost, acc) for c, a in values)
    }
    assert found == sorted(wanted)


def test_the_best_so_far_goes_down_along_an_axis_that_has_no_good_end():
    project = make_project()
    for place, loss in enumerate([5, 6, 3, 3, 4, 1]):
        settled(make_run(project, config={"size": place}), loss=[loss])
    answer = plot(project, "scatter", x="config.size", y="metric.loss")
    assert answer["front"]["kind"] == "best so far"
    assert [list(dots(answer).values())[at] for at in answer["front"]["at"]] == [(0, 5), (2, 3), (5, 1)]
    assert plot(project, "scatter", x="config.size", y="config.size")["front"] is None


def test_of_many_runs_some_are_drawn_and_the_best_and_its_line_always(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scatter, "MAX_DRAWN", 5)
    project = make_project()
    sweep(project, 30)
    answer = plot(project, "scatter", x="created", y="metric.loss")
    assert answer["with"] == 30
    assert 5 <= answer["drawn"] == len(answer["runs"]) < 30
    assert answer["axes"]["y"]["values"][answer["best"]] == 1.0
    assert answer["axes"]["y"]["values"][answer["front"]["at"][-1]] == 1.0


def test_a_plot_of_many_runs_takes_as_many_queries_as_one_of_few():
    counts = []
    for count in (2, 10):
        project = make_project()
        sweep(project, count)
        with CaptureQueriesContext(connection) as captured:
            plot(project, "scatter", x="config.lr", y="metric.loss", colour="config.model")
        counts.append(len(captured))
    assert counts[0] == counts[1]
