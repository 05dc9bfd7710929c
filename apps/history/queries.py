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
    NO_BUCKETS,
    PINF_N,
    TIME_MAX,
    Buckets,
    N,
    Points,
    fold_buckets,
    joined_buckets,
    joined_points,
    mean,
    ordered,
    sort_keys,
)
from apps.history.models import PendingRun
from apps.history.reading import STEP_MAX, STEP_MIN, Piece, Want, pieces, read, whole

SERIES_AT_ONCE = 500
CHUNKS_AT_ONCE = 64
RUNS_AT_ONCE = 5_000

_ChunkName = tuple[int, int, int, int, int]  # key id, attempt, level, step_min, part


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

    Three queries; more for cut attempts, none for no runs or no names.
    """
    answer: dict[int, dict[str, Head]] = {run_id: {} for run_id in run_ids}
    names = None if names is None else list(names)
    if not answer or names == []:
        return answer
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


class AttemptFigures(NamedTuple):
    """What one attempt logged, over all its series. points: visible ones; superseded: hidden by newer attempts.

    last_time: ms since epoch of the last visible point, None without any.
    """

    points: int
    superseded: int
    first_step: int
    last_step: int
    last_time: int | None


def attempt_figures(run_id: int) -> dict[int, AttemptFigures]:
    """By attempt what it logged; attempts without points are left out. Three queries, and more for cut attempts."""
    found: dict[int, AttemptFigures] = {}
    with series_snapshot():
        some = [piece for attempts in pieces([run_id]).values() for piece in attempts]
        visible = whole(some)
    for place, piece in enumerate(some):
        bucket = visible.get(place, NO_BUCKETS)
        points = int(bucket.points.sum())
        last = int(bucket.ints[TIME_MAX][0]) if points else None
        one = AttemptFigures(points, piece.total - points, piece.first_step, piece.last_step, last)
        before = found.get(piece.attempt)
        found[piece.attempt] = one if before is None else _both(before, one)
    return found


def _both(one: AttemptFigures, other: AttemptFigures) -> AttemptFigures:
    times = [time for time in (one.last_time, other.last_time) if time is not None]
    return AttemptFigures(
        one.points + other.points,
        one.superseded + other.superseded,
        min(one.first_step, other.first_step),
        max(one.last_step, other.last_step),
        max(times, default=None),
    )


def run_totals(run_ids: Sequence[int]) -> dict[int, int]:
    """Stored points per run, those waiting included: two queries."""
    return {run_id: compacted + waiting for run_id, (compacted, waiting) in store.totals(run_ids).items()}


def rewrites(run_id: int) -> int:
    """How often the stored points of a run were rewritten: the same before and after, and nobody did meanwhile."""
    return store.run_version(run_id)[0]


def points_of(run_id: int, name: str) -> Iterator[tuple[int, Points]]:
    """Every stored point of one series, unsampled and hidden ones included: (attempt, ordered points), oldest first."""
    with series_snapshot():
        for attempts in pieces([run_id], [name]).values():
            for piece in attempts:
                (found,) = read([Want(piece, STEP_MIN, STEP_MAX, None)], times=True)
                yield piece.attempt, found.points


class Stretch(NamedTuple):
    """Consecutive points of one attempt of one series, in order; those at steps beyond hi are superseded."""

    name: str
    attempt: int
    hi: int
    points: Points


def all_points(run_id: int, names: Iterable[str] | None = None) -> Iterator[Stretch]:
    """Every stored point of a run (or only of keys with these names), unsampled and hidden ones included.

    By name, attempt and the order of a series, a chunk at a time: it takes the memory of the heads, of what waits and
    of CHUNKS_AT_ONCE chunks, however many points there are, and keeps nothing. All from one snapshot, which lasts
    until the last one is taken: write nothing to the series plane meanwhile.
    """
    with series_snapshot():
        found = [piece for attempts in pieces([run_id], names).values() for piece in attempts]
        found.sort(key=lambda piece: (piece.name, piece.attempt))
        for begin in range(0, len(found), SERIES_AT_ONCE):
            some = found[begin : begin + SERIES_AT_ONCE]
            shelf = _Shelf(run_id, [piece for piece in some if piece.points])
            for piece in some:
                for points in _in_order(shelf.chunks(piece), piece.tail):
                    yield Stretch(piece.name, piece.attempt, piece.hi, points)


class _Shelf:
    """The chunks of points of some pieces of a run, fetched CHUNKS_AT_ONCE at a time in the order of the pieces."""

    def __init__(self, run_id: int, some: Sequence[Piece]) -> None:
        self._run_id = run_id
        self._of: dict[tuple[int, int], list[_ChunkName]] = {}
        for key_id, attempt, level, step_min, part, *_ in store.places(
            run_id, [(piece.key_id, piece.attempt, 0, STEP_MIN) for piece in some]
        ):
            self._of.setdefault((key_id, attempt), []).append((key_id, attempt, level, step_min, part))
        self._left = [name for piece in some for name in self._of[piece.key_id, piece.attempt]]
        self._blobs: dict[_ChunkName, tuple[bytes, bytes]] = {}

    def chunks(self, piece: Piece) -> Iterator[Points]:
        """The stored points of a piece, chunk by chunk; asked for once, in the order given."""
        for name in self._of.get((piece.key_id, piece.attempt), ()):
            if name not in self._blobs:
                wanted, self._left = self._left[:CHUNKS_AT_ONCE], self._left[CHUNKS_AT_ONCE:]
                self._blobs = {row[:5]: (row[5], row[6]) for row in store.chunk_blobs(self._run_id, wanted)}
            shape, times = self._blobs.pop(name)
            yield chunks.decode_points(bytes(shape), bytes(times))


def _in_order(stored: Iterator[Points], tail: Points) -> Iterator[Points]:
    """Stored chunks with what waits merged in, both in the order of a series."""
    for chunk in stored:
        count = _up_to_last(tail, chunk) if tail.size else 0
        if count:
            chunk = ordered(joined_points([chunk, tail.part(slice(count))]))
            tail = tail.part(slice(count, None))
        yield chunk
    if tail.size:
        yield tail


def _up_to_last(tail: Points, chunk: Points) -> int:
    """How many of the ordered points of a tail come no later than the last point of a chunk."""
    step, time = chunk.step[-1], chunk.time[-1]
    no_later = (tail.time < time) | ((tail.time == time) & (sort_keys(tail.value) <= sort_keys(chunk.value[-1:])[0]))
    return int(np.count_nonzero((tail.step < step) | ((tail.step == step) & no_later)))


def waiting_runs(run_ids: Sequence[int]) -> list[int]:
    """Those of the runs that have points waiting for compaction: two queries per RUNS_AT_ONCE."""
    found: list[int] = []
    for begin in range(0, len(run_ids), RUNS_AT_ONCE):
        totals = store.totals(run_ids[begin : begin + RUNS_AT_ONCE])
        found += [run_id for run_id, (_, waiting) in totals.items() if waiting]
    return found


def waiting_in_all() -> tuple[int, int]:
    """(batches, points) that wait for compaction, in all runs."""
    run_ids = list(PendingRun.objects.order_by("run_id").values_list("run_id", flat=True))
    found = [store.waiting_in(run_ids[begin : begin + 1_000]) for begin in range(0, len(run_ids), 1_000)]
    return sum(batches for batches, _ in found), sum(points for _, points in found)
