"""What a worker does: compact a run's waiting batches, roll small ones up, find what the queue lost.

Safety is the version row beside the data: a rewrite reads the version first and everything else later, works outside
any transaction, and commits only while the version still stands. So a worker killed anywhere loses and doubles nothing.
"""

import math
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from apps.core import metrics
from apps.core.marks import Marks
from apps.core.transactions import in_series_write
from apps.history import batches, chunks, store
from apps.history.buckets import Points, joined_points, ordered
from apps.history.compaction import Change, Place, Settled, Stored, add_to_series, level_list
from apps.history.models import PendingRun

POINTS_AT_ONCE = 2_000_000
BATCHES_AT_ONCE = 20_000
SERIES_AT_ONCE = 500
ROLLED = ""  # the writer of rolled-up rows; no client may use it
SMALL = 4_096  # points of a batch that is worth rolling up
ROLL_UP_FROM = 256
LEASE = timedelta(seconds=30)
FORGET_AFTER = timedelta(seconds=60)

settled: list[Callable[[int], None]] = []  # what apps above do with a run after its compaction; each may be done twice

Name = tuple[int, str, int]  # attempt, writer, seq
SeriesName = tuple[int, int]  # key id, attempt


class Taken(NamedTuple):
    """Waiting batches of one run: payloads by name, and names that were stored before and only need deleting.

    all_of_them: whether nothing else waited.
    """

    payloads: dict[Name, bytes]
    stale: list[Name]
    marks: dict[tuple[int, str], Marks]
    all_of_them: bool

    def marked(self) -> list[tuple[int, str, bytes]]:
        """The marks of the writers with these batches among them."""
        seqs: dict[tuple[int, str], list[int]] = {}
        for attempt, writer, seq in self.payloads:
            if writer != ROLLED:
                seqs.setdefault((attempt, writer), []).append(seq)
        rows = []
        for (attempt, writer), some in seqs.items():
            marks = self.marks.get((attempt, writer), Marks())
            marks.add(some)
            rows.append((attempt, writer, marks.to_bytes()))
        return rows

    def ranges(self) -> list[tuple[int, str, int, int]]:
        """All the names as ranges of consecutive seqs: (attempt, writer, first, last)."""
        result: list[tuple[int, str, int, int]] = []
        for attempt, writer, seq in sorted([*self.payloads, *self.stale]):
            if result and result[-1][:2] == (attempt, writer) and result[-1][3] == seq - 1:
                result[-1] = (attempt, writer, result[-1][2], seq)
            else:
                result.append((attempt, writer, seq, seq))
        return result


def settle_run(run_id: int, seconds: float = math.inf) -> bool:
    """Compact everything a run has waiting now; what comes meanwhile brings its own hint, or training never ends.

    seconds: begin no round of about POINTS_AT_ONCE points later; False when that left some waiting.
    Running it twice, or twice at once, changes nothing. What follows is called each time, compacted or not: a worker
    killed before it leaves it to the next.
    """
    deadline = time.monotonic() + seconds
    done = _settle_some(run_id)
    while not done and time.monotonic() < deadline:
        done = _settle_some(run_id)
    for follow in settled:
        follow(run_id)
    return done


def _settle_some(run_id: int) -> bool:
    """One round of compaction; whether nothing is left of what waited when it began."""
    version, _ = store.run_version(run_id)
    if version == store.BURIED:
        return True
    taken = _take(run_id)
    if not taken.payloads and not taken.stale:
        return True
    new = _columns(taken)
    try:
        settled = _add(run_id, new)
    except _Overtaken:
        return False
    points = sum(len(one.step) for some in new.values() for one in some)
    return in_series_write(lambda: _commit(run_id, version, points, taken, settled)) and taken.all_of_them


def _columns(taken: Taken) -> dict[SeriesName, list[batches.Columns]]:
    """The points of waiting batches by series."""
    payloads: dict[int, list[bytes]] = {}
    for (attempt, _, _), payload in taken.payloads.items():
        payloads.setdefault(attempt, []).append(payload)
    result: dict[SeriesName, list[batches.Columns]] = {}
    for attempt, some in payloads.items():
        for columns in batches.decode_many(some):
            result.setdefault((columns.key_id, attempt), []).append(columns)
    return result


