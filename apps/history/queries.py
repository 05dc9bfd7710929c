"""Reads over the heads of many runs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from apps.core.transactions import series_snapshot
from apps.history import chunks, store
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
        series = list(pieces(run_ids, names).values())
        plain = [attempts for attempts in series if len(attempts) == 1 and not attempts[0].tail.size]
        others = [attempts for attempts in series if len(attempts) > 1 or attempts[0].tail.size]
        buckets = [chunks.decode_heads([attempts[0].blob for attempts in plain])]
        buckets += [_visible(attempts) for attempts in others]
    found = sorted(
        zip([*plain, *others], _figures(joined_buckets(buckets)), strict=True), key=lambda one: one[0][0].name
    )
    for attempts, figures in found:
        points = figures.pop("points")
        shown = [piece for piece in attempts if piece.first_step <= piece.hi]
        answer[attempts[0].run_id][attempts[0].name] = Head(
            name=attempts[0].name,
            points=points,
            superseded=sum(piece.total for piece in attempts) - points,
            first_step=min(piece.first_step for piece in shown),
            last_step=max(min(piece.last_step, piece.hi) for piece in shown),
            **figures,
        )
    return answer


def _visible(attempts: list[Piece]) -> Buckets:
    """One bucket over what is visible of a series."""
    parts = joined_buckets(list(whole(attempts).values()))
    return fold_buckets(parts, 0, np.array([0, parts.size]))


def _figures(buckets: Buckets) -> list[dict[str, Any]]:
    """The fields of Head that a bucket tells, for each; those about finite points are None without any."""
    columns = {
        "points": buckets.points.tolist(),
        "nan": buckets.ints[NAN_N].tolist(),
        "pinf": buckets.ints[PINF_N].tolist(),
        "ninf": buckets.ints[NINF_N].tolist(),
    }
    finite = {
        "last": buckets.floats[LAST].tolist(),
        "last_time": buckets.ints[LAST_TIME].tolist(),
        "min": buckets.floats[MIN].tolist(),
        "max": buckets.floats[MAX].tolist(),
        "mean": mean(buckets).tolist(),
    }
    result = []
    for i, count in enumerate(buckets.ints[N].tolist()):
        figures = {name: column[i] for name, column in columns.items()}
        figures.update((name, column[i] if count else None) for name, column in finite.items())
        result.append(figures)
    return result


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
