"""Which points a chart draws: cells over the range, then first, last, lowest and highest point of each pixel column.

Source: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", PVLDB 7(10), 2014. Here the input of
M4 is not every point but the first, last, lowest and highest of each cell, so that an answer costs the same however
many points are stored. No extreme is lost: the lowest of a column is the lowest of its cells.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.history.batches import Floats, Ints
from apps.history.buckets import (
    FIRST,
    FIRST_LEVEL,
    FIRST_STEP,
    FIRST_TIME,
    LAST,
    LAST_STEP,
    LAST_TIME,
    MAX,
    MAX_STEP,
    MAX_TIME,
    MIN,
    MIN_STEP,
    MIN_TIME,
    NAN_N,
    NAN_STEP,
    NAN_TIME,
    NINF_N,
    NINF_STEP,
    NINF_TIME,
    PINF_N,
    PINF_STEP,
    PINF_TIME,
    Buckets,
    N,
    Points,
    compiled,
    fold_buckets,
    mean,
)

CELLS_PER_PIXEL = 4
SPIKES = 4  # so many cells of a line are cut at the border of two pixel columns
KINDS = ("nan", "inf", "-inf")
_EXACT_BITS = 50  # a span of so many bits can be multiplied by the pixels without overflow
_COUNTS = (NAN_N, PINF_N, NINF_N)
_AT_STEP = (NAN_STEP, PINF_STEP, NINF_STEP)
_AT_TIME = (NAN_TIME, PINF_TIME, NINF_TIME)


def cell_shift(start: int, end: int, px: int) -> int:
    """The coarsest grid of 2**shift steps with at least 4·px cells from start to end; 0 when none has so many.

    Where that is 2**5, it is 2**6, the finest that is stored: 2 to 4 cells a pixel, instead of all the points of the
    widest range that would need them.
    """
    shift = max(0, (end - start + 1).bit_length())
    while shift and (end >> shift) - (start >> shift) + 1 < CELLS_PER_PIXEL * px:
        shift -= 1
    return FIRST_LEVEL if shift == FIRST_LEVEL - 1 else min(shift, 63)


class Axis(NamedTuple):
    """The x range start to end, both inclusive, cut into px pixel columns."""

    start: int
    end: int
    px: int

    def columns(self, x: Ints) -> Ints:
        """The pixel column, 0..px-1, of each x inside the range: (x - start) · px // width, in integers.

        Ranges wider than 2**50 are first divided by a power of two so that the product fits.
        """
        shift, width = self._scale()
        offset = (x.astype(np.uint64) - np.uint64(self.start % 2**64)) >> np.uint64(shift)
        return (offset.astype(np.int64) * self.px) // width

    def end_of_column(self, x: int) -> int:
        """The last x in the pixel column of an x inside the range; of the last column it may lie past the end."""
        shift, width = self._scale()
        column = ((x - self.start) >> shift) * self.px // width
        return self.start + (-(-(column + 1) * width // self.px) << shift) - 1

    def start_of_column(self, x: int, back: int = 0) -> int:
        """The first x in the pixel column of an x inside the range, or so many columns before it."""
        shift, width = self._scale()
        column = max(0, ((x - self.start) >> shift) * self.px // width - back)
        return self.start + (-(-column * width // self.px) << shift)

    def _scale(self) -> tuple[int, int]:
        """By how many bits an offset is cut so that it can be multiplied, and the width in what is left."""
        width = self.end - self.start + 1
        shift = max(0, (width - 1).bit_length() - _EXACT_BITS)
        return shift, ((width - 1) >> shift) + 1


def grown(axis: Axis) -> Axis:
    """An axis whose columns stay where they are until its range is twice as wide: the width is a power of two.

    Half as many columns again, so that the part in use has three quarters of those asked for, to one and a half.
    """
    end = axis.start + (1 << (axis.end - axis.start).bit_length()) - 1
    return axis if end >= 2**63 else Axis(axis.start, end, axis.px * 3 // 2)


def spiky_cells(cells: Buckets, axis: Axis, at_most: int) -> Ints:
    """Places of the cells over steps that would paint a spike too wide, ascending, at most so many.

    A cell across the border of two pixel columns tells only its last point of what comes after its spike, and that
    lies in the next column: the line would fall back there. They are the cells across a border whose values differ by
    more than 8 times the (lower) median cell's; of too many the widest, then the earliest.
    """
    filled = cells.ints[N] > 0
    with np.errstate(over="ignore"):
        span = cells.floats[MAX] - cells.floats[MIN]  # 0 where there is no finite point
        known = span if filled.all() else span[filled]
        if not len(known):
            return np.zeros(0, np.int64)
        some = np.flatnonzero(span > 8 * np.partition(known, (len(known) - 1) // 2)[(len(known) - 1) // 2])
    span = span[some]
    across = axis.columns(cells.ints[FIRST_STEP][some]) != axis.columns(cells.ints[LAST_STEP][some])
    some, span = some[across], span[across]
    if len(some) > at_most:
        some = np.sort(some[np.argsort(-span, kind="stable")[:at_most]])
    return some


def cut_points(border: int, grid: int) -> list[int]:
    """Where a cell is cut around the 2**grid steps that a border between pixel columns goes through; or at it."""
    start = border >> grid << grid
    return [border] if start == border else [start, start + 2**grid]


class Drawn(NamedTuple):
    """A line as it is drawn: y is NaN where it breaks. nonfinite: (x, kind, n). low, high: only for means."""

    x: Ints
    y: Floats
    nonfinite: list[tuple[int, str, int]]
    low: Floats | None = None
    high: Floats | None = None


@compiled
def _candidates(ints: Ints, floats: Floats, rows: tuple[int, int, int, int]) -> tuple[Ints, Floats]:
    """First, lowest, highest and last point of every cell in step order (lowest before highest at one step), once each.

    rows: where the x of first, last, lowest and highest are.
    """
    n = ints.shape[1]
    xs = np.empty(4 * n, np.int64)
    ys = np.empty(4 * n, np.float64)
    count = 0
    for i in range(n):
        if ints[N, i] == 0:
            continue
        low_first = ints[MIN_STEP, i] <= ints[MAX_STEP, i]
        begin = count
        for turn in range(4):
            if turn == 0:
                x, y = ints[rows[0], i], floats[FIRST, i]
            elif turn == 3:
                x, y = ints[rows[1], i], floats[LAST, i]
            elif (turn == 1) == low_first:
                x, y = ints[rows[2], i], floats[MIN, i]
            else:
                x, y = ints[rows[3], i], floats[MAX, i]
            seen = False
            for j in range(begin, count):
                if xs[j] == x and ys[j] == y:
                    seen = True
            if not seen:
                xs[count] = x
                ys[count] = y
                count += 1
    return xs[:count], ys[:count]


@compiled
def _extremes(column: Ints, xs: Ints, ys: Floats) -> tuple[Ints, Floats]:
    """The first, last, lowest and highest point of each run of equal columns; ties go to the earlier; equals once."""
    n = len(xs)
    kept_x = np.empty(n, np.int64)
    kept_y = np.empty(n, np.float64)
    count = 0
    i = 0
    while i < n:
        j = i
        low = high = i
        while j < n and column[j] == column[i]:
            if ys[j] < ys[low]:
                low = j
            if ys[j] > ys[high]:
                high = j
            j += 1
        begin = count
        for one in (i, min(low, high), max(low, high), j - 1):
            seen = False
            for other in range(begin, count):
                if kept_x[other] == xs[one] and kept_y[other] == ys[one]:
                    seen = True
            if not seen:
                kept_x[count] = xs[one]
                kept_y[count] = ys[one]
                count += 1
        i = j
    return kept_x[:count], kept_y[:count]


def drawn_cells(cells: Buckets, axis: Axis, x: str) -> Drawn:
    """The M4 points of cells, which lie inside the axis' range and are in step order. x: "step" or "time"."""
    steps = x == "step"
    rows = (FIRST_STEP, LAST_STEP, MIN_STEP, MAX_STEP) if steps else (FIRST_TIME, LAST_TIME, MIN_TIME, MAX_TIME)
    xs, ys = _candidates(cells.ints, cells.floats, rows)
    column = axis.columns(xs)
    if not steps and np.any(column[1:] < column[:-1]):
        order = np.argsort(column, kind="stable")
        xs, ys, column = xs[order], ys[order], column[order]
    xs, ys = _extremes(column, xs, ys)
    return _with_markers(xs, ys, cells, axis, steps)


