"""Rank correlation and permutation importance, against scipy's and scikit-learn's own."""

import math
import random
from typing import Any

import numpy as np
import pytest

from apps.plots import importance
from apps.plots.fitting import FOLDS, REPEATS, SEED
from apps.plots.fitting import importance as fitted
from apps.plots.ranks import average_ranks, interval, spearman
from tests.factories import make_project, make_run
from tests.plots.asking import plot
from tests.runs.trainings import settled


@pytest.mark.parametrize("seed", range(20))
def test_ranks_and_their_correlation_are_scipys(seed: int):
    from scipy.stats import rankdata, spearmanr

    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 60))
    one = rng.integers(0, int(rng.integers(2, 40)), n).astype(np.float64)  # with ties
    other = rng.normal(size=n).round(int(rng.integers(0, 3)))
    assert average_ranks(one).tolist() == rankdata(one).tolist()
    rho = spearman(one, other)
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        assert rho is None
    else:
        assert rho == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)


def test_a_column_that_does_not_vary_has_no_correlation():
    assert spearman(np.ones(9), np.arange(9.0)) is None
    assert spearman(np.arange(9.0), np.ones(9)) is None
    assert spearman(np.ones(1), np.ones(1)) is None
    assert spearman(np.empty(0), np.empty(0)) is None


def test_the_interval_is_that_of_the_paper_and_covers_what_is_true():
    low, high = interval(0.5, 30) or (0.0, 0.0)
    z, reach = math.atanh(0.5), 1.959963984540054 * math.sqrt(1.125 / 27)
    assert (low, high) == (pytest.approx(math.tanh(z - reach)), pytest.approx(math.tanh(z + reach)))
    assert interval(0.5, 3) is None
    assert interval(1.0, 10) == (1.0, 1.0)
    rng = np.random.default_rng(0)
    truth = 6 / math.pi * math.asin(0.6 / 2)  # Spearman's ρ of two normals whose correlation is 0.6
    held = 0
    for _ in range(300):
        one = rng.normal(size=40)
        other = 0.6 * one + 0.8 * rng.normal(size=40)
        low, high = interval(spearman(one, other) or 0.0, 40) or (0.0, 0.0)
        held += low <= truth <= high
    assert 0.91 <= held / 300 <= 0.99


@pytest.mark.parametrize("seed", range(2))
def test_permutation_importance_is_scikit_learns(seed: int):
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.inspection import permutation_importance
    from sklearn.model_selection import KFold

    rng = np.random.default_rng(seed)
    columns = rng.integers(0, 5, (60, 4)).astype(np.float64)  # with ties
    columns[:, 3] = 2.0  # a constant
    target = columns[:, 0] * 3 + rng.normal(size=60)
    columns[rng.random(60) < 0.2, 1] = np.nan
    found = fitted(columns, target)
    means, scores = [], []
    for train, test in KFold(FOLDS, shuffle=True, random_state=SEED).split(columns):
        forest = RandomForestRegressor(50, max_features=0.5, min_samples_leaf=2, random_state=SEED)
        forest.fit(columns[train], target[train])
        scores.append(forest.score(columns[test], target[test]))
        means.append(
            permutation_importance(
                forest, columns[test], target[test], n_repeats=REPEATS, random_state=SEED
            ).importances_mean
        )
    assert found["score"] == pytest.approx(np.mean(scores))
    assert found["mean"] == pytest.approx(np.mean(means, axis=0).tolist())
    assert int(np.argmax(found["mean"])) == 0
    assert found["mean"][3] == 0.0
    assert all(deviation >= 0 for deviation in found["std"])


def sweep(count: int = 40) -> Any:
    """A project whose loss follows the model most, then lr; noise, depth and the same in all beside them."""
    rng = random.Random(0)
    project = make_project()
    for place in range(count):
        config = {
            "lr": 10.0 ** -rng.uniform(1, 4),
            "model": "abc"[place % 3],
            "depth": rng.choice([2, 4]),
            "same": 7,
            "id": f"text-{place}",
        }
        if place % 10 == 9:
            del config["depth"]
        loss = {"a": 1.0, "b": 5.0, "c": 9.0}[config["model"]] + math.log10(config["lr"]) / 2 + rng.gauss(0, 0.05)
        settled(make_run(project, config=config), loss=[loss + 10])
    return project


