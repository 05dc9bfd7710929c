"""Writes to the series store: accept a batch, settle a run, delete a run's history."""

import math
from typing import NamedTuple

from apps.core import metrics
from apps.core.group_commit import commits_in_groups, write_in_group
from apps.core.marks import MAX_GAPS, Marks
from apps.core.memory import Memory
from apps.core.transactions import in_series_write, retried, series_connection
from apps.history import batches, hints, jobs, store, totals
from apps.history.batches import Batch
from apps.history.errors import MAX_KEYS_PER_RUN, BatchDiffers, KeyCollision, TooManyKeys
from apps.history.models import PendingRun

KNOWN_RUNS = 2_048
_known: Memory[tuple[int, int], frozenset[int]] = Memory(math.inf, KNOWN_RUNS)  # (run, attempt): keys with a head


class Receipt(NamedTuple):
    """What became of a batch. total: points of the run, those waiting included, counted as totals.py says."""

    accepted: int
    duplicate: bool
    total: int


def append_batch(
    *, run_id: int, attempt: int, writer: str, seq: int, batch: Batch, digest: bytes | None = None
) -> Receipt:
    """Store one batch of a run durably and hint its compaction. A batch sent again stores nothing.

    digest: 16 bytes that tell this content from another, when that is not the payload's own: a retry of points that
    took the time of their arrival has other times, and is the same batch.
    Raises BatchDiffers when the same (attempt, writer, seq) waits with other content, TooManyGaps when the writer left
    too many seqs out, TooManyKeys and KeyCollision for the run's keys; then nothing is stored.
    """
    payload = batches.encode(batch)
    digest = digest or batches.digest(payload)
    names = batch.names

    hints.mark_pending(run_id)
    count = totals.current_count(run_id)
    if not _append(run_id, attempt, writer, seq, batch.points, digest, payload, names):
        totals.forget_count(run_id)
        metrics.batch_taken(0, duplicate=True)
        return Receipt(0, True, totals.held_with(run_id, 0, None).all_points)
    metrics.batch_taken(batch.points, duplicate=False)
    held = totals.held_with(run_id, batch.points, count)
    hints.batch_accepted(run_id, batch.points, held.batches)
    return Receipt(batch.points, False, held.all_points)


def _append(
    run_id: int, attempt: int, writer: str, seq: int, points: int, digest: bytes, payload: bytes, names: dict[int, str]
) -> bool:
    """Store a batch the quickest way there is; False when it was stored before."""
    if commits_in_groups():
        return write_in_group(lambda: _store(run_id, attempt, writer, seq, points, digest, payload, names))
    if series_connection().vendor == "postgresql" and names.keys() <= _known_keys(run_id, attempt):
        done = retried(lambda: store.append_at_once(run_id, attempt, writer, seq, points, digest, payload))
        marks = Marks(done.ranges)
        if done.inserted and not done.was_there and seq not in marks and marks.gaps < MAX_GAPS:
            return True
        if done.inserted:  # perhaps compacted before, or one gap too many: readers skip the row; it must not stay
            in_series_write(lambda: store.delete_batches(run_id, [(attempt, writer, seq, seq)]))
    return in_series_write(lambda: _store(run_id, attempt, writer, seq, points, digest, payload, names))


def _store(
    run_id: int, attempt: int, writer: str, seq: int, points: int, digest: bytes, payload: bytes, names: dict[int, str]
) -> bool:
    """The statements of _append one by one, inside a transaction: everything is checked before anything is written."""
    marks = Marks(store.mark_ranges(run_id, attempt, writer))
    if seq in marks:
        return False
    marks.require_room(writer)
    new_names = _new_names(run_id, attempt, names)
    if store.insert_batch(run_id, attempt, writer, seq, points, digest, payload):
        # On PostgreSQL a compaction of this batch may have committed since its marks were read (see append_at_once).
        if series_connection().vendor == "postgresql" and seq in Marks(store.mark_ranges(run_id, attempt, writer)):
            store.delete_batches(run_id, [(attempt, writer, seq, seq)])
            return False
        store.insert_series((run_id, one, attempt, name) for one, name in new_names.items())
        return True
    stored = store.batch_digest(run_id, attempt, writer, seq)
    if stored is not None and stored != digest:
        raise BatchDiffers(writer, seq)
    return False


def _new_names(run_id: int, attempt: int, names: dict[int, str]) -> dict[int, str]:
    """The keys that have no head in this attempt of the run yet; holds the run's row when there may be some."""
    if names.keys() <= _known_keys(run_id, attempt):
        return {}
    learn = _known.learner()
    store.lock_run(run_id)
    rows = store.series_names(run_id)
    stored = {one: name for one, _, name in rows}
    for one, name in names.items():
        if stored.get(one, name) != name:
            raise KeyCollision(name, stored[one])
    if len(stored.keys() | names.keys()) > MAX_KEYS_PER_RUN:
        raise TooManyKeys(len(stored.keys() | names.keys()))
    there = {one for one, number, _ in rows if number == attempt}
    learn((run_id, attempt), frozenset(there))  # what this transaction writes is remembered by the next one
    return {one: name for one, name in names.items() if one not in there}


def _known_keys(run_id: int, attempt: int) -> frozenset[int]:
    return _known.get((run_id, attempt)) or frozenset()


def settle(run_id: int, seconds: float = math.inf) -> bool:
    """Compact everything a run has waiting, here and now; False when some was left after so many seconds."""
    return jobs.settle_run(run_id, seconds)


def delete_history(run_id: int) -> None:
    """Remove all series of a run, in bounded steps. Killed anywhere and run again it goes on.

    What remains is one row that keeps a compaction which began before from committing. Call it once more when no
    request that was let in before can still store a batch, and then forget_history.
    """
    in_series_write(lambda: store.bury_run(run_id))
    for some in store.delete_some(run_id):
        while in_series_write(some):
            pass
    PendingRun.objects.filter(run_id=run_id).delete()
    totals.forget_count(run_id)


def forget_history(run_id: int) -> None:
    """Remove the last row of a run whose history was deleted: nobody can write to it any more."""
    in_series_write(lambda: store.forget_run(run_id))