def drawn_points(points: Points, cells: Buckets, axis: Axis, x: str) -> Drawn:
    """All the finite points, in order of x; cells: the same points as buckets, one per point that is not finite."""
    good = np.isfinite(points.value)
    xs = (points.step if x == "step" else points.time)[good]
    return _with_markers(xs, points.value[good], cells, axis, x == "step")


def drawn_means(cells: Buckets, axis: Axis, x: str) -> Drawn:
    """Per pixel column the mean, lowest and highest of the cells whose first finite point lies in it.

    x: the middle between the column's first and last finite point.
    """
    steps = x == "step"
    first, last = (FIRST_STEP, LAST_STEP) if steps else (FIRST_TIME, LAST_TIME)
    some = cells.part(cells.ints[N] > 0)
    column = axis.columns(some.ints[first])
    if not steps and np.any(column[1:] < column[:-1]):
        order = np.argsort(column, kind="stable")
        some, column = some.part(order), column[order]
    begins = np.flatnonzero(np.append(True, column[1:] != column[:-1])) if len(column) else np.zeros(0, np.int64)
    folded = fold_buckets(some, 0, np.append(begins, len(column)))
    lo = np.minimum(folded.ints[first], folded.ints[last])
    xs = lo + (np.abs(folded.ints[last] - folded.ints[first]) >> 1)
    drawn = _with_markers(xs, mean(folded), cells, axis, steps)
    low, high = np.full(len(drawn.x), np.nan), np.full(len(drawn.x), np.nan)
    real = ~np.isnan(drawn.y)
    low[real], high[real] = folded.floats[MIN], folded.floats[MAX]
    return drawn._replace(low=low, high=high)


