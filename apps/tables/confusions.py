"""Confusion matrices of several runs beside each other: which mistakes, how often, what changed. Pure, no Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.tables.matrices import Ints, Matrix

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
NORMS = ("row", "counts", "column", "all")
MARKED = 2**24  # cells of an axis that are marked one by one, which is faster than sorting them
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


class _Cells(NamedTuple):
    """Cells of the shared axis of n classes: actual * n + predicted, int64 (m,), and what they are made of.

    ascending: whether they are in order, each once, which makes reading many of them cheap.
    """

    cells: Ints
    actual: Ints
    predicted: Ints
    ascending: bool


@dataclass(frozen=True)
class _Run:
    """A matrix on the shared axis. cells: int64 (m,), ascending; counts: of these.

    actual, predicted: float64 (n,), the totals of its classes, NaN of those it does not have.
    """

    cells: Ints
    counts: Ints
    actual: Floats
    predicted: Floats
    total: int

    def count(self, asked: _Cells) -> Ints:
        """The counts of some cells, 0 where there is none."""
        found = np.zeros(len(asked.cells), np.int64)
        if not len(self.cells) or not len(found):
            return found
        if asked.ascending:
            at = np.minimum(np.searchsorted(asked.cells, self.cells), len(found) - 1)
            same = asked.cells[at] == self.cells
            found[at[same]] = self.counts[same]
            return found
        at = np.minimum(np.searchsorted(self.cells, asked.cells), len(self.cells) - 1)
        return np.where(self.cells[at] == asked.cells, self.counts[at], 0)

    def whole(self, asked: _Cells, norm: str) -> Floats:
        """What the counts of some cells are a share of; NaN where a class is missing, 1 for counts."""
        actual, predicted = self.actual[asked.actual], self.predicted[asked.predicted]
        if norm == "row":
            return actual + 0 * predicted
        if norm == "column":
            return predicted + 0 * actual
        return (self.total if norm == "all" else 1) + 0 * (actual + predicted)

    def values(self, asked: _Cells, norm: str) -> Floats:
        """The normalised values of some cells; NaN where a class is missing or has no examples."""
        with np.errstate(invalid="ignore"):
            shares: Floats = self.count(asked) / self.whole(asked, norm)
        return shares


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
        actual, predicted = np.full(size, np.nan), np.full(size, np.nan)
        actual[places], predicted[places] = matrix.actual_totals, matrix.predicted_totals
        return _Run(cells[order], matrix.counts[order], actual, predicted, matrix.total)

    def _asked(self, cells: Ints, *, ascending: bool = False) -> _Cells:
        return _Cells(cells, *np.divmod(cells, max(1, len(self.classes))), ascending)

    def rows(self, cells: Ints, norm: str) -> list[ConfusionRow]:
        """Some cells in every run, in the order given."""
        asked, base = self._asked(cells), self.runs[self.base]
        before = None if base is None else base.values(asked, norm)
        columns = [
            _column(run, asked, norm, None if place == self.base else before) for place, run in enumerate(self.runs)
        ]
        pairs = zip(asked.actual.tolist(), asked.predicted.tolist(), strict=True)
        return [
            ConfusionRow(self.classes[actual], self.classes[predicted], [column[at] for column in columns])
            for at, (actual, predicted) in enumerate(pairs)
        ]

    def values_of(self, place: int, norm: str, *, far: bool) -> tuple[Ints, Floats]:
        """The cells in which a run has examples, and their values; far: those of the baseline too, and how much more
        or less there is than in it. Without those that have no share."""
        run, base = self.runs[place], self.runs[self.base] if far else None
        if run is None or (far and base is None):
            return np.zeros(0, np.int64), np.zeros(0)
        asked = self._asked(run.cells if base is None else np.union1d(run.cells, base.cells), ascending=True)
        values = run.values(asked, norm) - (0 if base is None else base.values(asked, norm))
        there = ~np.isnan(values)
        return asked.cells[there], values[there]

    def missing_classes(self, place: int, norm: str, *, far: bool) -> tuple[Bools, Bools]:
        """Which classes have no values as actual and as predicted ones: they are missing, or have no examples;
        bool (n,) each. far: in the baseline too."""
        missing = np.zeros((2, len(self.classes)), bool)
        for run in (self.runs[place], *([self.runs[self.base]] if far else [])):
            if run is None:
                return np.ones_like(missing[0]), np.ones_like(missing[1])
            absent = np.isnan(run.actual)
            missing[0] |= absent | (run.actual == 0 if norm == "row" else False)
            missing[1] |= absent | (run.predicted == 0 if norm == "column" else False)
        return missing[0], missing[1]

    def mistakes(self, names: Sequence[str] | None = None) -> Ints:
        """The cells in which any run takes one class for another, ascending; with names those of these classes."""
        if names is None:
            return self._mistakes.cells
        asked = set(names)
        chosen = np.fromiter((name in asked for name in self.classes), bool, len(self.classes))
        return self._mistakes.cells[chosen[self._mistakes.actual] | chosen[self._mistakes.predicted]]

    @cached_property
    def _mistakes(self) -> _Cells:
        size = len(self.classes)
        every = [run.cells for run in self.runs if run is not None]
        if size * size <= MARKED:
            marks = np.zeros(size * size, bool)
            for cells in every:
                marks[cells] = True
            marks[:: size + 1] = False  # what is right
            return self._asked(np.flatnonzero(marks), ascending=True)
        found = np.unique(np.concatenate(every))
        return self._asked(found[found % (size + 1) != 0], ascending=True)

    def ranked(self, cells: Ints, norm: str, order: str, most: int) -> Ints:
        """The first of some mistakes, given ascending: those that rose most against the baseline ("worst"), that are
        most frequent in any run ("most"; "worst" of one run alone), fell most ("best"), or by name."""
        if order == "name":
            return cells[:most]
        frequent, risen, fallen = self._extremes(self._asked(cells, ascending=True), norm)
        moved = {"worst": risen, "best": fallen}.get(order)
        first = frequent if moved is None else moved
        if len(cells) > most:
            near = np.flatnonzero(first >= np.partition(first, -most)[-most])  # few, so that sorting costs little
            cells, frequent, first = cells[near], frequent[near], first[near]
        return cells[np.lexsort((cells, -frequent, -first))[:most]]

    def _extremes(self, asked: _Cells, norm: str) -> tuple[Floats, Floats | None, Floats | None]:
        """Of each cell its highest value in any run, and how far it rose and fell at most against the baseline; None of
        one run alone. -inf where no run has it. One run at a time, so that many cost no more memory than one."""
        frequent, risen, fallen = (np.full(len(asked.cells), -np.inf) for _ in range(3))
        base = self.runs[self.base]
        before = None if base is None else base.values(asked, norm)
        several = False
        for place, run in enumerate(self.runs):
            if run is None:
                continue
            values = before if place == self.base and before is not None else run.values(asked, norm)
            np.fmax(frequent, values, out=frequent)
            if before is not None and place != self.base:
                several = True
                np.fmax(risen, values - before, out=risen)
                np.fmax(fallen, before - values, out=fallen)
        return (frequent, risen, fallen) if several else (frequent, None, None)


def _column(run: _Run | None, asked: _Cells, norm: str, before: Floats | None) -> list[ConfusionCell]:
    """Some cells in one run. before: the baseline's values, None of the baseline itself."""
    if run is None:
        return [ConfusionCell(None, None, None)] * len(asked.cells)
    values = run.values(asked, norm)
    deltas = np.full(len(values), np.nan) if before is None else values - before
    wholes = run.whole(asked, "row" if norm == "counts" else norm)
    found = zip(run.count(asked).tolist(), wholes.tolist(), values.tolist(), deltas.tolist(), strict=True)
    return [
        ConfusionCell(None, None, None)
        if whole != whole
        else ConfusionCell(number, int(whole), _there(value), _there(delta))
        for number, whole, value, delta in found
    ]


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
    cells = aligned.ranked(aligned.mistakes(), "all", "worst", most)
    found: list[tuple[int, ConfusionRow]] = []
    for of_all, of_class in zip(aligned.rows(cells, "all"), aligned.rows(cells, "row"), strict=True):
        rises = [(cell.delta, -place) for place, cell in enumerate(of_all.cells) if (cell.delta or 0) > 0]
        if rises:
            found.append((-max(rises)[1], of_class))
    return found
