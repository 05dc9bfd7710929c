"""The one real finite point on each side of a range, so that drawn lines reach the frame."""

import math
from collections.abc import Sequence

import numpy as np

from apps.history import chunks, store
from apps.history.buckets import TIME_MAX, TIME_MIN, Points, joined_points
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
        before, after = _nearest_in_time(lines, axis.start - 1, -1), _nearest_in_time(lines, axis.end + 1, 1)
        return list(zip(before, after, strict=True))
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


class _Search:
    """One line's nearest point on one side of the range: the best so far, and the chunks that may hold a better one.

    edge: the nearest time that counts. way: -1 looks for times up to edge, 1 for times from edge on. Of points at the
    same time the last in step order counts before the range, the first after it.
    """

    def __init__(self, attempts: list[Piece], edge: int, way: int) -> None:
        self.edge, self.way = edge, way
        self.best: tuple[float, ...] | None = None  # way · (time, step, value, its sign): the less, the nearer
        self.side: Side = None
        self.left: list[tuple[int, int, Piece]] = []  # way · the nearest time a chunk may hold, its first step
        for piece in attempts:
            self.offer(piece.tail, piece)

    def outside(self, piece: Piece) -> bool:
        """Whether stored points of a piece lie beyond the edge."""
        bounds = piece.head.ints[TIME_MIN : TIME_MAX + 1, 0].tolist() if piece.points else []
        return bool(bounds) and (bounds[0] <= self.edge if self.way < 0 else bounds[1] >= self.edge)

    def consider(self, piece: Piece, step_min: int, time_min: int, time_max: int) -> None:
        """Remember a chunk that may hold a point beyond the edge."""
        if step_min <= piece.hi and (time_min <= self.edge if self.way < 0 else time_max >= self.edge):
            nearest = min(time_max, self.edge) if self.way < 0 else max(time_min, self.edge)
            self.left.append((self.way * nearest, step_min, piece))

    def offer(self, points: Points, piece: Piece) -> None:
        """Take the nearest of some points of a piece, if it is nearer than the best."""
        far = points.time <= self.edge if self.way < 0 else points.time >= self.edge
        some = points.part(far & np.isfinite(points.value) & (points.step <= piece.hi))
        if not some.size:
            return
        time = int(some.time.max() if self.way < 0 else some.time.min())
        ties = some.part(some.time == time)
        point = last_finite(ties) if self.way < 0 else first_finite(ties, STEP_MAX)
        assert point is not None
        step, _, value = point
        rank = (self.way * time, self.way * step, self.way * value, self.way * math.copysign(1.0, value))
        if self.best is None or rank < self.best:
            self.best, self.side = rank, (time, point[2])

    def next_chunk(self) -> tuple[int, Piece] | None:
        """The most promising chunk, as its first step and piece; None when no chunk can do better."""
        while self.left:
            nearest, step_min, piece = self.left.pop()
            if self.best is None or nearest <= self.best[0]:
                return step_min, piece
        return None


def _nearest_in_time(lines: Sequence[list[Piece]], edge: int, way: int) -> list[Side]:
    """The nearest visible finite point of every line beyond an edge in time: one query for where, few for what."""
    searches = [_Search(attempts, edge, way) for attempts in lines]
    asked = [
        (search, piece)
        for search, attempts in zip(searches, lines, strict=True)
        for piece in attempts
        if search.outside(piece)
    ]
    for place, step_min, _, time_min, time_max in store.chunk_times(
        [(piece.run_id, piece.key_id, piece.attempt) for _, piece in asked]
    ):
        asked[place][0].consider(asked[place][1], step_min, time_min, time_max)
    for search in searches:
        search.left.sort(key=lambda one: one[:2], reverse=True)
    while True:
        chosen = [(search, chunk) for search in searches if (chunk := search.next_chunk())]
        if not chosen:
            return [search.side for search in searches]
        wants = [(piece.run_id, piece.key_id, piece.attempt, 0, step_min, step_min) for _, (step_min, piece) in chosen]
        parts: list[list[Points]] = [[] for _ in chosen]
        for place, shape, times, _ in store.read_chunks(wants, times=True, sums=False):
            parts[place].append(chunks.decode_points(shape, times))
        for (search, (_, piece)), some in zip(chosen, parts, strict=True):
            search.offer(joined_points(some), piece)