def _with_markers(xs: Ints, ys: Floats, cells: Buckets, axis: Axis, steps: bool) -> Drawn:
    """Add markers, one per column and kind, and a break where a column has only points that are not finite."""
    if not steps and np.any(xs[1:] < xs[:-1]):
        order = np.argsort(xs, kind="stable")
        xs, ys = xs[order], ys[order]
    nonfinite: list[tuple[int, str, int]] = []
    breaks: dict[int, int] = {}  # column: least x
    for kind, counts, at in zip(KINDS, _COUNTS, _AT_STEP if steps else _AT_TIME, strict=True):
        some = np.flatnonzero(cells.ints[counts])
        if not len(some):
            continue
        x, n = cells.ints[at][some], cells.ints[counts][some]
        per_column: dict[int, tuple[int, int]] = {}
        for column, one, count in zip(axis.columns(x).tolist(), x.tolist(), n.tolist(), strict=True):
            least, total = per_column.get(column, (one, 0))
            per_column[column] = (min(least, one), total + count)
        for column, (least, total) in per_column.items():
            nonfinite.append((least, kind, total))
            breaks[column] = min(breaks.get(column, least), least)
    if not breaks:
        return Drawn(xs, ys, nonfinite)
    nonfinite.sort()
    for column in np.unique(axis.columns(xs)).tolist() if len(xs) else []:
        breaks.pop(column, None)
    if breaks:
        gaps = np.array(sorted(breaks.values()), np.int64)
        places = np.searchsorted(xs, gaps)
        xs, ys = np.insert(xs, places, gaps), np.insert(ys, places, np.nan)
    return Drawn(xs, ys, nonfinite)


# --- Time: cells are step cells whose points lie close together in time ---


@compiled
def _close_cells(
    start: Ints, time_min: Ints, time_max: Ints, begin: int, end: int, extent: int, bottom: int
) -> tuple[Ints, Ints, Ints]:
    """Walk the dyadic cells of sorted items from the top: whole, split or unresolved. See close_cells."""
    n = len(start)
    lows = np.empty(n, np.int64)
    highs = np.empty(n, np.int64)
    fate = np.empty(n, np.int64)
    count = 0
    stack_lo = np.empty(200, np.int64)
    stack_hi = np.empty(200, np.int64)
    stack_shift = np.empty(200, np.int64)
    top = 0
    if n:
        stack_lo[0], stack_hi[0], stack_shift[0] = 0, n, 64
        top = 1
    while top:
        top -= 1
        lo, hi, shift = stack_lo[top], stack_hi[top], stack_shift[top]
        least, most = time_min[lo], time_max[lo]
        for i in range(lo + 1, hi):
            least = min(least, time_min[i])
            most = max(most, time_max[i])
        if most < begin or least > end:
            continue
        if extent >= 0 and least >= begin and most <= end and np.uint64(most) - np.uint64(least) <= np.uint64(extent):
            lows[count], highs[count], fate[count] = lo, hi, 1
            count += 1
            continue
        # The next smaller cell that tells first from last; items of one bottom cell stay together.
        while shift > bottom and (start[lo] >> (shift - 1)) == (start[hi - 1] >> (shift - 1)):
            shift -= 1
        if shift <= bottom:
            lows[count], highs[count], fate[count] = lo, hi, 0
            count += 1
            continue
        middle = lo
        while (start[middle] >> (shift - 1)) == (start[lo] >> (shift - 1)):
            middle += 1
        stack_lo[top], stack_hi[top], stack_shift[top] = middle, hi, shift - 1
        top += 1
        stack_lo[top], stack_hi[top], stack_shift[top] = lo, middle, shift - 1
        top += 1
    return lows[:count], highs[:count], fate[:count]


def close_cells(
    start: Ints, time_min: Ints, time_max: Ints, axis: Axis, bottom: int, exact: bool = False
) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Group items (buckets of 2**bottom steps, or points for bottom 0) into the largest dyadic step cells that lie in
    the axis' range and whose times differ by at most a quarter of a pixel column.

    start: (n,) sorted. Returns slices lows, highs and whether each is such a cell; one that is not is a single cell of
    2**bottom steps, and must be looked at in finer detail. Items outside the range are in none. exact: no cell will do.
    """
    extent = -1 if exact else min((axis.end - axis.start + 1) // (CELLS_PER_PIXEL * axis.px), 2**63 - 1)
    lows, highs, fate = _close_cells(start, time_min, time_max, axis.start, axis.end, extent, bottom)
    return lows, highs, fate == 1
