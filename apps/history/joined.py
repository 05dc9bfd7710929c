"""One series over another: y where x is the value that another key of the run had at the same step, or last before.

Few points are joined one by one. Of many, the cells of both series are: a cell of y is drawn at the last finite value
that x had in the same cell or before, so a point's x is that of a step less than one cell away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.history.batches import Floats, Ints
from apps.history.buckets import (
    FIRST,
    LAST,
    MAX,
    MAX_STEP,
    MIN,
    MIN_STEP,
    NAN_N,
    START,
    Buckets,
    N,
    Points,
    compiled,
    joined_points,
    merged,
)
from apps.history.downsample import CELLS_PER_PIXEL, KINDS, cell_shift
from apps.history.neighbours import last_before
from apps.history.reading import Piece, Want, read

NARROWINGS = 6  # at most so often a range of x is looked for in finer cells
Span = tuple[float | None, float | None]  # a range of x, both ends included; None is as far as there are points


class Placed(NamedTuple):
    """Points in the order of steps: x, y float64 (n,), y not always finite; stands: how many points each stands for, 0
    for all but the first of a cell.
    """

    x: Floats
    y: Floats
    stands: Ints


NOTHING = Placed(np.zeros(0), np.zeros(0), np.zeros(0, np.int64))


@dataclass
class Pair:
    """A run's two series while they are joined. lo, hi: the steps that may lie in the range of x."""

    y: list[Piece]
    x: list[Piece]
    lo: int = 0
    hi: int = -1
    placed: Placed = NOTHING
    unplaced: int = 0
    raw: bool = True
    level: int = 0


class Path(NamedTuple):
    """A line as it is drawn, in order of x: y is NaN where it breaks. nonfinite: (x, kind, n)."""

    x: Floats
    y: Floats
    stored: int
    nonfinite: list[tuple[float, str, int]]


def join(pairs: Sequence[Pair], span: Span, px: int) -> None:
    """Place the points of every pair that may lie in the span. Call inside series_snapshot(); few queries for all."""
    for pair in pairs:
        shown = [piece for piece in pair.y if piece.first_step <= piece.hi]
        pair.lo = min((piece.first_step for piece in shown), default=0)
        pair.hi = max((min(piece.last_step, piece.hi) for piece in shown), default=-1)
    _narrow(pairs, span, px)
    shifts = [cell_shift(pair.lo, pair.hi, px) if pair.lo <= pair.hi else 0 for pair in pairs]
    ys, xs = _cells([pair.y for pair in pairs], pairs, shifts), _cells([pair.x for pair in pairs], pairs, shifts)
    before = _before(pairs)
    few = []
    for pair, y, x, first in zip(pairs, ys, xs, before, strict=True):
        pair.raw = max(int(y.cells.points.sum()), int(x.cells.points.sum())) <= CELLS_PER_PIXEL * px
        if pair.raw:
            few.append((pair, first))
            continue
        pair.level = max(y.level, x.level)
        _place_cells(pair, y.cells, x.cells, first)
    points = iter(read([Want(piece, pair.lo, min(pair.hi, piece.hi), None) for pair, _ in few for piece in pair.y]))
    others = iter(read([Want(piece, pair.lo, min(pair.hi, piece.hi), None) for pair, _ in few for piece in pair.x]))
    for pair, first in few:
        y_points = joined_points([next(points).points for _ in pair.y])
        x_points = joined_points([next(others).points for _ in pair.x])
        _place_points(pair, y_points, x_points, first)


