"""Smoothing: a moving average of all points so far, whose weights halve every half-life along x.

At a point x it is S = Σ vᵢ 2^(-(x - xᵢ)/h) / Σ 2^(-(x - xᵢ)/h) over the finite points with xᵢ ≤ x, from the first of
the series on. Dividing by the weights takes the bias out that a start at 0 would have. Points come in cells: those of
a cell count as if they lay in the middle of its first and last, so that S is off by at most
(2^(cell/h) - 1) · (highest - lowest value). Points more than 64 half-lives before a point are left out: each would
weigh less than 2^-64.
"""

import math
from dataclasses import dataclass

import numpy as np

from apps.history.batches import Floats, Ints
from apps.history.buckets import (
    FIRST_LEVEL,
    FIRST_STEP,
    FIRST_TIME,
    LAST_STEP,
    LAST_TIME,
    Buckets,
    N,
    compiled,
    mean,
)
from apps.history.downsample import CELLS_PER_PIXEL, Axis
from apps.history.reading import STEP_MIN

HALF_LIVES = 64  # so far back points count
PER_HALF_LIFE = 16  # cells a half-life, at least
MAX_COLUMNS = 16_384  # of a range of time


@dataclass(frozen=True)
class Smooth:
    """A smoothed line: x int64 (m,), y float64 (m,). cell: width of the widest cells it was made from, in x."""

    x: Ints
    y: Floats
    cell: int


def step_shifts(half_life: float, drawn: int) -> tuple[int, int]:
    """The grids of cells left of the range, and in it, for a line whose drawn cells have 2**drawn steps.

    In the range they are no wider than those drawn. Cells narrower than the finest that are stored are made only where
    the drawn ones are, since they must be read from points.
    """
    left = max(0, math.frexp(half_life / PER_HALF_LIFE)[1] - 1)
    inside = min(drawn, max(left, FIRST_LEVEL if drawn >= FIRST_LEVEL else 0))
    return min(left if drawn < FIRST_LEVEL else max(left, inside), 62), inside


def reach(half_life: float) -> int:
    """How far left of a point others count, in units of x; and how far left of a range its first point is drawn."""
    return min(2**64, math.ceil(HALF_LIVES * half_life))


def time_columns(half_life: float, width: int) -> int:
    """How many columns a range of time of this width needs for cells of 1/16 of a half-life, as far as that is few."""
    return min(MAX_COLUMNS, math.ceil(PER_HALF_LIFE * width / half_life / CELLS_PER_PIXEL))


@compiled
def _averages(apart: Floats, weight: Floats, value: Floats, half_life: float) -> Floats:
    """S after each cell. apart: (n,) how far the cell is from the one before it."""
    result = np.empty(len(value), np.float64)
    total = 0.0
    now = 0.0
    for i in range(len(value)):
        total = total * 2.0 ** (-apart[i] / half_life) + weight[i]
        share = weight[i] / total
        now = now * (1.0 - share) + value[i] * share
        result[i] = now
    return result


def smoothed(cells: Buckets, half_life: float, axis: Axis, x: str) -> tuple[Ints, Floats]:
    """S at the last finite point of cells with sums: of the last cell before the range and in reach of it, of the last
    one of each pixel column, and of the first one after it. Returns (x, S).
    """
    first, last = (FIRST_STEP, LAST_STEP) if x == "step" else (FIRST_TIME, LAST_TIME)
    some = cells.part(cells.ints[N] > 0)
    ends = np.maximum(some.ints[first], some.ints[last])
    if np.any(ends[1:] < ends[:-1]):
        order = np.argsort(ends, kind="stable")
        some, ends = some.part(order), ends[order]
    begins = np.minimum(some.ints[first], some.ints[last])
    half = (ends.astype(np.uint64) - begins.astype(np.uint64)).astype(np.float64) / 2
    # Differences are taken before they become floats, which do not hold every step.
    apart = (ends[1:].astype(np.uint64) - ends[:-1].astype(np.uint64)).astype(np.float64)
    apart = np.append(0.0, np.maximum(0.0, apart - half[1:] + half[:-1]))[: some.size]
    averages = _averages(apart, some.ints[N].astype(np.float64), mean(some), half_life)
    inside = np.flatnonzero((ends >= axis.start) & (ends <= axis.end))
    column = axis.columns(ends[inside])
    kept = inside[np.append(column[1:] != column[:-1], True)[: len(inside)]]
    left = np.flatnonzero((ends < axis.start) & (ends >= max(STEP_MIN, axis.start - reach(half_life))))
    chosen = np.concatenate([left[-1:], kept, np.flatnonzero(ends > axis.end)[:1]])
    return ends[chosen], averages[chosen]
