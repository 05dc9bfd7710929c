"""Reads stored and waiting points of series as exact buckets or as points. Call inside series_snapshot().

A piece is the visible part of one attempt of one series: older attempts end before the first step of newer ones. What
waits in history_batch (the tail) is merged in everywhere, so an answer does not depend on compaction.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from apps.core.marks import Marks
from apps.history import batches, chunks, decoded, store
from apps.history.buckets import (
    INTS,
    NO_BUCKETS,
    NO_POINTS,
    START,
    Buckets,
    Points,
    earlier,
    earlier_buckets,
    fold_bare,
    fold_buckets,
    fold_points,
    joined_buckets,
    joined_points,
    merged,
    ordered,
)
from apps.history.compaction import LAST_LEVEL, level_list
from apps.history.decoded import Decoded, Stretch

STEP_MIN, STEP_MAX = -(2**63), 2**63 - 1


@dataclass
class Piece:
    """One attempt of one series; hi is its last visible step. The stored fields mean nothing while points is 0.

    clock: ms taken off every time that is read of it (clocks.py); head and tail keep the times that were logged.
    """

    run_id: int
    key_id: int
    attempt: int
    name: str
    points: int  # compacted
    step_min: int
    step_max: int
    levels: list[int]
    blob: bytes  # the head as stored
    tail: Points = NO_POINTS  # ordered
    hi: int = STEP_MAX
    clock: int = 0

    @functools.cached_property
    def head(self) -> Buckets:
        """One bucket over the compacted points."""
        return chunks.decode_heads([self.blob])

    @property
    def series(self) -> tuple[int, int, int]:
        """What names the attempt in the store."""
        return self.run_id, self.key_id, self.attempt

    @property
    def total(self) -> int:
        """All points of the attempt, hidden ones included."""
        return self.points + self.tail.size

    @property
    def first_step(self) -> int:
        """The least step of the attempt; only for total > 0."""
        if not self.tail.size:
            return self.step_min
        first = int(self.tail.step[0])
        return min(first, self.step_min) if self.points else first

    @property
    def last_step(self) -> int:
        """The greatest step of the attempt; only for total > 0."""
        if not self.tail.size:
            return self.step_max
        last = int(self.tail.step[-1])
        return max(last, self.step_max) if self.points else last

    @property
    def is_cut(self) -> bool:
        """Whether a newer attempt hides some of this one."""
        return self.hi < self.last_step

    @property
    def tail_overlaps(self) -> bool:
        """Whether waiting points lie among stored ones, so that their order needs times."""
        return bool(self.points and self.tail.size and int(self.tail.step[0]) <= self.step_max)

    def tail_between(self, lo: int, hi: int) -> Points:
        """The waiting points from step lo to step hi."""
        if not self.tail.size:
            return NO_POINTS
        begin, end = np.searchsorted(self.tail.step, lo), np.searchsorted(self.tail.step, hi, side="right")
        return self.tail.part(slice(begin, end))


def pieces(run_ids: Sequence[int], names: Iterable[str] | None = None) -> dict[tuple[int, int], list[Piece]]:
    """The attempts that have points, oldest first, of every series of the runs (or only of keys with these names).

    Three queries; the tails are decoded once for all.
    """
    if not run_ids:
        return {}
    key_ids = None if names is None else sorted({batches.key_id(name) for name in names})
    found: dict[tuple[int, int, int], Piece] = {}
    for run_id, key_id, attempt, name, points, step_min, step_max, levels, bucket in store.series_of(run_ids, key_ids):
        found[run_id, key_id, attempt] = Piece(
            run_id,
            key_id,
            attempt,
            name,
            points,
            step_min,
            step_max,
            level_list(levels) if levels else [],
            bytes(bucket),
        )
    for name_of, tail in _tails(run_ids, key_ids).items():
        if name_of in found:
            found[name_of].tail = tail
    result: dict[tuple[int, int], list[Piece]] = {}
    for (run_id, key_id, _), piece in sorted(found.items()):
        if piece.total:
            result.setdefault((run_id, key_id), []).append(piece)
    for attempts in result.values():
        cut = None
        for piece in reversed(attempts):
            if cut is not None:
                piece.hi = cut - 1
            cut = piece.first_step if cut is None else min(cut, piece.first_step)
    return result


def _tails(run_ids: Sequence[int], key_ids: list[int] | None) -> dict[tuple[int, int, int], Points]:
    rows = store.tails(run_ids)
    if not rows:
        return {}
    marks = {(run, attempt, writer): Marks(bytes(ranges)) for run, attempt, writer, ranges in store.marks_of(run_ids)}
    only = None if key_ids is None else frozenset(key_ids)
    payloads: dict[tuple[int, int], list[bytes]] = {}
    for run_id, attempt, writer, seq, payload in rows:
        if (run_id, attempt, writer) not in marks or seq not in marks[run_id, attempt, writer]:
            payloads.setdefault((run_id, attempt), []).append(bytes(payload))
    parts: dict[tuple[int, int, int], list[Points]] = {}
    for (run_id, attempt), some in payloads.items():
        for one in batches.decode_many(some, only):
            parts.setdefault((run_id, one.key_id, attempt), []).append(Points(one.step, one.time, one.value))
    return {series: ordered(joined_points(columns)) for series, columns in parts.items()}


class Want(NamedTuple):
    """Which part of a piece to read: steps lo to hi, as cells of 2**shift steps, or as points when shift is None."""

    piece: Piece
    lo: int
    hi: int
    shift: int | None

    @property
    def level(self) -> int:
        """The stored level that serves the want; 0 for points."""
        return 0 if self.shift is None else max((one for one in self.piece.levels if one <= self.shift), default=0)


@dataclass
class Found:
    """What a want got: cells or points. left, right: the nearest finite points outside lo..hi that happened to be at
    hand, as (step, time, value)."""

    cells: Buckets = NO_BUCKETS
    points: Points = NO_POINTS
    level: int = 0
    left: tuple[int, int, float] | None = None
    right: tuple[int, int, float] | None = None
    parts: list[Buckets] = field(default_factory=list)


class _Ask(NamedTuple):
    want: int
    level: int
    lo: int
    hi: int


def read(wants: Sequence[Want], *, times: bool = False, sums: bool = False) -> list[Found]:
    """The exact cells, or the points, of every want.

    One query per level used: edge cells are cut at lo and hi, so their points come from the next finer level, down to
    points. times, sums: whether the cells need them; without, those fields are 0.
    """
    times = times or any(want.piece.tail_overlaps for want in wants)
    fold: _Fold = fold_points if times or sums else fold_bare
    results = [Found(level=want.level) for want in wants]
    asks = [_Ask(i, results[i].level, want.lo, want.hi) for i, want in enumerate(wants) if want.lo <= want.hi]
    while asks:
        groups = _stretches(wants, asks)
        stored = decoded.read([stretch for _, stretch in groups], times, sums)
        asks = [
            finer
            for (members, _), one in zip(groups, stored, strict=True)
            for finer in _take(wants, results, members, one, fold)
        ]
    for want, found in zip(wants, results, strict=True):
        if want.shift is not None:
            found.cells = merged(found.parts, want.shift)
            found.parts = []
        if want.piece.clock:
            found.points = found.points._replace(time=earlier(found.points.time, want.piece.clock))
            if len(found.cells.ints) == INTS:
                found.cells = earlier_buckets(found.cells, want.piece.clock)
    return results


_Fold = Callable[[Points, int], Buckets]


def _stretches(wants: Sequence[Want], asks: list[_Ask]) -> list[tuple[list[_Ask], Stretch]]:
    """What to read for all asks: those of a piece and level that are near each other share a stretch."""
    groups: dict[tuple[int, int], list[_Ask]] = {}
    for ask in asks:
        groups.setdefault((id(wants[ask.want].piece), ask.level), []).append(ask)
    together: list[list[_Ask]] = []
    for (_, level), members in groups.items():
        members.sort(key=lambda ask: ask.lo)
        near = (chunks.BUCKETS_PER_CHUNK if level else chunks.POINTS_PER_CHUNK) << level
        reach: int | None = None
        for ask in members:
            if reach is None or ask.lo - reach > near:
                together.append([])
            together[-1].append(ask)
            reach = ask.hi if reach is None else max(reach, ask.hi)
    stretches = []
    for members in together:
        piece = wants[members[0].want].piece
        lo, hi = members[0].lo, max(ask.hi for ask in members)
        stretches.append((members, Stretch(piece.series, piece.blob, members[0].level, lo, hi)))
    return stretches


def _take(wants: Sequence[Want], results: list[Found], asks: list[_Ask], stored: Decoded, fold: _Fold) -> list[_Ask]:
    """Put a stretch into what its asks found; returns the asks for finer levels that follow. Asks no database."""
    finer: list[_Ask] = []
    if isinstance(stored, Buckets):
        for ask in asks:
            finer.extend(_read_buckets(wants[ask.want], ask, stored, results[ask.want], fold))
        return finer
    points = stored if len(asks) == 1 else list(stored)
    for ask in asks:
        _read_points(wants[ask.want], ask, points, results[ask.want], fold)
    return finer


def _read_points(want: Want, ask: _Ask, stored: Iterable[Points], found: Found, fold: _Fold) -> None:
    """Fold the points of an ask chunk by chunk, each while it is in the processor's cache; or keep them."""
    tail = want.piece.tail_between(ask.lo, ask.hi)
    all_at_once = want.shift is None or tail.size > 0
    inside: list[Points] = []
    for chunk in stored:
        begin = int(np.searchsorted(chunk.step, ask.lo)) if chunk.step[0] < ask.lo else 0
        end = int(np.searchsorted(chunk.step, ask.hi, side="right")) if chunk.step[-1] > ask.hi else chunk.size
        if begin and ask.lo == want.lo:
            found.left = last_finite(chunk.part(slice(0, begin))) or found.left
        if end < chunk.size and ask.hi == want.hi and not found.right:
            found.right = first_finite(chunk.part(slice(end, None)), want.piece.hi)
        if begin >= end:
            continue
        # Chunks that share a step must be folded together: without times only their order tells which point is first.
        if inside and not all_at_once and inside[-1].step[-1] != chunk.step[begin]:
            found.parts.append(fold(joined_points(inside), want.shift or 0))
            inside = []
        inside.append(chunk.part(slice(begin, end)) if begin or end < chunk.size else chunk)
    points = ordered(joined_points([*inside, tail])) if tail.size else joined_points(inside)
    if want.shift is None:
        found.points = points
    elif points.size:
        found.parts.append(fold(points, want.shift))


