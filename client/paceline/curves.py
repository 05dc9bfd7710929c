"""ROC, precision-recall and calibration curves, and the areas below them: from labels and scores, or as they came."""

from __future__ import annotations

import math
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from paceline.reducing import reduced
from paceline.tables import label_name, plain_list, sorted_labels

BINS = 10  # of calibration, equally wide
MOST_POINTS = 200_000  # of all curves of a key at a step
MICRO, MACRO = "micro avg", "macro avg"  # as scikit-learn's reports call them
AREAS = ("roc_auc", "average_precision", "calibration_error", "brier")
_DRAWN = {"roc": ("fpr", "tpr"), "pr": ("recall", "precision")}

Curve = dict[str, list[Any]]


class Ranked(NamedTuple):
    """Examples by score, the highest first: how many of each side have a score of at least each threshold.

    true, false: the positives and negatives so far, at each of the m different scores. left_out: examples whose score
    is NaN or infinite, which are in none of them.
    """

    thresholds: list[float]
    true: list[int]
    false: list[int]
    left_out: int

    @property
    def positives(self) -> int:
        return self.true[-1] if self.true else 0

    @property
    def negatives(self) -> int:
        return self.false[-1] if self.false else 0


def score_curves(y_true: Iterable[Any], y_score: Any, classes: Iterable[Any] | None = None) -> list[dict[str, Any]]:
    """The curves and areas of each class, for Run.log_curves: equal to scikit-learn's.

    y_true: n labels. y_score: n scores of one class (the higher the more likely), or n rows of a score a class; then
    each class is told from all others, and "micro avg" and "macro avg" follow. classes: the labels of the columns,
    default all labels, sorted; of n scores the positive one, or [negative, positive], default 1. A score that is NaN or
    infinite is left out of its class and counted. An area without positives, or for ROC without negatives, is None;
    calibration and Brier are of scores within 0..1 alone. Raises ValueError.
    """
    true = plain_list(y_true)
    columns, several = _score_columns(y_score)
    for column in columns:
        if len(column) != len(true):
            raise ValueError(f"y_true has {len(true):,} labels, y_score {len(column):,} scores")
    if not several:
        name, positive = _positive_label(true, None if classes is None else plain_list(classes))
        return [_class_curves(name, [label in positive for label in true], columns[0])]
    labels = sorted_labels(set(true)) if classes is None else plain_list(classes)
    if len(labels) != len(columns):
        raise ValueError(f"there are {len(columns):,} columns of scores for {len(labels):,} classes")
    names = [label_name(label) for label in labels]
    if set(true) - set(labels) and {label_name(label) for label in true} <= set(names):
        true, labels = [label_name(label) for label in true], names
    elif set(true) - set(labels) and {*true} <= {*range(len(labels))}:
        labels = list(range(len(labels)))  # classes are what the columns are called
    unknown = sorted_labels({*true} - {*labels})
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of the classes")
    sides = [[label == one for label in true] for one in labels]
    found = [_class_curves(name, side, column) for name, side, column in zip(names, sides, columns)]
    if len(found) > 1:
        micro = _class_curves(MICRO, [one for side in sides for one in side], [one for some in columns for one in some])
        found += [micro, _macro(found)]
    return found


def given_curves(curves: Any) -> list[dict[str, Any]]:
    """What the server takes of curves that were computed elsewhere.

    curves: {"8": {"fpr": […], "tpr": […]}} with any of fpr and tpr, recall and precision, predicted and fraction (and
    count), thresholds for each as roc_thresholds and pr_thresholds, and the areas by name. Areas that are not given are
    computed where the curves tell them. Raises ValueError.
    """
    if not isinstance(curves, Mapping) or not curves:
        raise ValueError('curves by class look like {"8": {"fpr": [0, 0.1, 1], "tpr": [0, 0.9, 1]}}')
    return [_given(label_name(name), one) for name, one in curves.items()]


