"""The arithmetic of compaction: which chunks new points touch, what they become, which levels a series gets.

New points of one series go into its level-0 chunks and, folded, into each of its levels. Only the chunks they fall into
are decoded, merged and written again. Nothing here knows a database.
"""

import itertools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from apps.history import chunks
from apps.history.batches import Ints
from apps.history.buckets import (
    FIRST_LEVEL,
    START,
    TIME_MAX,
    TIME_MIN,
    Buckets,
    N,
    Points,
    compiled,
    fold_buckets,
    fold_points,
    joined_buckets,
    joined_points,
    merged,
    ordered,
)

LEVELS_FROM = 16_384  # a series gets levels when it has so many points
LEVEL_STRIDE = 2
LAST_LEVEL = 62
POINTS_PER_BUCKET = 32  # the finest level must shrink the data at least so much, or it would cost more than it saves
TOP_BUCKETS = 512  # a level with so few buckets needs no coarser one above it
TOP_GROWN = 2_048  # a top level that has grown to so many gets one


class Place(NamedTuple):
    """Where a stored chunk of a series is."""

    level: int
    step_min: int
    part: int
    step_max: int
    size: int


class Chunk(NamedTuple):
    """A chunk to be stored."""

    level: int
    step_min: int
    part: int
    step_max: int
    size: int
    finite: int
    time_min: int
    time_max: int
    blobs: chunks.Blobs


class Stored(NamedTuple):
    """What compaction knows of one level of a series: places in order, and how to read the blobs of one of them."""

    places: list[Place]
    read: Callable[[Place], tuple[bytes, bytes, bytes]]


class Change(NamedTuple):
    """What compaction does to the chunks of a series: remove these, then store those."""

    removed: list[Place]
    stored: list[Chunk]


class Region(NamedTuple):
    """Consecutive stored chunks places[first:last] and the new items new[begin:end] that fall among them."""

    first: int
    last: int
    begin: int
    end: int


def regions(starts: Ints, ends: Ints, full: Ints, new: Ints) -> list[Region]:
    """Group sorted new items with the chunks they fall into.

    starts, ends: first and last item of each stored chunk, in order; full: whether it has no room left; new: (n,)
    sorted.
    Chunks that share a step are one region, so that parts can be numbered anew. Items behind a full last chunk make a
    region of their own.
    """
    count = len(starts)
    if count == 0:
        return [Region(0, 0, 0, len(new))]
    home = np.maximum(np.searchsorted(starts, new, side="right") - 1, 0)
    if full[-1]:
        home[(home == count - 1) & (new > ends[-1])] = count
    touched = np.zeros(count + 1, bool)
    touched[home] = True
    linked = np.append(starts[1:] == ends[:-1], False)  # linked[i]: chunk i and i + 1 share a step
    for i in range(1, count):
        touched[i] |= touched[i - 1] & linked[i - 1]
    for i in range(count - 2, -1, -1):
        touched[i] |= touched[i + 1] & linked[i]
    result = []
    i = 0
    while i <= count:
        if not touched[i]:
            i += 1
            continue
        if i == count:  # behind a full last chunk
            result.append(Region(count, count, int(np.searchsorted(home, count)), len(new)))
            break
        j = i
        while j < count and touched[j]:
            j += 1
        begin, end = np.searchsorted(home, i), np.searchsorted(home, j)
        result.append(Region(i, j, int(begin), int(end)))
        i = j
    return result


