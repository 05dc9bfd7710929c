"""The one real finite point on each side of a range, so that drawn lines reach the frame."""

import math
from collections.abc import Sequence

import numpy as np

from apps.history import chunks, decoded, store
from apps.history.buckets import TIME_MAX, TIME_MIN, Points, earlier, joined_points
from apps.history.decoded import Stretch
from apps.history.downsample import Axis
from apps.history.reading import STEP_MAX, STEP_MIN, Found, Piece, first_finite, last_finite

Point = tuple[int, int, float]  # step, time, value
Side = tuple[int, float] | None  # x, y


def neighbours(
    lines: Sequence[list[Piece]], founds: Sequence[list[Found]], axis: Axis, x: str
) -> list[tuple[Side, Side]]:
    """The last finite point before the range and the first after it, for each line; None where there is none.

    lines: its attempts; founds: what was read of them. Over steps (x is "step"), what was read mostly has them.
    """
    if x != "step":
        before, after = _nearest_in_time(lines, axis.start - 1, -1), _nearest_in_time(lines, axis.end + 1, 1)
        return list(zip(before, after, strict=True))
    return _nearest_in_steps(lines, founds, axis)


def _nearest_in_steps(
    lines: Sequence[list[Piece]], founds: Sequence[list[Found]], axis: Axis
) -> list[tuple[Side, Side]]:
    """The nearest visible finite point of every line on both sides of a range of steps: few queries for all lines."""
    lefts: list[list[Point | None]] = [[] for _ in lines]
    rights: list[list[Point | None]] = [[] for _ in lines]
    before: list[tuple[int, Piece, int]] = []  # line, piece, last step that counts
    after: list[tuple[int, Piece, int]] = []  # line, piece, first step that counts
    for line, (attempts, found) in enumerate(zip(lines, founds, strict=True)):
        for piece, one in zip(attempts, found, strict=True):
            last, first = min(axis.start - 1, piece.hi), axis.end + 1
            if last >= STEP_MIN:
                lefts[line].append(last_finite(piece.tail_between(STEP_MIN, last)))
                if piece.points and piece.step_min <= last:
                    at_hand = None if piece.tail_overlaps or last != axis.start - 1 else one.left
                    lefts[line].append(at_hand)
                    if at_hand is None:
                        before.append((line, piece, last))
            if first <= piece.hi:
                rights[line].append(first_finite(piece.tail_between(first, STEP_MAX), piece.hi))
                if piece.points and piece.step_max >= first:
                    at_hand = None if piece.tail_overlaps else one.right
                    rights[line].append(at_hand)
                    if at_hand is None:
                        after.append((line, piece, first))
    for (line, _, _), point in zip(before, _last_stored([want[1:] for want in before]), strict=True):
        lefts[line].append(point)
    for (line, _, _), point in zip(after, _first_stored([want[1:] for want in after]), strict=True):
        rights[line].append(point)
    result = []
    for line in range(len(lines)):
        left = max((point for point in lefts[line] if point), key=_order, default=None)
        right = min((point for point in rights[line] if point), key=_order, default=None)
        result.append((left and (left[0], left[2]), right and (right[0], right[2])))
    return result


def last_before(lines: Sequence[list[Piece]], steps: Sequence[int]) -> list[float | None]:
    """The value of each line's last visible finite point before a step: one query, more past chunks without one."""
    found: list[list[Point | None]] = [[] for _ in lines]
    stored: list[tuple[int, Piece, int]] = []
    for line, (attempts, step) in enumerate(zip(lines, steps, strict=True)):
        for piece in attempts:
            last = min(step - 1, piece.hi)
            if last >= STEP_MIN:
                found[line].append(last_finite(piece.tail_between(STEP_MIN, last)))
                if piece.points and piece.step_min <= last:
                    stored.append((line, piece, last))
    for (line, _, _), point in zip(stored, _last_stored([want[1:] for want in stored]), strict=True):
        found[line].append(point)
    nearest = [max((point for point in points if point), key=_order, default=None) for points in found]
    return [point and point[2] for point in nearest]


def _order(point: Point) -> tuple[int, int, float, float]:
    return point[0], point[1], point[2], math.copysign(1.0, point[2])


