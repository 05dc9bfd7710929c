"""Reads over the heads of many runs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from apps.history import store
from apps.history.buckets import (
    LAST,
    LAST_TIME,
    MAX,
    MIN,
    NAN_N,
    NINF_N,
    PINF_N,
    Buckets,
    N,
    Points,
    fold_buckets,
    joined_buckets,
    mean,
)
from apps.history.reading import STEP_MAX, STEP_MIN, Piece, Want, pieces, read, whole
from apps.history.transactions import series_snapshot


class Head(NamedTuple):
    """One series in figures, over its visible points. last, min, max and mean are of finite values, None without any.

    points: visible points; superseded: points hidden by a newer attempt. nan, pinf, ninf: how many of the points.
    """

    name: str
    points: int
    superseded: int
    first_step: int
    last_step: int
    last: float | None
    last_time: int | None
    min: float | None
    max: float | None
    mean: float | None
    nan: int
    pinf: int
    ninf: int


def heads(run_ids: Sequence[int], names: Iterable[str] | None = None) -> dict[int, dict[str, Head]]:
    """The head of every series of the runs (or only of those with these names), tails included, names in order.

    Three queries; more for cut attempts.
    """
    answer: dict[int, dict[str, Head]] = {run_id: {} for run_id in run_ids}
    with series_snapshot():
        series = pieces(run_ids, names)
        flat = [piece for attempts in series.values() for piece in attempts]
        buckets = whole(flat)
    place = 0
    found: dict[int, list[Head]] = {}
    for (run_id, _), attempts in series.items():
        visible = [buckets[i] for i in range(place, place + len(attempts)) if i in buckets]
        place += len(attempts)
        found.setdefault(run_id, []).append(_head(attempts, visible))
    for run_id, some in found.items():
        answer[run_id] = {head.name: head for head in sorted(some, key=lambda head: head.name)}
    return answer


def _head(attempts: list[Piece], visible: list[Buckets]) -> Head:
    parts = joined_buckets(visible)
    bucket = fold_buckets(parts, 0, np.array([0, parts.size]))
    ints, floats = bucket.ints[:, 0].tolist(), bucket.floats[:, 0].tolist()
    some = ints[N] > 0
    points = int(bucket.points[0])
    shown = [piece for piece in attempts if piece.first_step <= piece.hi]
    return Head(
        name=attempts[0].name,
        points=points,
        superseded=sum(piece.total for piece in attempts) - points,
        first_step=min(piece.first_step for piece in shown),
        last_step=max(min(piece.last_step, piece.hi) for piece in shown),
        last=floats[LAST] if some else None,
        last_time=ints[LAST_TIME] if some else None,
        min=floats[MIN] if some else None,
        max=floats[MAX] if some else None,
        mean=float(mean(bucket)[0]) if some else None,
        nan=ints[NAN_N],
        pinf=ints[PINF_N],
        ninf=ints[NINF_N],
    )


def run_totals(run_ids: Sequence[int]) -> dict[int, int]:
    """Stored points per run, those waiting included: two queries."""
    return {run_id: compacted + waiting for run_id, (compacted, waiting) in store.totals(run_ids).items()}


def points_of(run_id: int, name: str) -> Iterator[tuple[int, Points]]:
    """Every stored point of one series, unsampled and hidden ones included: (attempt, ordered points), oldest first."""
    with series_snapshot():
        for attempts in pieces([run_id], [name]).values():
            for piece in attempts:
                (found,) = read([Want(piece, STEP_MIN, STEP_MAX, None)], times=True)
                yield piece.attempt, found.points
