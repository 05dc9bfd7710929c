"""Chunks as arrays: those a process has decoded before and still keeps, the others from the database.

What is kept is valid while the head of its series is the same, byte for byte: chunks change only when points are added,
and then the head counts more of them. The head comes with every read, from the same snapshot, so nothing kept is old.
Nobody may write to the arrays.
"""

import bisect
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import NamedTuple, cast

from django.conf import settings

from apps.history import chunks, store
from apps.history.buckets import Buckets, Points

STRETCHES_AT_ONCE = 4_000
SEGMENTS = 32  # kept of one level of one series

Decoded = Buckets | Iterable[Points]  # Points of one chunk each
_Blobs = tuple[bytes, bytes | None, bytes | None]


class Stretch(NamedTuple):
    """Steps lo to hi of one level of a series (run id, key id, attempt) whose head is stored as `head`."""

    series: tuple[int, int, int]
    head: bytes
    level: int
    lo: int
    hi: int


def read(stretches: Sequence[Stretch], times: bool, sums: bool) -> list[Decoded]:
    """What each stretch holds, from the last chunk that begins before lo on; at most one query for all.

    Buckets for levels, points chunk by chunk for level 0. times, sums: whether they are read; else they are 0.
    """
    found = [keeper.find(stretch, times, sums) for stretch in stretches]
    missing = [place for place, one in enumerate(found) if one is None]
    rows: dict[int, list[_Blobs]] = {place: [] for place in missing}
    for begin in range(0, len(missing), STRETCHES_AT_ONCE):
        some = missing[begin : begin + STRETCHES_AT_ONCE]
        wants = [(*one.series, one.level, one.lo, one.hi) for one in (stretches[place] for place in some)]
        for place, *blobs in store.read_chunks(wants, times, sums):
            rows[some[place]].append(tuple(blobs))
    return [
        one if one is not None else _decode(stretch, rows[place], times, sums)
        for place, (stretch, one) in enumerate(zip(stretches, found, strict=True))
    ]


def read_points(stretches: Sequence[Stretch], times: bool) -> list[Iterable[Points]]:
    """read() for stretches of level 0."""
    return [cast("Iterable[Points]", one) for one in read(stretches, times, sums=False)]


def _decode(stretch: Stretch, rows: list[_Blobs], times: bool, sums: bool) -> Decoded:
    if stretch.level == 0:
        return _decode_points(stretch, rows, times, sums)
    buckets = chunks.decode_buckets(rows)
    size = buckets.ints.nbytes + buckets.floats.nbytes
    keeper.keep(stretch, times, sums, _Segment(stretch.lo, stretch.hi, size, buckets, [], []))
    return buckets


def _decode_points(stretch: Stretch, rows: list[_Blobs], times: bool, sums: bool) -> Iterator[Points]:
    """One chunk at a time, so that it is looked at while it is in the processor's cache; kept when all were."""
    decoded = []
    for shape, time, _ in rows:
        decoded.append(chunks.decode_points(shape, time))
        yield decoded[-1]
    size = sum(part.size for part in decoded) * (24 if times else 16)
    starts = [int(part.step[0]) for part in decoded]
    keeper.keep(stretch, times, sums, _Segment(stretch.lo, stretch.hi, size, None, decoded, starts))


class _Segment(NamedTuple):
    """A stretch as it was read. starts: the first step of each chunk's points."""

    lo: int
    hi: int
    size: int  # bytes
    buckets: Buckets | None
    points: list[Points]
    starts: list[int]

    def part(self, lo: int, hi: int) -> Decoded:
        """What a query for lo to hi would find; of buckets, more."""
        if self.buckets is not None:
            return self.buckets
        begin = bisect.bisect_left(self.starts, lo)
        if begin:
            begin = bisect.bisect_left(self.starts, self.starts[begin - 1])
        return self.points[begin : bisect.bisect_right(self.starts, hi)]


class _Level(NamedTuple):
    head: bytes
    segments: list[_Segment]


_Name = tuple[tuple[int, int, int], int, bool, bool]  # series, level, with times, with sums


class Keeper:
    """Decoded stretches up to so many bytes; beyond, the levels drop out that were asked for longest ago."""

    def __init__(self, at_most: int) -> None:
        self.size = 0  # bytes
        self._at_most = at_most
        self._levels: OrderedDict[_Name, _Level] = OrderedDict()
        self._lock = Lock()

    def find(self, stretch: Stretch, times: bool, sums: bool) -> Decoded | None:
        """The stretch, if it is kept."""
        name = stretch.series, stretch.level, times, sums
        with self._lock:
            level = self._levels.get(name)
            if level is None or level.head != stretch.head:
                return None
            self._levels.move_to_end(name)
            for segment in level.segments:
                if segment.lo <= stretch.lo and stretch.hi <= segment.hi:
                    return segment.part(stretch.lo, stretch.hi)
        return None

    def keep(self, stretch: Stretch, times: bool, sums: bool, fresh: _Segment) -> None:
        """Remember a stretch as it was read."""
        name = stretch.series, stretch.level, times, sums
        with self._lock:
            level = self._levels.pop(name, None)
            before = level.segments if level else []
            stay = before if level and level.head == stretch.head else []
            stay = [one for one in stay if one.lo < fresh.lo or one.hi > fresh.hi][1 - SEGMENTS :]
            self._levels[name] = _Level(stretch.head, [*stay, fresh])
            self.size += fresh.size + sum(one.size for one in stay) - sum(one.size for one in before)
            while self.size > self._at_most:
                _, dropped = self._levels.popitem(last=False)
                self.size -= sum(one.size for one in dropped.segments)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._levels.clear()
            self.size = 0


keeper = Keeper(settings.CHART_MEMORY_BYTES)
