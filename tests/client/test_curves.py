"""Curves of the client: equal to scikit-learn's, reduced without a visible difference, nothing lost on the way."""

import itertools
import math
import sys
import warnings
from typing import Any

import numpy as np
import paceline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paceline import runs, sender
from paceline.curves import MACRO, MICRO, curve_columns, given_curves, score_curves
from paceline.reducing import PIXELS, kept_places
from sklearn import metrics
from sklearn.calibration import calibration_curve

from tests.client.stand_in import StandIn

NONE = {"roc_auc": None, "average_precision": None, "calibration_error": None, "brier": None}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(sender, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(sender, "LONGEST_WAIT", 0.2)


@st.composite
def examples(draw: st.DrawFn) -> tuple[list[int], list[float]]:
    """Labels and scores, some of these NaN, many of them ties; of either side there may be none."""
    size = draw(st.integers(1, 40))
    labels = st.lists(st.integers(0, 1), min_size=size, max_size=size)
    tied = st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.7, 1.0, math.nan])
    scores = st.lists(tied | st.floats(0, 1), min_size=size, max_size=size)
    true, said = draw(labels), draw(scores)
    if draw(st.booleans()):  # enough of them that NumPy sorts
        true, said = true * 1_001, said * 1_001
    return true, said


def check(one: dict[str, Any], true: list[int], said: list[float]) -> None:
    """The curves of a class are scikit-learn's of the examples that have a score."""
    there = ~np.isnan(said)
    true_there, said_there = np.array(true)[there], np.array(said)[there]
    assert one["left_out"] == (~there).sum()
    assert (one["positives"], one["negatives"]) == ((true_there == 1).sum(), (true_there == 0).sum())
    if len(set(true_there.tolist())) == 2:
        assert one["roc_auc"] == pytest.approx(metrics.roc_auc_score(true_there, said_there), abs=1e-12)
        fpr, tpr, cuts = metrics.roc_curve(true_there, said_there, drop_intermediate=False)
        assert one["roc"]["fpr"] == pytest.approx(fpr)
        assert one["roc"]["tpr"] == pytest.approx(tpr)
        assert one["roc"]["threshold"] == [None, *cuts[1:]]
    else:
        assert one["roc_auc"] is None
        assert "roc" not in one
    if 1 in true_there:
        assert one["average_precision"] == pytest.approx(metrics.average_precision_score(true_there, said_there))
        precision, recall, cuts = metrics.precision_recall_curve(true_there, said_there)
        assert one["pr"]["precision"] == pytest.approx(precision[::-1])
        assert one["pr"]["recall"] == pytest.approx(recall[::-1])
        assert one["pr"]["threshold"] == [None, *cuts[::-1]]
    else:
        assert one["average_precision"] is None
        assert "pr" not in one
    if not len(true_there):
        assert (one["brier"], one["calibration_error"]) == (None, None)
        return
    assert one["brier"] == pytest.approx(metrics.brier_score_loss(true_there, said_there, pos_label=1))
    fraction, predicted = calibration_curve(true_there, said_there, n_bins=10, pos_label=1)
    assert one["calibration"]["fraction"] == pytest.approx(fraction)
    assert one["calibration"]["predicted"] == pytest.approx(predicted)
    counts = np.array(one["calibration"]["count"])
    assert counts.sum() == len(true_there)
    expected = (counts / counts.sum() * np.abs(fraction - predicted)).sum()
    assert one["calibration_error"] == pytest.approx(expected, abs=1e-12)


@settings(deadline=None, max_examples=100)
@given(examples())
def test_binary_scores_have_the_curves_of_scikit_learn(drawn: tuple[list[int], list[float]]) -> None:
    true, said = drawn
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a single class
        (one,) = score_curves(np.array(true), said)
        check(one, true, said)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 5), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_each_class_is_told_from_the_others(classes: int, size: int, seed: int) -> None:
    """With classes that no example is of, ties and NaN; averages are those of scikit-learn where it has any."""
    random = np.random.default_rng(seed)
    true = random.integers(0, classes, size)
    scores = np.round(random.dirichlet(np.ones(classes), size), 2)
    hidden = random.random((size, classes)) < 0.1 * random.integers(0, 2)
    scores[hidden] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = score_curves(true, scores, classes=list(range(classes)))
        assert [one["class"] for one in found] == [*map(str, range(classes)), MICRO, MACRO]
        for place, one in enumerate(found[:-2]):
            check(one, (true == place).astype(int).tolist(), scores[:, place].tolist())
        sides = (true[:, None] == np.arange(classes)).astype(int)
        check(found[-2], sides.ravel().tolist(), scores.ravel().tolist())
        every = len(set(true.tolist())) == classes and size > 1 and not hidden.any()
        if every:
            assert found[-1]["roc_auc"] == pytest.approx(metrics.roc_auc_score(sides, scores, average="macro"))
        for area in NONE:
            values = [one[area] for one in found[:-2]]
            assert found[-1][area] == (None if None in values else pytest.approx(np.mean(values)))


def test_numpy_and_plain_python_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    true, said = random.integers(0, 2, 3_000).tolist(), np.round(random.random(3_000), 3).tolist()
    with_numpy = score_curves(true, said)
    with monkeypatch.context() as without:
        without.delitem(sys.modules, "numpy")
        assert score_curves(true, said) == with_numpy


def test_scores_outside_of_0_to_1_have_ranks_and_no_calibration() -> None:
    (one,) = score_curves([False, True, True], [-3.0, 2.5, math.inf])
    assert (one["roc_auc"], one["left_out"], one["brier"], one["calibration_error"]) == (1.0, 1, None, None)
    assert "calibration" not in one


