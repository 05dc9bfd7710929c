"""Confusion matrices as few cells as a picture can hold, however many classes there are. Pure, no Django."""

from typing import NamedTuple

import numpy as np

from apps.tables.confusions import Aligned, Bools, Floats
from apps.tables.matrices import Ints


class Blocks(NamedTuple):
    """A matrix of k by k blocks, each of per by per classes: its value that is farthest from 0, so that none is lost.

    values: float64 (k, k), actual classes down; missing_rows, missing_columns: bool (k,), those without any value.
    """

    values: Floats
    missing_rows: Bools
    missing_columns: Bools
    per: int


def blocks_of(aligned: Aligned, place: int, norm: str, *, far: bool, classes: Ints, most: int) -> Blocks:
    """Some classes of a run's matrix, given by place, in at most so many blocks along each side."""
    per = max(1, -(-len(classes) // most))
    count = -(-len(classes) // per)
    block = np.full(len(aligned.classes), -1, np.int64)
    block[classes] = np.arange(len(classes)) // per
    cells, values = aligned.values_of(place, norm, far=far)
    actual, predicted = (block[one] for one in np.divmod(cells, max(1, len(block))))
    chosen = np.flatnonzero((actual >= 0) & (predicted >= 0))
    order = chosen[np.argsort(np.abs(values[chosen]), kind="stable")]
    grid = np.zeros(count * count)
    grid[actual[order] * count + predicted[order]] = values[order]  # the last one stays, which is the farthest
    rows, columns = (_all_in(one[classes], per) for one in aligned.missing_classes(place, norm, far=far))
    return Blocks(grid.reshape(count, count), rows, columns, per)


def _all_in(missing: Bools, per: int) -> Bools:
    return np.logical_and.reduceat(missing, np.arange(0, len(missing), per)) if len(missing) else missing