def _read_buckets(want: Want, ask: _Ask, stored: Buckets, found: Found, fold: _Fold) -> list[_Ask]:
    """Take the whole buckets of an ask; returns asks for the finer ones inside the buckets that lo or hi cuts."""
    level = ask.level
    width = 2**level - 1
    start = stored.ints[START]
    low, high = (ask.lo >> level) << level, (ask.hi >> level) << level
    begin, end = int(np.searchsorted(start, low)), int(np.searchsorted(start, high, side="right"))
    finer = max((one for one in want.piece.levels if one < level), default=0)
    ends = []
    if ask.lo > max(low, want.piece.step_min):
        ends.append(low)
    if ask.hi < min(high + width, want.piece.step_max) and high not in ends:
        ends.append(high)
    asks = [_Ask(ask.want, finer, max(ask.lo, bucket), min(ask.hi, bucket + width)) for bucket in ends]
    if begin < end and start[begin] in ends:
        begin += 1
    if begin < end and start[end - 1] in ends:
        end -= 1
    if begin < end:
        found.parts.append(stored.part(slice(begin, end)))
    tail = want.piece.tail_between(ask.lo, ask.hi)
    if tail.size and ends:
        inside = ~np.isin((tail.step >> level) << level, ends)
        tail = tail.part(inside)
    if tail.size:
        found.parts.append(fold(tail, level))
    return asks


