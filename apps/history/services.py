"""Writes to the series store: accept a batch, settle a run, delete a run's history."""

import threading
from collections import OrderedDict
from typing import NamedTuple

from apps.history import batches, jobs, store
from apps.history.batches import Batch
from apps.history.errors import MAX_GAPS, MAX_KEYS_PER_RUN, BatchDiffers, KeyCollision, TooManyGaps, TooManyKeys
from apps.history.marks import Marks
from apps.history.transactions import in_series_write

KNOWN_RUNS = 2_048
_known: OrderedDict[tuple[int, int], frozenset[int]] = OrderedDict()  # (run, attempt): key ids with a head row
_known_lock = threading.Lock()


class Receipt(NamedTuple):
    """What became of a batch. total: points of the run, those waiting included."""

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

    def write() -> Receipt:
        return store_batch(run_id, attempt, writer, seq, batch.points, digest, payload, names)

    return in_series_write(write)


def store_batch(
    run_id: int, attempt: int, writer: str, seq: int, points: int, digest: bytes, payload: bytes, names: dict[int, str]
) -> Receipt:
    """The statements of append_batch, inside its transaction. Everything is checked before anything is written."""
    marks = Marks(store.mark_ranges(run_id, attempt, writer))
    if seq in marks:
        return Receipt(0, True, _total(run_id))
    if marks.gaps >= MAX_GAPS:
        raise TooManyGaps(writer, marks.gaps)
    _add_names(run_id, attempt, names)
    if not store.insert_batch(run_id, attempt, writer, seq, points, digest, payload):
        stored = store.batch_digest(run_id, attempt, writer, seq)
        if stored is not None and stored != digest:
            raise BatchDiffers(writer, seq)
        return Receipt(0, True, _total(run_id))
    return Receipt(points, False, _total(run_id))


def _total(run_id: int) -> int:
    held = store.waiting(run_id)
    return held.compacted + held.points


def _add_names(run_id: int, attempt: int, names: dict[int, str]) -> None:
    """Write the heads of keys this process has not seen in this attempt of the run."""
    known = _known.get((run_id, attempt), frozenset())
    if names.keys() <= known:
        return
    store.lock_run(run_id)
    rows = store.series_names(run_id)
    stored = {one: name for one, _, name in rows}
    for one, name in names.items():
        if stored.get(one, name) != name:
            raise KeyCollision(name, stored[one])
    if len(stored.keys() | names.keys()) > MAX_KEYS_PER_RUN:
        raise TooManyKeys(len(stored.keys() | names.keys()))
    there = {one for one, number, _ in rows if number == attempt}
    store.insert_series((run_id, one, attempt, name) for one, name in names.items() if one not in there)
    _remember(run_id, attempt, frozenset(there))  # what this transaction wrote is remembered by the next one


def _remember(run_id: int, attempt: int, keys: frozenset[int]) -> None:
    with _known_lock:
        _known[run_id, attempt] = keys
        _known.move_to_end((run_id, attempt))
        while len(_known) > KNOWN_RUNS:
            _known.popitem(last=False)


def settle(run_id: int) -> None:
    """Compact everything a run has waiting, here and now."""
    jobs.settle_run(run_id)


def delete_history(run_id: int) -> None:
    """Remove all series of a run."""
    for table in ("history_batch", "history_mark", "series_chunk", "series", "history_run"):
        in_series_write(lambda table=table: store.run(f"DELETE FROM {table} WHERE run_id = %s", (run_id,)))  # type: ignore[misc]  # noqa: S608