def _take(run_id: int) -> Taken:
    """The next waiting batches of a run, in key order, about POINTS_AT_ONCE points."""
    waiting = store.batch_names(run_id, BATCHES_AT_ONCE)
    names: list[Name] = []
    points = 0
    for attempt, writer, seq, size in waiting:
        if names and points + size > POINTS_AT_ONCE:
            break
        names.append((attempt, writer, seq))
        points += size
    if not names:
        return Taken({}, [], {}, True)
    marks = {(attempt, writer): Marks(bytes(ranges)) for attempt, writer, ranges in store.run_marks(run_id)}
    payloads, stale = {}, []
    for attempt, writer, seq, payload in store.batch_payloads(run_id, names[0], names[-1]):
        if (attempt, writer) in marks and seq in marks[attempt, writer]:
            stale.append((attempt, writer, seq))
        else:
            payloads[attempt, writer, seq] = bytes(payload)
    return Taken(payloads, stale, marks, len(names) == len(waiting) < BATCHES_AT_ONCE)


class _Shelf:
    """What is stored of some series of one run: places fetched at once, blobs of what will surely be touched too."""

    def __init__(self, run_id: int, wants: list[tuple[int, int, int, int]]) -> None:
        self._run_id = run_id
        self._places: dict[tuple[int, int, int], list[Place]] = {}
        for key_id, attempt, *place in store.places(run_id, wants):
            found = Place(*place)
            self._places.setdefault((key_id, attempt, found.level), []).append(found)
        last = [
            (key_id, attempt, level, found[-1].step_min, found[-1].part)
            for (key_id, attempt, level), found in self._places.items()
        ]
        self._blobs = {tuple(row[:5]): row[5:] for row in store.chunk_blobs(run_id, last)}

    def stored(self, series: SeriesName, level: int) -> Stored:
        def read(place: Place) -> tuple[bytes, bytes, bytes]:
            name = (*series, level, place.step_min, place.part)
            if name not in self._blobs:
                rows = store.chunk_blobs(self._run_id, [name])
                if not rows:
                    raise _Overtaken
                self._blobs[name] = rows[0][5:]
            shape, times, sums = self._blobs[name]
            return bytes(shape), bytes(times), bytes(sums)

        return Stored(self._places.get((*series, level), []), read)


class _Overtaken(Exception):
    """Another compactor changed the run meanwhile; what was computed here is thrown away."""


def _add(run_id: int, new: dict[SeriesName, list[batches.Columns]]) -> dict[SeriesName, Settled]:
    """Compute the change of every series that has new points."""
    heads = {(row[0], row[1]): row[2:] for row in store.run_series(run_id)}
    result: dict[SeriesName, Settled] = {}
    names = sorted(new)
    for begin in range(0, len(names), SERIES_AT_ONCE):
        some = names[begin : begin + SERIES_AT_ONCE]
        points = {series: _points(new[series]) for series in some}
        wants: list[tuple[int, int, int, int]] = []
        for series in some:
            stored_points, _, step_max, levels, _ = heads[series]
            if stored_points:
                wants.extend(_wants(series, points[series], step_max, levels))
        shelf = _Shelf(run_id, wants)
        for series in some:
            stored_points, step_min, step_max, levels, bucket = heads[series]

            def stored(level: int, series: SeriesName = series, shelf: _Shelf = shelf) -> Stored:
                return shelf.stored(series, level)

            head = chunks.decode_heads([bytes(bucket)] if stored_points else [])
            result[series] = add_to_series(stored, head, levels, stored_points, (step_min, step_max), points[series])
    return result


def _points(columns: list[batches.Columns]) -> Points:
    return ordered(joined_points([Points(one.step, one.time, one.value) for one in columns]))