def last_finite(points: Points) -> tuple[int, int, float] | None:
    """The last finite one of ordered points."""
    good = np.flatnonzero(np.isfinite(points.value))
    if not len(good):
        return None
    i = good[-1]
    return int(points.step[i]), int(points.time[i]), float(points.value[i])


def first_finite(points: Points, hi: int) -> tuple[int, int, float] | None:
    """The first finite one of ordered points up to step hi."""
    good = np.flatnonzero(np.isfinite(points.value) & (points.step <= hi))
    if not len(good):
        return None
    i = good[0]
    return int(points.step[i]), int(points.time[i]), float(points.value[i])


def whole(some: Sequence[Piece]) -> dict[int, Buckets]:
    """One bucket over the visible points of each piece, by its place; pieces without visible points are left out.

    Costs nothing more for pieces that are not cut: the head and the tail are at hand.
    """
    result: dict[int, Buckets] = {}
    cut = [i for i, piece in enumerate(some) if piece.is_cut]
    for i, found in zip(
        cut, read([Want(some[i], STEP_MIN, some[i].hi, LAST_LEVEL) for i in cut], times=True, sums=True), strict=True
    ):
        if found.cells.size:
            result[i] = _one(found.cells)
    for i, piece in enumerate(some):
        if piece.is_cut:
            continue
        parts = [piece.head] if piece.points else []
        if piece.tail.size:
            parts.append(fold_points(piece.tail, LAST_LEVEL, np.array([0, piece.tail.size])))
        one = parts[0] if len(parts) == 1 else _one(joined_buckets(parts))
        result[i] = earlier_buckets(one, piece.clock) if piece.clock else one
    return result


def _one(buckets: Buckets) -> Buckets:
    return fold_buckets(buckets, LAST_LEVEL, np.array([0, buckets.size]))
