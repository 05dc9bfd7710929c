"""Bars and histograms, computed anew the plain way."""

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest

from apps.plots.histograms import bin_edges
from apps.runs.filters import parse, parse_name
from apps.runs.filters_syntax import Name
from apps.runs.group_table import group_page
from apps.runs.models import Project
from apps.runs.run_table import Chosen
from tests.factories import make_project, make_run
from tests.plots.asking import plot
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def varied(project: Project, count: int = 30, seed: int = 1) -> list[dict[str, Any]]:
    """The configs of runs with numbers, texts and gaps."""
    rng = random.Random(seed)
    made = []
    for place in range(count):
        config = {"v": float(rng.randrange(-3, 12)), "model": rng.choice("abc"), "layers": rng.choice([1, 2, 4])}
        for name in rng.sample(sorted(config), rng.choice([0, 0, 1])):
            del config[name]
        make_run(project, name=f"run-{place}", config=config)
        made.append(config)
    return made


def test_bars_of_runs_begin_with_the_best():
    project = make_project()
    for place, loss in enumerate([3.0, 1.0, 2.0]):
        settled(make_run(project, name=f"run-{place}"), loss=[loss])
    make_run(project)
    answer = plot(project, "bars", value="metric.loss.best")
    assert [(bar["label"], bar["mean"]) for bar in answer["bars"]] == [("run-1", 1.0), ("run-2", 2.0), ("run-0", 3.0)]
    assert (answer["total"], answer["with"], answer["bars_total"]) == (4, 3, 3)
    some = plot(project, "bars", value="metric.loss.best", limit=2)
    assert (len(some["bars"]), some["bars_total"]) == (2, 3)
    highest = plot(project, "bars", value="created")
    assert highest["bars"][0]["mean"] == max(bar["mean"] for bar in highest["bars"])


@pytest.mark.parametrize("field", ["config.model", "config.layers"])
def test_bars_of_groups_are_those_of_the_grouped_table(field: str):
    project = make_project()
    varied(project)
    name, value = parse_name(field), parse_name("config.v")
    assert isinstance(name, Name)
    assert isinstance(value, Name)
    groups = group_page(project, Chosen(parse("config.v > -2")), [name], [value], limit=100).groups
    answer = plot(project, "bars", value="config.v", group=field, filter="config.v > -2")
    wanted = {group.values[0]: (group.filter, group.spreads[0]) for group in groups if group.spreads[0]}
    assert {bar["label"] for bar in answer["bars"]} == set(wanted)
    for bar in answer["bars"]:
        text, spread = wanted[bar["label"]]
        assert spread is not None
        assert (bar["filter"], bar["n"]) == (text, spread.n)
        assert (bar["min"], bar["max"]) == (spread.min, spread.max)
        assert bar["mean"] == pytest.approx(spread.mean)
        assert bar["std"] == (None if spread.std is None else pytest.approx(spread.std))
    means = [bar["mean"] for bar in answer["bars"]]
    assert means == sorted(means, reverse=True)


def test_bars_by_state_can_be_filtered_by_and_an_axis_of_texts_has_none():
    project = make_project()
    settled(make_run(project, state="failed"), loss=[1.0])
    (bar,) = plot(project, "bars", value="metric.loss", group="state")["bars"]
    assert (bar["label"], bar["filter"], bar["std"]) == ("failed", 'state == "failed"', None)
    assert plot(project, "bars", value="name")["bars"] == []


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("bins", [None, 1, 7])
def test_a_histogram_counts_each_run_once(log: bool, bins: int | None):
    project = make_project()
    configs = varied(project)
    asked: dict[str, Any] = {"value": "config.v", "group": "config.model", "log": int(log)}
    if bins:
        asked["bins"] = bins
    answer = plot(project, "histogram", **asked)
    edges = answer["edges"]
    assert bins is None or len(edges) == bins + 1
    values = [(config["v"], config.get("model")) for config in configs if "v" in config]
    inside = [(value, model) for value, model in values if not log or value > 0]
    assert answer["with"] == answer["counted"] == len(inside)
    for part in answer["parts"]:
        numbers = [value for value, model in inside if model == part["label"]]
        assert part["counts"] == np.histogram(numbers, edges)[0].tolist()
    assert [part["label"] for part in answer["parts"]] == [
        *sorted({model for _, model in inside if model}),
        *([None] if any(model is None for _, model in inside) else []),
    ]


def test_a_histogram_of_texts_counts_the_most_frequent_first():
    project = make_project()
    configs = varied(project)
    answer = plot(project, "histogram", value="config.model")
    counts = Counter(config["model"] for config in configs if "model" in config)
    assert dict(zip(answer["words"], answer["parts"][0]["counts"], strict=True)) == counts
    assert answer["parts"][0]["counts"] == sorted(counts.values(), reverse=True)
    assert answer["edges"] == []


def test_small_groups_are_counted_together(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("apps.plots.histograms.MAX_PARTS", 2)
    project = make_project()
    for place in range(10):
        make_run(project, config={"v": place, "g": [0, 0, 0, 0, 1, 1, 1, 2, 2, 3][place]})
    parts = plot(project, "histogram", value="config.v", group="config.g")["parts"]
    assert [(part["label"], sum(part["counts"])) for part in parts] == [(0, 4), (1, 3), ("2 others", 3)]


@pytest.mark.parametrize(
    "numbers", [[2.0], [2.0, 2.0], [0.0, 0.0], [1e-300, 1e300], [-1e308, 1e308], [1.0, 1.0 + 1e-15], [0.1] * 50 + [1e9]]
)
def test_bins_hold_whatever_numbers_come(numbers: list[float]):
    for log in (False, True):
        if log and min(numbers) <= 0:
            continue
        edges = bin_edges(np.array(numbers), log=log)
        assert np.isfinite(edges).all()
        assert edges[0] <= min(numbers)
        assert edges[-1] >= max(numbers)
        assert (np.diff(edges) >= 0).all()
        assert 2 <= len(edges) <= 41


def test_limits_are_named():
    project = make_project()
    assert "1..100" in plot(project, "histogram", value="created", bins=101, status=400)["message"]
    assert "1..100" in plot(project, "bars", value="created", limit=0, status=400)["message"]
    assert plot(project, "histogram", status=400)["fields"] == {"value": "is missing"}
