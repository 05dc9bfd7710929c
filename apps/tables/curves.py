"""ROC, precision-recall and calibration curves of classes, and the areas below them. Pure, no Django."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.tables.class_tables import SUPPORT, ClassTable, column_of

Floats = NDArray[np.float64]
AREAS = ("roc_auc", "average_precision", "calibration_error", "brier")


class Kind(NamedTuple):
    """A kind of curve. x, y: what is drawn, within 0..1; more: what points have beside it; title: in a heading."""

    x: str
    y: str
    more: str
    title: str


KINDS = {
    "roc": Kind("fpr", "tpr", "threshold", "ROC"),
    "pr": Kind("recall", "precision", "threshold", "Precision and recall"),
    "calibration": Kind("predicted", "fraction", "count", "Calibration"),
}


class Curve(NamedTuple):
    """A curve of n points. more: thresholds or counts, NaN where there is none."""

    x: Floats
    y: Floats
    more: Floats


@dataclass(frozen=True)
class ClassCurves:
    """The curves of a class by kind, those there are, and its areas by name.

    positives, negatives: examples; None where nobody said. left_out: those whose score is no number.
    """

    name: str
    positives: int | None
    negatives: int | None
    left_out: int
    areas: dict[str, float]
    curves: dict[str, Curve]


@dataclass(frozen=True)
class Curves:
    """The curves of classes, each once, in the order they were sent."""

    classes: list[ClassCurves]

    @cached_property
    def by_name(self) -> dict[str, ClassCurves]:
        return {one.name: one for one in self.classes}


def area_table(curves: Curves) -> ClassTable:
    """The areas as a class table, whose support are the positives: so they are compared and asked for like metrics."""
    columns = {SUPPORT: column_of([one.positives for one in curves.classes])}
    for area in AREAS:
        column = column_of([one.areas.get(area) for one in curves.classes])
        if column.there.any():
            columns[area] = column
    return ClassTable([one.name for one in curves.classes], columns)