@pytest.mark.parametrize(
    ("true", "classes", "name", "area"),
    [
        ([0, 1, 1], None, "1", 1.0),
        ([-1, 1, 1], ["spam"], "spam", 1.0),
        ([False, True, True], ["ham", "spam"], "spam", 1.0),
        (["ham", "spam", "spam"], ["spam"], "spam", 1.0),
        (["ham", "spam", "spam"], ["spam", "ham"], "ham", 0.0),
        (["ham", "ham", "ham"], ["ham", "spam"], "spam", None),
        ([1, 2, 2], [2], "2", 1.0),
    ],
)
def test_the_positive_label_is_the_last_class(true: list[Any], classes: Any, name: str, area: float | None) -> None:
    (one,) = score_curves(true, [0.1, 0.6, 0.7], classes)
    assert (one["class"], one["roc_auc"]) == (name, area)


@pytest.mark.parametrize(
    ("true", "scores", "classes", "said"),
    [
        ([0, 1], [0.1], None, "y_true has 2 labels, y_score 1"),
        (["a", "b"], [0.1, 0.2], None, "which label is the positive"),
        ([0, 1], [[0.1, 0.9], [0.5]], None, "different lengths"),
        ([0, 1], [[0.1, 0.9], [0.5, 0.5]], ["a"], "2 columns of scores for 1 classes"),
        ([0, 7], [[0.1, 0.9], [0.5, 0.5]], ["a", "b"], "none of the classes"),
        ([0, 1], [0.1, 0.2], ["a", "b", "c"], "1 or 2 classes"),
    ],
)
def test_what_has_no_curve_is_refused(true: Any, scores: Any, classes: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        score_curves(true, scores, classes)


def _farthest(x: list[float], y: list[float], kept: list[int]) -> float:
    """How far any point is from the line through those kept, in pixels: over every segment."""
    most = 0.0
    for begin, end in itertools.pairwise(kept):
        px, py = np.array(x[begin : end + 1]), np.array(y[begin : end + 1])
        ax, ay, dx, dy = px[0], py[0], px[-1] - px[0], py[-1] - py[0]
        length = dx * dx + dy * dy
        along = np.clip(((px - ax) * dx + (py - ay) * dy) / length, 0, 1) if length else np.zeros(len(px))
        most = max(most, float(np.hypot(px - ax - along * dx, py - ay - along * dy).max()))
    return most * PIXELS


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 3_000), st.floats(0, 3), st.sampled_from([1, 2, 3, 12]), st.integers(0, 2**32 - 1))
def test_a_reduced_curve_is_within_half_a_pixel(size: int, apart: float, digits: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    true = random.integers(0, 2, size)
    true[:2] = 0, 1
    scores = np.round(random.normal(true * apart), digits)
    (one,) = score_curves(true, scores)
    for kind, (first, second) in {"roc": ("fpr", "tpr"), "pr": ("recall", "precision")}.items():
        x, y = one[kind][first], one[kind][second]
        kept = kept_places(x, y, 0.5 / PIXELS)
        assert (kept[0], kept[-1]) == (0, len(x) - 1)
        assert _farthest(x, y, kept) <= 0.5 + 1e-6


def test_many_examples_are_few_points_and_areas_are_of_them_all() -> None:
    random = np.random.default_rng(5)
    true = random.integers(0, 2, 100_000)
    scores = 1 / (1 + np.exp(-random.normal(true * 2 - 1)))
    found = score_curves(true, scores)
    (one,) = curve_columns(found)["curves"]
    assert len(one["roc"]["fpr"]) <= 500
    assert len(one["pr"]["recall"]) <= 700
    assert one["roc_auc"] == pytest.approx(metrics.roc_auc_score(true, scores), abs=1e-12)


def test_given_curves_are_taken_in_either_order() -> None:
    random = np.random.default_rng(2)
    true, scores = random.integers(0, 2, 300), random.random(300)
    fpr, tpr, cuts = metrics.roc_curve(true, scores)
    precision, recall, others = metrics.precision_recall_curve(true, scores)
    (one,) = given_curves(
        {8: {"fpr": fpr, "tpr": tpr, "roc_thresholds": cuts, "precision": precision, "recall": recall,
             "pr_thresholds": others, "positives": true.sum()}}
    )  # fmt: skip
    (own,) = score_curves(true, scores, ["8"])
    assert (one["class"], one["positives"]) == ("8", own["positives"])
    assert one["roc_auc"] == pytest.approx(own["roc_auc"])
    assert one["average_precision"] == pytest.approx(own["average_precision"])
    assert one["pr"]["threshold"] == own["pr"]["threshold"]
    with pytest.raises(ValueError, match="has no curve"):
        given_curves({"8": {"fpr": [0, 1]}})
    with pytest.raises(ValueError, match="look like"):
        given_curves([])


def test_curves_reach_the_server_with_their_step(online: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    run = paceline.init("vision/digits")
    run.log_curves("val/a b%", [0, 1], [0.2, 0.9], step=7)
    run.log_curves("val", curves={"8": {"fpr": [0, 1], "tpr": [0, 1]}}, step=8)
    run.log_curves("val")  # warned of, left out
    run.finish()
    assert {(key, step) for _, key, step in online.curves} == {("val/a b%", 7), ("val", 8)}
    (first,) = (one["curves"] for (_, _, step), one in online.curves.items() if step == 7)
    assert first[0]["roc"] == {"fpr": [0.0, 0.0, 1.0], "tpr": [0.0, 1.0, 1.0], "threshold": [None, 0.9, 0.2]}
    assert "the set of curves 'val' was left out" in capsys.readouterr().err