def _narrow(pairs: Sequence[Pair], span: Span, px: int) -> None:
    """Cut each pair's steps down to the cells, and one more on each side, in which x may be inside the span."""
    if span == (None, None):
        return
    least, most = (-np.inf if span[0] is None else span[0]), (np.inf if span[1] is None else span[1])
    left = [pair for pair in pairs if pair.lo <= pair.hi]
    for _ in range(NARROWINGS):
        if not left:
            return
        shifts = [cell_shift(pair.lo, pair.hi, px) for pair in left]
        cells = _cells([pair.x for pair in left], left, shifts)
        again = []
        for pair, found, shift, first in zip(left, cells, shifts, _before(left), strict=True):
            some = found.cells.part(found.cells.ints[N] > 0)
            start = np.append(pair.lo, np.maximum(pair.lo, some.ints[START]))
            end = np.append(start[1:] - 1, pair.hi)
            carried = np.append(np.nan if first is None else first, some.floats[LAST])
            low = np.append(carried[0], np.fmin(some.floats[MIN], carried[:-1]))
            high = np.append(carried[0], np.fmax(some.floats[MAX], carried[:-1]))
            inside = np.flatnonzero((low <= most) & (high >= least))
            if not len(inside):
                pair.lo, pair.hi = 0, -1
                continue
            wide = pair.hi - pair.lo
            reach = 2**shift
            pair.lo = max(pair.lo, int(start[inside[0]]) - reach)
            pair.hi = min(pair.hi, int(end[inside[-1]]) + reach)
            if pair.hi - pair.lo <= wide // 2 and shift:
                again.append(pair)
        left = again


class _Line(NamedTuple):
    cells: Buckets
    level: int


def _cells(lines: Sequence[list[Piece]], pairs: Sequence[Pair], shifts: Sequence[int]) -> list[_Line]:
    """The cells of every line over its pair's steps: one query per level."""
    wants = [
        Want(piece, pair.lo, min(pair.hi, piece.hi), shift)
        for line, pair, shift in zip(lines, pairs, shifts, strict=True)
        for piece in line
    ]
    found = iter(read(wants))
    result = []
    for line, shift in zip(lines, shifts, strict=True):
        some = [next(found) for _ in line]
        result.append(_Line(merged([one.cells for one in some], shift), max((one.level for one in some), default=0)))
    return result


def _before(pairs: Sequence[Pair]) -> list[float | None]:
    """The last finite x before each pair's steps."""
    return last_before([pair.x for pair in pairs], [pair.lo for pair in pairs])


def _last_known(steps: Ints, of: Ints, values: Floats, first: float | None) -> Floats:
    """The last of values (at the steps `of`, ascending) up to each of steps; `first` before them, NaN for None."""
    known = np.append(np.nan if first is None else first, values)
    result: Floats = known[np.searchsorted(of, steps, side="right")]
    return result


def _place_points(pair: Pair, y: Points, x: Points, first: float | None) -> None:
    good = x.part(np.isfinite(x.value))
    at = _last_known(y.step, good.step, good.value, first)
    placed = ~np.isnan(at)
    pair.unplaced = int(np.count_nonzero(~placed))
    pair.placed = Placed(at[placed], y.value[placed], np.ones(int(placed.sum()), np.int64))


def _place_cells(pair: Pair, y: Buckets, x: Buckets, first: float | None) -> None:
    good = x.part(x.ints[N] > 0)
    at = _last_known(y.ints[START], good.ints[START], good.floats[LAST], first)
    placed = ~np.isnan(at)
    pair.unplaced = int(y.points[~placed].sum())
    y, at = y.part(placed), at[placed]
    some = y.ints[N] > 0
    low_first = y.ints[MIN_STEP] <= y.ints[MAX_STEP]
    one, other = np.where(low_first, y.floats[MIN], y.floats[MAX]), np.where(low_first, y.floats[MAX], y.floats[MIN])
    values = [
        np.column_stack([y.floats[FIRST], one, other, y.floats[LAST]])[some].ravel(),
        *(np.full(np.count_nonzero(y.ints[NAN_N + kind]), odd) for kind, odd in enumerate((np.nan, np.inf, -np.inf))),
    ]
    counts = np.zeros((np.count_nonzero(some), 4), np.int64)
    counts[:, 0] = y.ints[N][some]
    odd = [y.ints[NAN_N + kind] > 0 for kind in range(3)]
    pair.placed = Placed(
        np.concatenate([np.repeat(at[some], 4), *(at[mask] for mask in odd)]),
        np.concatenate(values),
        np.concatenate([counts.ravel(), *(y.ints[NAN_N + kind][mask] for kind, mask in enumerate(odd))]),
    )


