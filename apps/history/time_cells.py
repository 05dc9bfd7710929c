"""Cells over time: step cells whose points lie close together in time, so that time can be read without any index."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from apps.history.batches import Ints
from apps.history.buckets import (
    START,
    TIME_MAX,
    TIME_MIN,
    Buckets,
    Points,
    fold_buckets,
    fold_points,
    joined_buckets,
    joined_points,
)
from apps.history.downsample import CELLS_PER_PIXEL, Axis, close_cells
from apps.history.reading import STEP_MIN, Piece, Want, read


class TimeCells(NamedTuple):
    """What one line has in a range of time. points: at least those of the range when they are few."""

    cells: Buckets
    points: Points
    level: int


def read_time_cells(
    lines: Sequence[list[Piece]], axis: Axis, *, sums: bool = False, exact: bool = False
) -> list[TimeCells]:
    """The cells of every line (its attempts) over the axis' range, from the top: one query per level.

    A cell that is not close, or that the range cuts, is replaced by its finer cells, down to points. exact: every cell
    is.
    """
    pieces = [piece for attempts in lines for piece in attempts]
    parts: dict[int, list[Buckets]] = {id(piece): [] for piece in pieces}
    raw: dict[int, list[Points]] = {id(piece): [] for piece in pieces}
    work = [Want(piece, STEP_MIN, piece.hi, max(piece.levels, default=None)) for piece in pieces]
    while work:
        finer: list[Want] = []
        results = read(work, times=True, sums=sums)
        for want, found in zip(work, results, strict=True):
            if want.shift is None:
                inside = (found.points.time >= axis.start) & (found.points.time <= axis.end)
                if np.count_nonzero(inside) <= CELLS_PER_PIXEL * axis.px:
                    raw[id(want.piece)].append(found.points.part(inside))
                parts[id(want.piece)].append(_close_points(found.points, axis))
                continue
            ints = found.cells.ints
            lows, highs, close = close_cells(ints[START], ints[TIME_MIN], ints[TIME_MAX], axis, want.shift, exact)
            parts[id(want.piece)].append(_folded(found.cells, lows[close], highs[close]))
            finer.extend(_deeper(want, ints[START][lows[~close]], _time_level(want.piece, axis)))
        work = finer
    result = []
    for attempts in lines:
        # Attempt by attempt: a cell's START is that of its level's bucket, which may lie before a cut.
        cells = joined_buckets([_by_start(joined_buckets(parts[id(piece)])) for piece in attempts])
        points = joined_points([part for piece in attempts for part in raw[id(piece)]])
        level = max((_time_level(piece, axis) for piece in attempts), default=0)
        result.append(TimeCells(cells, points.part(np.argsort(points.step, kind="stable")), level))
    return result


def _by_start(cells: Buckets) -> Buckets:
    return cells.part(np.argsort(cells.ints[START], kind="stable"))


def _time_level(piece: Piece, axis: Axis) -> int:
    """The level that probably serves a range of time. Any gives the same answer; a good one reads little."""
    if not piece.points or not piece.levels:
        return 0
    begin, end = int(piece.head.ints[TIME_MIN, 0]), int(piece.head.ints[TIME_MAX, 0])
    share = min(1.0, (axis.end - axis.start + 1) / max(1, end - begin + 1))
    steps = (piece.step_max - piece.step_min + 1) * share
    return max((level for level in piece.levels if steps / 2**level >= CELLS_PER_PIXEL * axis.px), default=0)


def _close_points(points: Points, axis: Axis) -> Buckets:
    """Cells of points: those close together in time as one, others one by one; none outside the range."""
    lows, highs, close = close_cells(points.step, points.time, points.time, axis, 0)
    parts = [_folded_points(points, lows[close], highs[close])]
    alone = [np.arange(lo, hi) for lo, hi in zip(lows[~close], highs[~close], strict=True)]
    if alone:
        rest = points.part(np.concatenate(alone))
        rest = rest.part((rest.time >= axis.start) & (rest.time <= axis.end))
        if rest.size:
            parts.append(fold_points(rest, 0, np.arange(rest.size + 1)))
    return joined_buckets(parts)


def _slices(lows: Ints, highs: Ints, size: int) -> tuple[slice | np.ndarray, Ints]:
    """What chooses the items of ascending slices, and the slices' bounds among the chosen ones."""
    bounds = np.append(0, np.cumsum(highs - lows))
    if len(lows) and bounds[-1] == highs[-1] - lows[0]:  # one after the other: nothing need be copied
        return slice(int(lows[0]), int(highs[-1])), bounds
    change = np.zeros(size + 1, np.int64)
    change[lows] += 1
    np.subtract.at(change, highs, 1)
    return np.cumsum(change[:-1]) > 0, bounds


def _folded(cells: Buckets, lows: Ints, highs: Ints) -> Buckets:
    chosen, bounds = _slices(lows, highs, cells.size)
    return fold_buckets(cells.part(chosen), 0, bounds)


def _folded_points(points: Points, lows: Ints, highs: Ints) -> Buckets:
    chosen, bounds = _slices(lows, highs, points.size)
    return fold_points(points.part(chosen), 0, bounds)


def _deeper(want: Want, starts: Ints, goal: int) -> list[Want]:
    """Wants for the cells of a want that begin at starts, at the level `goal` or the next finer one.

    Neighbouring cells become one want.
    """
    assert want.shift is not None
    finer = [level for level in want.piece.levels if level < want.shift]
    level = None if goal == 0 or not finer else goal if goal in finer else max(finer)
    result: list[Want] = []
    width = 2**want.shift
    for start in starts.tolist():
        lo, hi = max(want.lo, start), min(want.hi, start + width - 1)
        if result and result[-1].hi == lo - 1:
            result[-1] = result[-1]._replace(hi=hi)
        else:
            result.append(Want(want.piece, lo, hi, level))
    return result
