"""The one real finite point on each side of a range, so that drawn lines reach the frame."""

from collections.abc import Callable, Sequence

import numpy as np

from apps.history import chunks, store
from apps.history.buckets import TIME_MAX, TIME_MIN, Points, joined_points, ordered
from apps.history.downsample import Axis
from apps.history.reading import STEP_MAX, STEP_MIN, Found, Piece, first_finite, last_finite

Point = tuple[int, int, float]  # step, time, value
Side = tuple[int, float] | None  # x, y


def neighbours(
    lines: Sequence[list[Piece]], founds: Sequence[list[Found]], axis: Axis, x: str
) -> list[tuple[Side, Side]]:
    """The last finite point before the range and the first after it, for each line; None where there is none.

    lines: its attempts; founds: what was read of them. x: "step" or "time". Over steps, what was read mostly has them.
    """
    if x == "time":
        return [_in_time(attempts, axis) for attempts in lines]
    result = []
    for attempts, found in zip(lines, founds, strict=True):
        lefts = [_left(piece, one, axis.start) for piece, one in zip(attempts, found, strict=True)]
        rights = [_right(piece, one, axis.end) for piece, one in zip(attempts, found, strict=True)]
        left = max((point for point in lefts if point), key=_order, default=None)
        right = min((point for point in rights if point), key=_order, default=None)
        result.append((left and (left[0], left[2]), right and (right[0], right[2])))
    return result


def _order(point: Point) -> tuple[int, int, float, float]:
    return point[0], point[1], point[2], float(np.copysign(1, point[2]))


def _left(piece: Piece, found: Found, start: int) -> Point | None:
    """The last visible finite point of a piece before step start."""
    last = min(start - 1, piece.hi)
    options = [last_finite(piece.tail_between(STEP_MIN, last))] if start > STEP_MIN else []
    if piece.points and piece.step_min < start and piece.step_min <= piece.hi:
        stored = found.left if last == start - 1 else None
        options.append(stored if stored and not piece.tail_overlaps else _last_stored(piece, last))
    return max((point for point in options if point), key=_order, default=None)


def _right(piece: Piece, found: Found, end: int) -> Point | None:
    """The first visible finite point of a piece after step end."""
    if end >= piece.hi:
        return None
    options = [first_finite(piece.tail_between(end + 1, STEP_MAX), piece.hi)]
    if piece.points and piece.step_max > end:
        stored = found.right if not piece.tail_overlaps else None
        options.append(stored or _first_stored(piece, end + 1))
    return min((point for point in options if point), key=_order, default=None)


def _last_stored(piece: Piece, last: int) -> Point | None:
    """The last finite stored point up to step last."""
    bound = last + 1
    while True:
        rows = store.last_chunks_before([(piece.run_id, piece.key_id, piece.attempt, bound)])
        if not rows:
            return None
        points = _decoded(rows)
        point = last_finite(points.part(points.step <= last))
        if point:
            return point
        bound = rows[0][1]


def _first_stored(piece: Piece, first: int) -> Point | None:
    """The first finite stored point from step first on, as far as the piece is visible."""
    series = piece.run_id, piece.key_id, piece.attempt
    rows = store.last_chunks_before([(*series, first)])
    if rows:
        points = _decoded(rows)
        point = first_finite(points.part(points.step >= first), piece.hi)
        if point:
            return point
    rows = store.first_chunks_after([(*series, first - 1)])
    return first_finite(_decoded(rows), piece.hi) if rows else None


def _decoded(rows: list[store.Row]) -> Points:
    return joined_points([chunks.decode_points(bytes(shape), bytes(times)) for _, _, shape, times in rows])


def _in_time(attempts: list[Piece], axis: Axis) -> tuple[Side, Side]:
    """The latest point before the range, and the earliest after; of equals the last, or the first, in step order."""
    before = _best(attempts, lambda time: time < axis.start, lambda _, hi: min(hi, axis.start - 1), latest=True)
    after = _best(attempts, lambda time: time > axis.end, lambda lo, _: -max(lo, axis.end + 1), latest=False)
    return before, after


def _best(
    attempts: list[Piece],
    outside: Callable[[np.ndarray], np.ndarray],
    bound: Callable[[int, int], int],
    *,
    latest: bool,
) -> Side:
    """Search chunks by how good their best point could be, until no chunk left can do better."""
    best: tuple[tuple[int, ...], Point] | None = None

    def offer(points: Points, piece: Piece) -> None:
        nonlocal best
        some = points.part(outside(points.time) & np.isfinite(points.value) & (points.step <= piece.hi))
        if not some.size:
            return
        times = some.time
        edge = int(times.max() if latest else times.min())
        ties = some.part(times == edge)
        point = last_finite(ties) if latest else first_finite(ties, STEP_MAX)
        assert point is not None
        rank = (edge, point[0]) if latest else (-edge, -point[0])
        if best is None or rank > best[0]:
            best = rank, point

    chunks_left = []
    for piece in attempts:
        offer(piece.tail, piece)
        if piece.points and bool(outside(piece.head.ints[TIME_MIN : TIME_MAX + 1, 0]).any()):
            series = piece.run_id, piece.key_id, piece.attempt
            for _, step_min, _, time_min, time_max in store.chunk_times([series]):
                if step_min <= piece.hi and outside(np.array([time_min, time_max])).any():
                    chunks_left.append((bound(time_min, time_max), step_min, piece))
    for reach, step_min, piece in sorted(chunks_left, key=lambda one: one[:2], reverse=True):
        if best is not None and reach < best[0][0]:
            break
        stored = store.read_chunks([(piece.run_id, piece.key_id, piece.attempt, 0, step_min, step_min)], True, False)
        parts = [chunks.decode_points(bytes(shape), bytes(times)) for _, shape, times, _ in stored]
        offer(ordered(joined_points(parts)), piece)
    return None if best is None else (best[1][1], best[1][2])