def whole_span(pairs: Sequence[Pair], span: Span) -> tuple[float, float]:
    """The span with what it leaves open: from the least to the greatest x of all pairs; 0 to 0 without any."""
    lows = [float(pair.placed.x.min()) for pair in pairs if len(pair.placed.x)]
    highs = [float(pair.placed.x.max()) for pair in pairs if len(pair.placed.x)]
    start = min(lows, default=0.0) if span[0] is None else span[0]
    end = max(highs, default=0.0) if span[1] is None else span[1]
    return (start, end) if start <= end else (start, start) if span[0] is not None else (end, end)


def path(pair: Pair, start: float, end: float, px: int) -> Path:
    """What is drawn of a pair: all its points when they were joined one by one, else those of each pixel column.

    Beside the range comes the nearest point on each side, where it was read.
    """
    order = np.argsort(pair.placed.x, kind="stable")
    x, y, stands = pair.placed.x[order], pair.placed.y[order], pair.placed.stands[order]
    inside = (x >= start) & (x <= end)
    finite = np.isfinite(y)
    columns = np.zeros(len(x), np.int64)
    if end > start:
        share = (x[inside] / 2 - start / 2) / (end / 2 - start / 2)
        columns[inside] = np.minimum((share * px).astype(np.int64), px - 1)
    nonfinite: list[tuple[float, str, int]] = []
    breaks: dict[int, float] = {}
    for kind, odd in zip(KINDS, (np.isnan(y), y == np.inf, y == -np.inf), strict=True):
        some = np.flatnonzero(inside & odd)
        for column in np.unique(columns[some]).tolist():
            of_column = some[columns[some] == column]
            least = float(x[of_column[0]])
            nonfinite.append((least, kind, int(stands[of_column].sum())))
            breaks[column] = min(least, breaks.get(column, least))
    drawn = np.flatnonzero(inside & finite)
    if not pair.raw and len(drawn):
        drawn = drawn[_extremes(columns[drawn], y[drawn])]
        drawn = drawn[np.append(True, (np.diff(x[drawn]) != 0) | (np.diff(y[drawn]) != 0))]
    for column in np.unique(columns[drawn]).tolist():
        breaks.pop(column, None)
    sides = np.flatnonzero((x < start) & finite)[-1:], np.flatnonzero((x > end) & finite)[:1]
    gaps = np.array(sorted(breaks.values()))
    xs, ys = x[drawn], y[drawn]
    places = np.searchsorted(xs, gaps)
    xs, ys = np.insert(xs, places, gaps), np.insert(ys, places, np.nan)
    xs = np.concatenate([x[sides[0]], xs, x[sides[1]]])
    ys = np.concatenate([y[sides[0]], ys, y[sides[1]]])
    return Path(xs, ys, int(stands[inside].sum()), sorted(nonfinite))


@compiled
def _extremes(column: Ints, y: Floats) -> Ints:
    """Places of the first, last, lowest and highest of each run of equal columns, ascending; ties to the earlier."""
    n = len(column)
    kept = np.empty(n, np.int64)
    count = 0
    i = 0
    while i < n:
        j = low = high = i
        while j < n and column[j] == column[i]:
            if y[j] < y[low]:
                low = j
            if y[j] > y[high]:
                high = j
            j += 1
        last = -1
        for place in (i, min(low, high), max(low, high), j - 1):
            if place != last:
                kept[count] = place
                count += 1
            last = place
        i = j
    return kept[:count]