@pytest.mark.django_db
def test_settings_are_told_by_their_rank_correlation():
    from scipy.stats import spearmanr

    project = sweep()
    answer = plot(project, "importance", target="metric.loss.best")
    assert (answer["total"], answer["with"], answer["used"]) == (40, 40, 40)
    assert answer["problem"] is None
    found = {row["title"]: row for row in answer["parameters"]}
    assert set(found) == {"lr", "model", "depth"}
    assert answer["left_out"] == ["id"]
    assert answer["constant"] == 1
    assert found["depth"]["n"] == 36
    assert found["model"]["of"] in ("a", "c")
    assert answer["parameters"][0]["title"] == "model"
    assert all(row["low"] <= row["rho"] <= row["high"] for row in answer["parameters"])
    dots = plot(project, "scatter", x="config.lr", y="metric.loss.best")["axes"]
    wanted = spearmanr(dots["x"]["values"], dots["y"]["values"]).statistic
    assert found["lr"]["rho"] == pytest.approx(wanted)


@pytest.mark.django_db
def test_a_forest_is_fitted_in_a_process_of_its_own_and_kept(monkeypatch: pytest.MonkeyPatch):
    project = sweep(60)
    answer = plot(project, "importance", target="metric.loss.best", fit="1")
    assert answer["score"] > 0.1
    assert answer["parameters"][0]["title"] == "model"
    assert all(row["importance"] < answer["parameters"][0]["importance"] for row in answer["parameters"][1:])
    monkeypatch.setattr(importance, "_fitted", None)
    assert plot(project, "importance", target="metric.loss.best", fit="1") == answer


@pytest.mark.django_db
def test_another_forest_waits_and_one_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    project = sweep(31)
    with importance._fitting:
        busy = plot(project, "importance", target="metric.loss.best", fit="1", status=503)
    assert busy["code"] == "importance_busy"
    monkeypatch.setattr(importance, "FIT_SECONDS", 0.01)
    ended = plot(project, "importance", target="metric.loss.best", fit="1", status=503)
    assert ended["code"] == "importance_failed"
    assert "0.01 s" in ended["message"]


@pytest.mark.django_db
def test_it_says_why_nothing_can_be_told():
    project = make_project()
    asked: dict[str, Any] = {"target": "metric.loss"}
    assert "Too few runs: 0" in plot(project, "importance", **asked)["problem"]
    for _ in range(12):
        settled(make_run(project, config={"same": 1}), loss=[2.0])
    assert "the same in all 12" in plot(project, "importance", **asked)["problem"]
    settled(make_run(project, config={"same": 1}), loss=[3.0])
    assert "No setting of these runs varies" in plot(project, "importance", **asked)["problem"]
    make_run(project, config={"word": "x"})
    assert "holds texts" in plot(project, "importance", target="config.word")["problem"]
    settled(make_run(project, config={"same": 2}), loss=[3.0])
    answer = plot(project, "importance", fit="1", **asked)
    assert "A forest needs 30 runs; 14" in answer["forest_problem"]
    assert [row["title"] for row in answer["parameters"]] == ["same"]


@pytest.mark.django_db
def test_of_many_runs_some_are_looked_at(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(importance, "MAX_FITTED", 20)
    answer = plot(sweep(), "importance", target="metric.loss.best")
    assert (answer["with"], answer["used"]) == (40, 20)
    assert max(row["n"] for row in answer["parameters"]) == 20


@pytest.mark.django_db
def test_a_new_plot_begins_with_the_setting_that_went_with_the_metric_most():
    project = sweep()
    found = plot(project, "suggestion")
    assert found["target"] == "metric.loss.best"
    assert found["parameters"][0] == "config.model"
    assert plot(project, "suggestion", target="config.lr")["target"] == "config.lr"
    assert plot(make_project(), "suggestion") == {"target": None, "parameters": []}
