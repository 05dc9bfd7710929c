"""Many series as rows of a table, for charts that people write: short series point by point, long ones in cells.

Cells are steps of 2**shift, the same for all runs of a key, so that rows of several runs stand at the same steps.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from apps.core.transactions import series_snapshot
from apps.history.batches import Floats, Ints
from apps.history.buckets import MAX, MIN, START, TIME_MIN, N, joined_points, mean, merged
from apps.history.errors import TooManyPoints
from apps.history.reading import STEP_MIN, Found, Piece, Want, pieces, read


@dataclass(frozen=True)
class Sampled:
    """One series as m rows, by step. step: int64 (m,), where a cell begins; time: int64 (m,), ms, of its first point.

    value: float64 (m,), the mean of a cell's finite points, NaN without one; low, high: their extremes. stored: visible
    points; odd: those among them that are not finite; width: of a cell in steps, 1 for points.
    """

    run_id: int
    key: str
    step: Ints
    time: Ints
    value: Floats
    low: Floats
    high: Floats
    stored: int
    odd: int
    width: int


def sampled(run_ids: Sequence[int], keys: Iterable[str], points: int | None, *, most: int) -> list[Sampled]:
    """The visible points of these series, or where a series has more than so many, at most `points` cells of it.

    By run in the order given, then key; series without visible points are left out. points: None for all of them.
    Three queries and one a level, all from one snapshot. Raises TooManyPoints when more than `most` are to be read.
    """
    order = {run_id: place for place, run_id in enumerate(run_ids)}
    with series_snapshot():
        found = list(pieces(run_ids, keys).values())
        found.sort(key=lambda attempts: (order[attempts[0].run_id], attempts[0].name))
        shifts = _shifts(found, points)
        one_by_one = sum(_total(attempts) for attempts, shift in zip(found, shifts, strict=True) if shift is None)
        if one_by_one > most:
            raise TooManyPoints(one_by_one, most)
        wants = [
            Want(piece, STEP_MIN, piece.hi, shift)
            for attempts, shift in zip(found, shifts, strict=True)
            for piece in attempts
        ]
        parts = iter(read(wants, times=True, sums=True))
        series = [
            _sampled(attempts, shift, [next(parts) for _ in attempts])
            for attempts, shift in zip(found, shifts, strict=True)
        ]
    return [one for one in series if len(one.step)]


def _total(attempts: Sequence[Piece]) -> int:
    return sum(piece.total for piece in attempts)


def _shifts(found: Sequence[Sequence[Piece]], points: int | None) -> list[int | None]:
    """For each series the shift of its cells, None where all its points are taken."""
    long = [attempts for attempts in found if points is not None and _total(attempts) > points]
    ends: dict[str, tuple[int, int]] = {}
    for attempts in long:
        shown = [piece for piece in attempts if piece.first_step <= piece.hi]
        first = min(piece.first_step for piece in shown)
        last = max(min(piece.last_step, piece.hi) for piece in shown)
        low, high = ends.get(attempts[0].name, (first, last))
        ends[attempts[0].name] = min(low, first), max(high, last)
    shift_of = {name: _shift(first, last, points or 1) for name, (first, last) in ends.items()}
    chosen = {id(attempts) for attempts in long}
    return [shift_of[attempts[0].name] if id(attempts) in chosen else None for attempts in found]


def _shift(first: int, last: int, cells: int) -> int:
    """The narrowest cells of which at most so many hold all steps."""
    shift = 0
    while (last >> shift) - (first >> shift) + 1 > cells:
        shift += 1
    return shift


def _sampled(attempts: Sequence[Piece], shift: int | None, parts: Sequence[Found]) -> Sampled:
    run_id, key = attempts[0].run_id, attempts[0].name
    if shift is None:
        points = joined_points([part.points for part in parts])
        finite = np.isfinite(points.value)
        value = np.where(finite, points.value, np.nan)
        odd = points.size - int(np.count_nonzero(finite))
        return Sampled(run_id, key, points.step, points.time, value, value, value, points.size, odd, 1)
    cells = merged([part.cells for part in parts], shift)
    there = cells.ints[N] > 0
    value, low, high = (
        np.where(there, column, np.nan) for column in (mean(cells), cells.floats[MIN], cells.floats[MAX])
    )
    first = min((piece.first_step for piece in attempts), default=0)
    step = np.maximum(cells.ints[START], first)
    stored = int(cells.points.sum())
    odd = stored - int(cells.ints[N].sum())
    return Sampled(run_id, key, step, cells.ints[TIME_MIN], value, low, high, stored, odd, 2**shift)