def _cuts(size: int, capacity: int, at_end: bool) -> list[tuple[int, int]]:
    """Where to cut a region: full chunks at a series' growing end, even ones elsewhere."""
    if at_end:
        return [(i, min(i + capacity, size)) for i in range(0, size, capacity)]
    pieces = -(-size // capacity)
    marks = [size * i // pieces for i in range(pieces + 1)]
    return list(itertools.pairwise(marks))


def add_points(stored: Stored, new: Points) -> Change:
    """Merge ordered new points into the level-0 chunks of a series."""
    places = stored.places
    change = Change([], [])
    for region in regions(
        np.array([place.step_min for place in places], np.int64),
        np.array([place.step_max for place in places], np.int64),
        np.array([place.size >= chunks.POINTS_PER_CHUNK for place in places], bool),
        new.step,
    ):
        old = places[region.first : region.last]
        parts = [chunks.decode_points(*stored.read(place)[:2]) for place in old]
        points = ordered(joined_points([*parts, new.part(slice(region.begin, region.end))]))
        change.removed.extend(old)
        at_end = region.last >= len(places)
        part, last_start = 0, None
        for lo, hi in _cuts(points.size, chunks.POINTS_PER_CHUNK, at_end):
            piece = points.part(slice(lo, hi))
            start = int(piece.step[0])
            part = part + 1 if start == last_start else 0
            last_start = start
            change.stored.append(
                Chunk(
                    0,
                    start,
                    part,
                    int(piece.step[-1]),
                    piece.size,
                    int(np.isfinite(piece.value).sum()),
                    int(piece.time.min()),
                    int(piece.time.max()),
                    chunks.encode_points(piece),
                )
            )
    return change


def add_buckets(stored: Stored, new: Buckets, level: int) -> Change:
    """Merge new buckets of 2**level steps into that level of a series."""
    places = stored.places
    width = 2**level - 1
    change = Change([], [])
    for region in regions(
        np.array([place.step_min for place in places], np.int64),
        np.array([place.step_max - width for place in places], np.int64),
        np.array([place.size >= chunks.BUCKETS_PER_CHUNK for place in places], bool),
        new.ints[START],
    ):
        old = places[region.first : region.last]
        parts = [chunks.decode_buckets([stored.read(place) for place in old])]
        buckets = merged([*parts, new.part(slice(region.begin, region.end))], level)
        change.removed.extend(old)
        for lo, hi in _cuts(buckets.size, chunks.BUCKETS_PER_CHUNK, region.last >= len(places)):
            change.stored.append(_bucket_chunk(buckets.part(slice(lo, hi)), level))
    return change


def _bucket_chunk(buckets: Buckets, level: int) -> Chunk:
    start = buckets.ints[START]
    return Chunk(
        level,
        int(start[0]),
        0,
        int(start[-1]) + 2**level - 1,
        buckets.size,
        int(buckets.ints[N].sum()),
        int(buckets.ints[TIME_MIN].min()),
        int(buckets.ints[TIME_MAX].max()),
        chunks.encode_buckets(buckets),
    )


def new_level(buckets: Buckets, level: int) -> Change:
    """All chunks of a level that did not exist before."""
    cuts = _cuts(buckets.size, chunks.BUCKETS_PER_CHUNK, at_end=True)
    return Change([], [_bucket_chunk(buckets.part(slice(lo, hi)), level) for lo, hi in cuts])


@compiled
def _distinct(step: Ints, shift: int) -> int:
    count = 1
    for i in range(1, len(step)):
        if (step[i] >> shift) != (step[i - 1] >> shift):
            count += 1
    return count


def finest_level(step: Ints) -> int | None:
    """The finest level worth having for points at these sorted steps; None when no grid shrinks them enough."""
    for level in range(FIRST_LEVEL, LAST_LEVEL + 1):
        if _distinct(step, level) * POINTS_PER_BUCKET <= len(step):
            return level
    return None


class Settled(NamedTuple):
    """One series after new points came in."""

    change: Change
    levels: int  # one bit for each level that exists
    head: Buckets  # one bucket over all points
    points: int
    step_min: int
    step_max: int


def level_list(levels: int) -> list[int]:
    """The levels named by the bits, finest first."""
    return [level for level in range(LAST_LEVEL + 1) if levels >> level & 1]


def add_to_series(
    stored: Callable[[int], Stored], head: Buckets, levels: int, points: int, span: tuple[int, int], new: Points
) -> Settled:
    """Bring ordered new points into a series.

    stored: gives what is stored at a level; head, levels, points, span: the series before. All of the series is read
    only when it gets its first levels, all of its top level when that has grown enough for another above it.
    """
    change = add_points(stored(0), new)
    total = points + new.size
    existing = level_list(levels)
    if existing:
        folded = fold_points(new, existing[0])
        for level in existing:
            folded = fold_buckets(folded, level)
            more = add_buckets(stored(level), folded, level)
            change.removed.extend(more.removed)
            change.stored.extend(more.stored)
        levels |= _raise_top(stored, existing[-1], change)
    elif total >= LEVELS_FROM:
        everything = _all_points(stored(0), new)
        finest = finest_level(everything.step)
        if finest is not None:
            levels |= _build_levels(fold_points(everything, finest), finest, change)
    whole = fold_points(new, 0, np.array([0, new.size]))
    if head.size:
        whole = fold_buckets(joined_buckets([head, whole]), 0, np.array([0, 2]))
    first, last = int(new.step[0]), int(new.step[-1])
    if points:
        first, last = min(first, span[0]), max(last, span[1])
    return Settled(change, levels, whole, total, first, last)


def _all_points(stored: Stored, new: Points) -> Points:
    parts = [chunks.decode_points(*stored.read(place)[:2]) for place in stored.places]
    return ordered(joined_points([*parts, new]))


def _build_levels(buckets: Buckets, level: int, change: Change) -> int:
    """Store buckets as `level` and coarser levels above until few buckets are left; the bits of the levels made."""
    bits = 0
    while True:
        change.stored.extend(new_level(buckets, level).stored)
        bits |= 1 << level
        if buckets.size <= TOP_BUCKETS or level + LEVEL_STRIDE > LAST_LEVEL:
            return bits
        level += LEVEL_STRIDE
        buckets = fold_buckets(buckets, level)


def _raise_top(stored: Callable[[int], Stored], top: int, change: Change) -> int:
    """Levels above the top one, when it has grown too long to be read whole."""
    replaced = {place for place in change.removed if place.level == top}
    kept = [place for place in stored(top).places if place not in replaced]
    fresh = [chunk for chunk in change.stored if chunk.level == top]
    if sum(chunk.size for chunk in fresh) + sum(place.size for place in kept) <= TOP_GROWN:
        return 0
    if top + LEVEL_STRIDE > LAST_LEVEL:
        return 0
    shelf = stored(top)
    parts = [chunks.decode_buckets([*(shelf.read(place) for place in kept), *(chunk.blobs for chunk in fresh)])]
    level = top + LEVEL_STRIDE
    return _build_levels(merged(parts, level), level, change)