def _wants(series: SeriesName, points: Points, step_max: int, levels: int) -> Iterable[tuple[int, int, int, int]]:
    """Which places of a series to look up: from the first step that changes on; all before it gets its first levels."""
    everything = -(2**63)
    first = min(int(points.step[0]), step_max)
    yield (*series, 0, first if levels else everything)
    existing = level_list(levels)
    for level in existing:
        yield (*series, level, everything if level == existing[-1] else (first >> level) << level)


def _commit(run_id: int, version: int, points: int, taken: Taken, settled: dict[SeriesName, Settled]) -> bool:
    """The one short transaction that makes a compaction true; False when another was faster."""
    if not store.advance_version(run_id, version, points):
        return False
    _save_changes(run_id, {series: one.change for series, one in settled.items()})
    store.save_series(
        run_id,
        (
            (one.points, one.step_min, one.step_max, one.levels, chunks.encode_head(one.head), *series)
            for series, one in settled.items()
        ),
    )
    store.save_marks(run_id, taken.marked())
    store.delete_batches(run_id, taken.ranges())
    return True


def _save_changes(run_id: int, changes: dict[SeriesName, Change]) -> None:
    fresh = [(*series, *chunk) for series, change in changes.items() for chunk in change.stored]
    stay = {row[:5] for row in fresh}
    old = [(*series, *place[:3]) for series, change in changes.items() for place in change.removed]
    store.delete_chunks(run_id, [name for name in old if name not in stay])
    store.save_chunks([(run_id, *row[:-1], *row[-1]) for row in fresh])


def roll_up(run_id: int, at_least: int = ROLL_UP_FROM) -> bool:
    """Join a run's small waiting batches into one row per attempt, so that reads stay quick while no worker runs.

    False when there are not `at_least` so many, or a compactor was faster.
    """
    version, _ = store.run_version(run_id)
    if version == store.BURIED:
        return False
    marks = {(attempt, writer): Marks(bytes(ranges)) for attempt, writer, ranges in store.run_marks(run_id)}
    small: dict[Name, bytes] = {}
    stale: list[Name] = []
    for attempt, writer, seq, payload in store.small_batches(run_id, SMALL, BATCHES_AT_ONCE):
        if (attempt, writer) in marks and seq in marks[attempt, writer]:
            stale.append((attempt, writer, seq))
        else:
            small[attempt, writer, seq] = bytes(payload)
    if len(small) < at_least:
        return False
    by_attempt: dict[int, list[bytes]] = {}
    for (attempt, _, _), payload in small.items():
        by_attempt.setdefault(attempt, []).append(payload)
    rolled = Taken(small, stale, marks, False)

    def commit() -> bool:
        if not store.advance_version(run_id, version, 0):
            return False
        store.save_marks(run_id, rolled.marked())
        store.delete_batches(run_id, rolled.ranges())
        for attempt, payloads in by_attempt.items():
            payload = batches.join(payloads)
            points = sum(len(columns.step) for columns in batches.decode(payload))
            store.insert_batch(run_id, attempt, ROLLED, version + 1, points, batches.digest(payload), payload)
        return True

    return in_series_write(commit)


# --- Which runs: rows of the metadata plane ---


def settle_leased(run_id: int) -> None:
    """Compact a run unless another worker is at it."""
    now = timezone.now()
    PendingRun.objects.get_or_create(run_id=run_id, defaults={"marked_at": now})
    mine = PendingRun.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), run_id=run_id)
    if not mine.update(leased_until=now + LEASE):
        return
    began = time.perf_counter()
    try:
        settle_run(run_id)
    finally:
        metrics.compaction_done(time.perf_counter() - began)
        PendingRun.objects.filter(run_id=run_id).update(leased_until=None)


def sweep() -> None:
    """Compact what the queue lost, and forget runs that have been quiet."""
    quiet_since = timezone.now() - FORGET_AFTER
    for run_id, marked_at in list(PendingRun.objects.order_by("marked_at").values_list("run_id", "marked_at")):
        settle_leased(run_id)
        if marked_at < quiet_since and not store.batch_names(run_id, 1):
            PendingRun.objects.filter(run_id=run_id, marked_at=marked_at).delete()
