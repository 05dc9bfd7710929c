"""Bands: the same metric of many runs as a mean with its spread, cell by cell.

A cell is a stretch of 2**shift steps. Each run counts once in it, by the mean of its finite values there; the lowest
and highest are of all points.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.history.batches import Floats, Ints
from apps.history.buckets import (
    FIRST_STEP,
    LAST_STEP,
    MAX,
    MIN,
    NAN_N,
    NAN_STEP,
    START,
    Buckets,
    N,
    fold_buckets,
    joined_buckets,
    mean,
)
from apps.history.downsample import KINDS


@dataclass(frozen=True)
class Band:
    """One group's part of an answer: m cells that hold points, in order.

    x int64 (m,): middle of the cell's first and last finite step; mean, std (of a sample: n - 1), stderr float64 (m,)
    over runs, n int64 (m,) of them; low, high (m,) over all points. Without finite points a cell has n 0 and NaN
    elsewhere, so that the band breaks; std and stderr of one run are NaN. cell: its width in steps, a power of two.
    """

    name: str
    run_ids: tuple[int, ...]
    shown: int
    x: Ints
    mean: Floats
    std: Floats
    stderr: Floats
    n: Ints
    low: Floats
    high: Floats
    stored: int
    superseded: int
    cell: int
    level: int
    nonfinite: list[tuple[int, str, int]]


def band_shift(start: int, end: int, px: int) -> int:
    """The coarsest grid of 2**shift steps with at least px cells from start to end; 0 when none has so many."""
    shift = max(0, (end - start + 1).bit_length())
    while shift and (end >> shift) - (start >> shift) + 1 < px:
        shift -= 1
    return min(shift, 63)


def wide_enough(cells: Sequence[Buckets], shift: int) -> int:
    """The shift at which a band's cells, each run's at 2**shift steps, are no narrower than any run's usual gap.

    A run's usual gap is the (lower) median of the steps from one cell's first finite point to the next one's. It is no
    less than the median gap between points, if that is wider than a cell: narrower cells would hold now these runs,
    now those, and their mean would jump between them.
    """
    widest = 0
    for of_run in cells:
        first = of_run.ints[FIRST_STEP][of_run.ints[N] > 0].astype(np.uint64)
        if len(first) > 1:
            gaps = first[1:] - first[:-1]
            middle = (len(gaps) - 1) // 2
            widest = max(widest, int(np.partition(gaps, middle)[middle]))
    return min(max(shift, (widest - 1).bit_length() if widest else 0), 63)


def band(
    name: str, run_ids: tuple[int, ...], cells: Sequence[Buckets], shift: int, *, superseded: int = 0, level: int = 0
) -> Band:
    """The band of a group. cells: those of 2**shift steps of each of its runs that has any, with sums, in order."""
    together = joined_buckets([*cells])
    start = np.unique(together.ints[START])
    size = len(start)
    n, largest = np.zeros(size, np.int64), np.zeros(size)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    first, last = np.full(size, 2**63 - 1, np.int64), np.full(size, -(2**63), np.int64)
    of_runs = []
    for one in cells:
        some = one.part(one.ints[N] > 0)
        place, value = np.searchsorted(start, some.ints[START]), mean(some)
        of_runs.append((place, value))
        n[place] += 1
        largest[place] = np.maximum(largest[place], np.abs(value))
        low[place], high[place] = np.minimum(low[place], some.floats[MIN]), np.maximum(high[place], some.floats[MAX])
        first[place] = np.minimum(first[place], some.ints[FIRST_STEP])
        last[place] = np.maximum(last[place], some.ints[LAST_STEP])
    # Divided by a power of two near the largest, so that neither sums nor squares leave what a float holds.
    scale = np.frexp(largest)[1]
    total, squares = np.zeros(size), np.zeros(size)
    for place, value in of_runs:
        total[place] += np.ldexp(value, -scale[place])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        middle = total / n
        for place, value in of_runs:
            squares[place] += (np.ldexp(value, -scale[place]) - middle[place]) ** 2
        spread = np.where(n > 1, np.sqrt(squares / np.maximum(1, n - 1)), np.nan)
        std, stderr = np.ldexp(spread, scale), np.ldexp(spread / np.sqrt(n), scale)
    nonfinite, odd = _markers(together, start)
    none = n == 0
    x = np.where(none, odd, np.where(none, 0, first) + ((np.where(none, 0, last) - np.where(none, 0, first)) >> 1))
    low[none], high[none] = np.nan, np.nan
    return Band(
        name,
        run_ids,
        len(cells),
        x,
        np.ldexp(middle, scale),
        std,
        stderr,
        n,
        low,
        high,
        int(together.points.sum()),
        superseded,
        2**shift,
        level,
        nonfinite,
    )


def _markers(together: Buckets, start: Ints) -> tuple[list[tuple[int, str, int]], Ints]:
    """(x of the first, kind, how many) per cell and kind of non-finite points; and the least such x of each cell."""
    nonfinite: list[tuple[int, str, int]] = []
    least = np.full(len(start), 2**63 - 1, np.int64)
    for kind, name in enumerate(KINDS):
        some = together.part(together.ints[NAN_N + kind] > 0)
        if not some.size:
            continue
        place = np.searchsorted(start, some.ints[START])
        at, count = np.full(len(start), 2**63 - 1, np.int64), np.zeros(len(start), np.int64)
        np.minimum.at(at, place, some.ints[NAN_STEP + kind])
        np.add.at(count, place, some.ints[NAN_N + kind])
        least = np.minimum(least, at)
        nonfinite += [(int(at[i]), name, int(count[i])) for i in np.flatnonzero(count)]
    return sorted(nonfinite), least


def coarser(cells: Buckets, shift: int) -> Buckets:
    """A run's cells as ones of 2**shift steps; those that are so wide already stay."""
    return fold_buckets(cells, shift) if cells.size else cells