def _last_stored(wants: list[tuple[Piece, int]]) -> list[Point | None]:
    """The last finite stored point of each piece up to a step: one query, more only past chunks without one."""
    parts = [points.part(points.step <= last) for points, (_, last) in zip(_around(wants), wants, strict=True)]
    result = [last_finite(points) for points in parts]
    bounds = {i: wants[i][1] + 1 for i, point in enumerate(result) if point is None}
    while bounds:
        asked = list(bounds)
        found = _by_want(asked, store.last_chunks_before([(*wants[i][0].series, bounds[i]) for i in asked]))
        bounds = {}
        for i, (step_min, points) in found.items():
            result[i] = last_finite(points.part(points.step <= wants[i][1]))
            if result[i] is None:
                bounds[i] = step_min
    return result


def _first_stored(wants: list[tuple[Piece, int]]) -> list[Point | None]:
    """The first finite stored point of each piece from a step on, as far as the piece is visible: two queries."""
    result = [
        first_finite(points.part(points.step >= first), piece.hi)
        for points, (piece, first) in zip(_around(wants), wants, strict=True)
    ]
    asked = [i for i, point in enumerate(result) if point is None]
    rows = store.first_chunks_after([(*wants[i][0].series, wants[i][1] - 1) for i in asked])
    for i, (_, points) in _by_want(asked, rows).items():
        result[i] = first_finite(points, wants[i][0].hi)
    return result


def _around(wants: list[tuple[Piece, int]]) -> list[Points]:
    """The stored points of each piece in the chunks around a step."""
    stretches = [Stretch(piece.series, piece.blob, 0, step, step) for piece, step in wants]
    times = any(piece.tail.size for piece, _ in wants)  # with a waiting point at the same step the time decides
    return [joined_points(list(parts)) for parts in decoded.read_points(stretches, times)]


def _by_want(asked: list[int], rows: list[store.Row]) -> dict[int, tuple[int, Points]]:
    """The first step and the points of the chunks that came for each want."""
    parts: dict[int, list[Points]] = {}
    starts: dict[int, int] = {}
    for place, step_min, shape, times in rows:
        parts.setdefault(asked[place], []).append(chunks.decode_points(shape, times))
        starts[asked[place]] = step_min
    return {i: (starts[i], joined_points(some)) for i, some in parts.items()}


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
        bounds = earlier(piece.head.ints[TIME_MIN : TIME_MAX + 1, 0], piece.clock).tolist() if piece.points else []
        return bool(bounds) and (bounds[0] <= self.edge if self.way < 0 else bounds[1] >= self.edge)

    def consider(self, piece: Piece, step_min: int, time_min: int, time_max: int) -> None:
        """Remember a chunk that may hold a point beyond the edge."""
        time_min, time_max = earlier(np.array([time_min, time_max]), piece.clock).tolist()
        if step_min <= piece.hi and (time_min <= self.edge if self.way < 0 else time_max >= self.edge):
            nearest = min(time_max, self.edge) if self.way < 0 else max(time_min, self.edge)
            self.left.append((self.way * nearest, step_min, piece))

    def offer(self, points: Points, piece: Piece) -> None:
        """Take the nearest of some points of a piece, if it is nearer than the best."""
        points = points._replace(time=earlier(points.time, piece.clock))
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
    for place, step_min, _, time_min, time_max in store.chunk_times([piece.series for _, piece in asked]):
        asked[place][0].consider(asked[place][1], step_min, time_min, time_max)
    for search in searches:
        search.left.sort(key=lambda one: one[:2], reverse=True)
    while True:
        chosen = [(search, chunk) for search in searches if (chunk := search.next_chunk())]
        if not chosen:
            return [search.side for search in searches]
        wants = [(*piece.series, 0, step_min, step_min) for _, (step_min, piece) in chosen]
        parts: list[list[Points]] = [[] for _ in chosen]
        for place, shape, times, _ in store.read_chunks(wants, times=True, sums=False):
            parts[place].append(chunks.decode_points(shape, times))
        for (search, (_, piece)), some in zip(chosen, parts, strict=True):
            search.offer(joined_points(some), piece)
