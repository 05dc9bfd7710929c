"""Confusion matrices of several runs beside each other: which mistakes, how often, what changed. Pure, no Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.tables.matrices import Ints, Matrix

Floats = NDArray[np.float64]
NORMS = ("row", "counts", "column", "all")
ORDERS = ("worst", "most", "best", "name")


class ConfusionCell(NamedTuple):
    """A pair of classes in one run. number: of examples, None where a class is missing; whole: of how many they are.

    value: normalised, None without examples too; delta: from the baseline's.
    """

    number: int | None
    whole: int | None
    value: float | None
    delta: float | None = None

    @property
    def missing(self) -> bool:
        return self.number is None


class ConfusionRow(NamedTuple):
    """A pair of classes in every run."""

    actual: str
    predicted: str
    cells: list[ConfusionCell]


@dataclass(frozen=True)
class _Run:
    """A matrix on the shared axis of n classes. cells: actual * n + predicted, int64 (m,), ascending; counts: of these.

    there: bool (n,), which classes it has; actual, predicted: float64 (n,), their totals.
    """

    cells: Ints
    counts: Ints
    there: NDArray[np.bool_]
    actual: Floats
    predicted: Floats
    total: int

    def count(self, cells: Ints) -> Ints:
        """The counts of some cells, 0 where there is none."""
        if not len(self.cells):
            return np.zeros(len(cells), np.int64)
        at = np.minimum(np.searchsorted(self.cells, cells), len(self.cells) - 1)
        return np.where(self.cells[at] == cells, self.counts[at], 0)

    def whole(self, cells: Ints, norm: str) -> Floats:
        """What the counts of some cells are a share of; NaN where a class is missing, 1 for counts."""
        actual, predicted = np.divmod(cells, len(self.there))
        of = {
            "row": lambda: self.actual[actual],
            "column": lambda: self.predicted[predicted],
            "all": lambda: np.full(len(cells), float(self.total)),
            "counts": lambda: np.ones(len(cells)),
        }[norm]()
        return np.where(self.there[actual] & self.there[predicted], of, np.nan)

    def values(self, cells: Ints, norm: str) -> Floats:
        """The normalised values of some cells; NaN where a class is missing or has no examples."""
        with np.errstate(invalid="ignore", divide="ignore"):
            shares: Floats = self.count(cells) / self.whole(cells, norm)
        return np.where(np.isfinite(shares), shares, np.nan)


class Aligned:
    """Matrices of runs, None of one without any, on one axis: the baseline's classes, then those of others."""

    def __init__(self, matrices: Sequence[Matrix | None], base: int) -> None:
        self.base = base
        ordered = [matrices[base], *matrices]
        self.classes = list(dict.fromkeys(name for one in ordered if one is not None for name in one.classes))
        self.runs = [None if one is None else self._placed(one) for one in matrices]

    def _placed(self, matrix: Matrix) -> _Run:
        size = len(self.classes)
        place_of = {name: place for place, name in enumerate(self.classes)}
        places = np.array([place_of[name] for name in matrix.classes], np.int64)
        cells = places[matrix.actual] * size + places[matrix.predicted]
        order = np.argsort(cells, kind="stable")
        there = np.zeros(size, bool)
        actual, predicted = np.full(size, np.nan), np.full(size, np.nan)
        there[places], actual[places], predicted[places] = True, matrix.actual_totals, matrix.predicted_totals
        return _Run(cells[order], matrix.counts[order], there, actual, predicted, matrix.total)

    def rows(self, cells: Ints, norm: str) -> list[ConfusionRow]:
        """Some cells in every run, in the order given."""
        columns = [self._column(run, place, cells, norm) for place, run in enumerate(self.runs)]
        size = len(self.classes)
        return [
            ConfusionRow(self.classes[cell // size], self.classes[cell % size], [column[at] for column in columns])
            for at, cell in enumerate(cells.tolist())
        ]

    def _column(self, run: _Run | None, place: int, cells: Ints, norm: str) -> list[ConfusionCell]:
        if run is None:
            return [ConfusionCell(None, None, None)] * len(cells)
        values, deltas = run.values(cells, norm), self.deltas(place, cells, norm)
        wholes = run.whole(cells, "row" if norm == "counts" else norm)
        found = zip(run.count(cells).tolist(), wholes.tolist(), values.tolist(), deltas.tolist(), strict=True)
        return [
            ConfusionCell(None, None, None)
            if whole != whole
            else ConfusionCell(count, int(whole), _there(value), _there(delta))
            for count, whole, value, delta in found
        ]

    def deltas(self, place: int, cells: Ints, norm: str) -> Floats:
        """How far the values of a run are from the baseline's; NaN where one of them is missing, and for itself."""
        run, base = self.runs[place], self.runs[self.base]
        if run is None or base is None or place == self.base:
            return np.full(len(cells), np.nan)
        return run.values(cells, norm) - base.values(cells, norm)

    def mistakes(self, names: Sequence[str] | None = None) -> Ints:
        """The cells in which any run takes one class for another; with names those of these classes."""
        size = len(self.classes)
        every = [run.cells for run in self.runs if run is not None]
        cells: Ints = np.unique(np.concatenate(every)) if every else np.zeros(0, np.int64)
        actual, predicted = np.divmod(cells, max(size, 1))
        wanted = actual != predicted
        if names is not None:
            asked = set(names)
            chosen = np.fromiter((name in asked for name in self.classes), bool, size)
            wanted &= chosen[actual] | chosen[predicted]
        return cells[wanted]

    def ranked(self, cells: Ints, norm: str, order: str, most: int) -> Ints:
        """The first of some mistakes: those that rose most against the baseline ("worst"), that are most frequent in
        any run ("most"; "worst" of one run alone), fell most ("best"), or by name."""
        if order == "name":
            return cells[:most]
        others = [place for place, run in enumerate(self.runs) if run is not None and place != self.base]
        moved = [self.deltas(place, cells, norm) for place in others] if self.runs[self.base] is not None else []
        frequent = _highest([run.values(cells, norm) for run in self.runs if run is not None], len(cells))
        if order == "most" or not moved:
            ranks: list[Any] = [cells, -frequent]
        elif order == "best":
            ranks = [cells, -frequent, -_highest([-one for one in moved], len(cells))]
        else:
            ranks = [cells, -frequent, -_highest(moved, len(cells))]
        return cells[np.lexsort(ranks)[:most]]


def _highest(columns: Sequence[Floats], size: int) -> Floats:
    """The highest of several values of each of `size` cells, -inf where none has one."""
    found = np.full(size, -np.inf)
    for one in columns:
        found = np.fmax(found, one)
    return found


def _there(value: float) -> float | None:
    return None if value != value else value


def searched(classes: Sequence[str], text: str) -> list[str] | None:
    """The classes that a search means: the one of this very name, else those with it in theirs; None without one."""
    wanted = text.strip().lower()
    if not wanted:
        return None
    same = [name for name in classes if name.lower() == wanted]
    return same or [name for name in classes if wanted in name.lower()]


def risen(aligned: Aligned, most: int) -> list[tuple[int, ConfusionRow]]:
    """The mistakes that rose most among all examples, each with the place of the run in which it did.

    Values and deltas are shares of the actual class.
    """
    cells = aligned.mistakes()
    found: list[tuple[int, ConfusionRow]] = []
    for row_cells in aligned.ranked(cells, "all", "worst", most).reshape(-1, 1):
        deltas = [float(aligned.deltas(place, row_cells, "all")[0]) for place in range(len(aligned.runs))]
        there = [(delta, place) for place, delta in enumerate(deltas) if delta > 0]
        if there:
            found.append((max(there)[1], aligned.rows(row_cells, "row")[0]))
    return found