def curve_columns(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the server takes of classes: their curves with no more points than can be told apart when drawn.

    Half a pixel of 800; where that is more than MOST_POINTS in all, as many times more as it takes.
    """
    pixels = 0.5
    while True:
        smaller = [{**one, **{kind: reduced(one[kind], pixels) for kind in _DRAWN if kind in one}} for one in found]
        points = sum(len(one[kind][_DRAWN[kind][0]]) for one in smaller for kind in _DRAWN if kind in one)
        if points <= MOST_POINTS:
            return {"curves": smaller}
        pixels *= 2


def ranked(side: Sequence[bool], scores: Sequence[float]) -> Ranked:
    """Examples by score. side: which of them are positive. NumPy sorts where it is there."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and len(scores) > 1_000:
        values, positive = numpy.asarray(scores, float), numpy.asarray(side, bool)
        there = numpy.isfinite(values)
        left_out = int((~there).sum())
        found, places = numpy.unique(-values[there], return_inverse=True)
        places = places.reshape(-1)
        every = numpy.bincount(places, minlength=len(found))
        hits = numpy.bincount(places[positive[there]], minlength=len(found))
        return Ranked((-found).tolist(), hits.cumsum().tolist(), (every - hits).cumsum().tolist(), left_out)
    pairs = [(score, one) for score, one in zip(scores, side) if math.isfinite(score)]
    pairs.sort(key=lambda pair: -pair[0])
    thresholds: list[float] = []
    true: list[int] = []
    false: list[int] = []
    hits = misses = 0
    for score, one in pairs:
        hits, misses = hits + bool(one), misses + (not one)
        if thresholds and thresholds[-1] == score:
            true[-1], false[-1] = hits, misses
        else:
            thresholds.append(score)
            true.append(hits)
            false.append(misses)
    return Ranked(thresholds, true, false, len(scores) - len(pairs))


def roc(found: Ranked) -> Curve | None:
    """The share of negatives and of positives at or above each score, from (0, 0), where no score is high enough."""
    if not found.positives or not found.negatives:
        return None
    return {
        "fpr": [0.0, *(one / found.negatives for one in found.false)],
        "tpr": [0.0, *(one / found.positives for one in found.true)],
        "threshold": [None, *found.thresholds],
    }


def precision_recall(found: Ranked) -> Curve | None:
    """Recall and precision at each score, from recall 0, whose precision is 1 by convention."""
    if not found.positives:
        return None
    return {
        "recall": [0.0, *(one / found.positives for one in found.true)],
        "precision": [1.0, *(one / (one + other) for one, other in zip(found.true, found.false))],
        "threshold": [None, *found.thresholds],
    }


def roc_auc(found: Ranked) -> float | None:
    """The chance that a positive has a higher score than a negative, ties as half. None without one of them."""
    if not found.positives or not found.negatives:
        return None
    twice, before, misses = 0, 0, 0
    for hits, now in zip(found.true, found.false):
        twice += (now - misses) * (hits + before)
        before, misses = hits, now
    return twice / (2 * found.positives * found.negatives)


def average_precision(found: Ranked) -> float | None:
    """The precision at each threshold, weighted by how much recall it adds. None without positives."""
    if not found.positives:
        return None
    parts, before = [], 0
    for hits, misses in zip(found.true, found.false):
        if hits > before:
            parts.append((hits - before) / found.positives * (hits / (hits + misses)))
        before = hits
    return math.fsum(parts)


def calibration(side: Sequence[bool], scores: Sequence[float]) -> Curve | None:
    """Of each of BINS equally wide ranges of scores that has examples: their mean score, how many of them are positive
    as a share, and their count. The first range holds 0, every range its upper end. None when scores leave 0..1."""
    edges = [place * (1 / BINS) for place in range(1, BINS)]
    count, hits, sums = [0] * BINS, [0] * BINS, [0.0] * BINS
    for one, score in zip(side, scores):
        if not math.isfinite(score):
            continue
        if not 0 <= score <= 1:
            return None
        place = bisect_left(edges, score)
        count[place] += 1
        hits[place] += bool(one)
        sums[place] += score
    there = [place for place in range(BINS) if count[place]]
    return {
        "predicted": [sums[place] / count[place] for place in there],
        "fraction": [hits[place] / count[place] for place in there],
        "count": [count[place] for place in there],
    }


def calibration_error(curve: Curve) -> float | None:
    """How far the scores are from the shares that came true: weighted by counts (expected calibration error)."""
    total = sum(curve["count"])
    columns = zip(curve["predicted"], curve["fraction"], curve["count"])
    return math.fsum(abs(one - other) * count for one, other, count in columns) / total if total else None


def brier(side: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The mean squared distance of the scores from 1 of positives and 0 of the others. None without examples."""
    squares = [(score - bool(one)) ** 2 for one, score in zip(side, scores) if math.isfinite(score)]
    return math.fsum(squares) / len(squares) if squares else None


def _class_curves(name: str, side: Sequence[bool], scores: Sequence[float]) -> dict[str, Any]:
    found = ranked(side, scores)
    shares = calibration(side, scores)
    curves = {"roc": roc(found), "pr": precision_recall(found), "calibration": shares}
    return {
        "class": name,
        "positives": found.positives,
        "negatives": found.negatives,
        "left_out": found.left_out,
        "roc_auc": roc_auc(found),
        "average_precision": average_precision(found),
        "calibration_error": None if shares is None else calibration_error(shares),
        "brier": None if shares is None else brier(side, scores),
        **{kind: curve for kind, curve in curves.items() if curve is not None},
    }


def _macro(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The means of the classes' areas; None where a class has none, as half of them would tell another number."""
    means: dict[str, float | None] = {}
    for area in AREAS:
        values = [one[area] for one in found]
        means[area] = None if None in values else math.fsum(values) / len(values)
    return {"class": MACRO, "positives": None, "negatives": None, "left_out": 0, **means}


def _score_columns(y_score: Any) -> tuple[list[list[float]], bool]:
    """A column of floats a class, and whether there are rows of a score a class: plain scores are one column."""
    rows = _rows(y_score)
    if not any(isinstance(row, (list, tuple)) for row in rows):
        return [[_score(one) for one in rows]], False
    width = len(rows[0]) if isinstance(rows[0], (list, tuple)) else 0
    if any(not isinstance(row, (list, tuple)) or len(row) != width for row in rows):
        raise ValueError("the rows of y_score have different lengths")
    return [[_score(row[place]) for row in rows] for place in range(width)], True


def _rows(values: Any) -> list[Any]:
    for step in ("detach", "cpu", "numpy"):
        if hasattr(values, step) and not hasattr(values, "index"):
            values = getattr(values, step)()
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    to_list = getattr(values, "tolist", None)
    return list(to_list() if to_list else [one.tolist() if hasattr(one, "tolist") else one for one in values])


def _score(value: Any) -> float:
    return math.nan if value is None else float(value)


def _positive_label(true: Sequence[Any], classes: Sequence[Any] | None) -> tuple[str, set[Any]]:
    """(what the positive class is called, the labels that mean it). Raises ValueError where nobody knows."""
    if classes is not None and len(classes) not in (1, 2):
        raise ValueError(f"scores of one class are of 1 or 2 classes, not {len(classes):,}")
    labels = set(true)
    if classes is not None and (classes[-1] in labels or (len(labels) > 1 and labels <= {*classes})):
        return label_name(classes[-1]), {classes[-1]}
    if labels <= {0, 1, -1}:
        return ("1" if classes is None else label_name(classes[-1])), {1}
    if classes is not None and len(labels) <= 1:
        return label_name(classes[-1]), {classes[-1]}
    raise ValueError('which label is the positive one? Give classes=["spam"], or rows of a score a class')


def _given(name: str, one: Any) -> dict[str, Any]:
    if not isinstance(one, Mapping):
        raise ValueError(f"the curves of {name!r} are no dict")
    found: dict[str, Any] = {"class": name}
    for known in ("positives", "negatives", "left_out", *AREAS):
        if one.get(known) is not None:
            found[known] = one[known].item() if hasattr(one[known], "item") else one[known]
    for kind, columns in _DRAWN.items():
        if one.get(columns[0]) is not None and one.get(columns[1]) is not None:
            found[kind] = _ordered(
                {column: plain_list(one[column]) for column in columns}, one.get(f"{kind}_thresholds")
            )
    if "roc" in found:
        found.setdefault("roc_auc", _trapezoids(found["roc"]["fpr"], found["roc"]["tpr"]))
    if "pr" in found:
        found.setdefault("average_precision", _steps(found["pr"]["recall"], found["pr"]["precision"]))
    if one.get("predicted") is not None and one.get("fraction") is not None:
        shares = {column: plain_list(one[column]) for column in ("predicted", "fraction", "count") if column in one}
        found["calibration"] = shares
        if "count" in shares:
            found.setdefault("calibration_error", calibration_error(shares))
    if not {"roc", "pr", "calibration"} & found.keys():
        raise ValueError(f"{name!r} has no curve: give fpr and tpr, recall and precision, or predicted and fraction")
    return found


def _ordered(columns: Curve, thresholds: Any) -> Curve:
    """A curve from its low end: scikit-learn's precision_recall_curve goes the other way."""
    first, second = columns.values()
    if len(first) != len(second):
        raise ValueError(f"{' and '.join(columns)} have {len(first):,} and {len(second):,} points")
    if thresholds is not None:
        cuts = [one if math.isfinite(one) else None for one in plain_list(thresholds)]
        columns["threshold"] = cuts + [None] * (len(first) - len(cuts))
    if len(first) > 1 and first[0] > first[-1]:
        return {name: column[::-1] for name, column in columns.items()}
    return columns


def _trapezoids(x: Sequence[float], y: Sequence[float]) -> float:
    places = range(1, len(x))
    return math.fsum((x[place] - x[place - 1]) * (y[place] + y[place - 1]) / 2 for place in places)


def _steps(recall: Sequence[float], precision: Sequence[float]) -> float:
    return math.fsum((recall[place] - recall[place - 1]) * precision[place] for place in range(1, len(recall)))
