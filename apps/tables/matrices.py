"""A confusion matrix: how often examples of each class were taken for each class. Pure, no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Matrix:
    """classes: their names, each once, in the order they were sent.

    actual, predicted, counts: int64 (m,), the cells that are not 0, as places in classes; by actual, then predicted.
    """

    classes: list[str]
    actual: Ints
    predicted: Ints
    counts: Ints

    @property
    def total(self) -> int:
        """How many examples there are."""
        return int(self.counts.sum())

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Each class's place, from 0."""
        return {name: place for place, name in enumerate(self.classes)}

    @cached_property
    def actual_totals(self) -> Ints:
        """How many examples each class has, shape (n,)."""
        return _summed(self.actual, self.counts, len(self.classes))

    @cached_property
    def predicted_totals(self) -> Ints:
        """How many examples were taken for each class, shape (n,)."""
        return _summed(self.predicted, self.counts, len(self.classes))

    def dense(self) -> Ints:
        """All cells, shape (n, n): rows are actual classes, columns predicted ones."""
        whole = np.zeros((len(self.classes), len(self.classes)), np.int64)
        whole[self.actual, self.predicted] = self.counts
        return whole


def matrix_of(classes: Sequence[str], actual: ArrayLike, predicted: ArrayLike, counts: ArrayLike) -> Matrix:
    """A matrix of cells in any order, each given once; cells of 0 are dropped."""
    rows, columns, numbers = (np.asarray(one, np.int64) for one in (actual, predicted, counts))
    there = np.flatnonzero(numbers)
    order = there[np.lexsort((columns[there], rows[there]))]
    return Matrix(list(classes), rows[order], columns[order], numbers[order])


def dense_matrix(classes: Sequence[str], counts: ArrayLike) -> Matrix:
    """A matrix of all its cells, shape (n, n)."""
    whole = np.asarray(counts, np.int64).reshape(len(classes), len(classes))
    rows, columns = np.nonzero(whole)
    return Matrix(list(classes), rows.astype(np.int64), columns.astype(np.int64), whole[rows, columns])


def _summed(places: Ints, counts: Ints, classes: int) -> Ints:
    """Exact up to 2^53 in all, which is the most a matrix holds."""
    return np.bincount(places, weights=counts, minlength=classes).astype(np.int64)
