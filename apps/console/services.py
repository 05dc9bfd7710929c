"""Writes to the console store: add lines, settle a run, remove a run's lines."""

from collections.abc import Sequence
from typing import NamedTuple

from apps.console import hints, jobs, store
from apps.console.chunks import Encoded, encode_lines
from apps.console.errors import BatchDiffers
from apps.console.lines import Line, Sent, arrived
from apps.console.store import Writer
from apps.console.writers import (
    decode_unfinished,
    encode_unfinished,
    recent_digest,
    with_recent,
    with_unfinished,
)
from apps.core.group_commit import commits_in_groups, write_in_group
from apps.core.marks import Marks
from apps.core.transactions import in_series_write


class Receipt(NamedTuple):
    """What became of a batch. accepted: lines taken of it; total: numbered lines of the run."""

    accepted: int
    duplicate: bool
    total: int


class Batch(NamedTuple):
    """A batch ready to be stored; all that costs time is done before the transaction begins."""

    run_id: int
    attempt: int
    writer: str
    seq: int
    digest: bytes
    unfinished: dict[int, Line | None]
    chunks: list[Encoded]


def append_lines(*, run_id: int, attempt: int, writer: str, seq: int, lines: Sequence[Sent], digest: bytes) -> Receipt:
    """Store lines of a run durably, numbered in the order of arrival. A batch sent again stores nothing.

    digest: of the lines as they came (writers.batch_digest): a retry of lines that took the time of their arrival has
    other times, and is the same batch.
    Raises BatchDiffers when the same (attempt, writer, seq) came before with other lines and is still remembered, and
    TooManyGaps when the writer left too many seqs out; then nothing is stored.
    """
    came = arrived(lines)
    batch = Batch(run_id, attempt, writer, seq, digest, came.unfinished, encode_lines(came.lines, attempt))
    hints.mark_pending(run_id)
    write = write_in_group if commits_in_groups() else in_series_write
    stored, total = write(lambda: _store(batch))
    if stored:
        hints.lines_added(run_id)
    return Receipt(len(lines) if stored else 0, not stored, total)


def _store(batch: Batch) -> tuple[bool, int]:
    """Store a batch inside a transaction: (whether it is new, lines of the run).

    The run's row is held from here on, so nobody else adds lines to the run, and what is read is the newest: on
    PostgreSQL too, where each statement sees what was committed before it began. All is checked before any is written.
    """
    run_id, attempt, name, seq, digest, came, chunks = batch
    total = store.hold_run(run_id)
    known = store.writer(run_id, attempt, name)
    ranges, recent, unfinished = known or Writer()
    marks = Marks(ranges)
    if seq in marks:
        if recent_digest(recent, seq) not in (None, digest):
            raise BatchDiffers(name, seq)
        return False, total
    marks.require_room(name)
    if known is None:
        chunks = [*_left_unfinished(run_id, attempt), *chunks]
    marks.add([seq])
    store.save_writer(
        run_id,
        attempt,
        name,
        Writer(marks.to_bytes(), with_recent(recent, seq, digest), with_unfinished(unfinished, seq, came)),
    )
    count = sum(chunk.lines for chunk in chunks)
    if count:
        store.insert_chunks(run_id, total + 1, chunks)
        store.count_lines(run_id, count, sum(chunk.size for chunk in chunks))
    return True, total + count


def _left_unfinished(run_id: int, attempt: int) -> list[Encoded]:
    """What attempts before this one left unfinished, as lines: it will not be finished any more."""
    chunks: list[Encoded] = []
    for before, name, blob in store.unfinished(run_id):
        lines = [one.line for one in decode_unfinished(bytes(blob)).values() if one.line is not None]
        if before < attempt and lines:
            chunks += encode_lines(lines, before)
            known = store.writer(run_id, before, name)
            assert known is not None
            done = {stream: one._replace(line=None) for stream, one in decode_unfinished(bytes(blob)).items()}
            store.save_writer(run_id, before, name, known._replace(unfinished=encode_unfinished(done)))
    return chunks


def settle(run_id: int) -> None:
    """Join a run's small chunks, here and now."""
    jobs.settle_run(run_id)


def delete_lines(run_id: int) -> None:
    """Remove all lines of a run, in bounded steps; run again after it was interrupted, it goes on.

    Each step moves the version, so that nobody who joins chunks meanwhile brings some back.
    """

    def step() -> bool:
        store.hold_run(run_id)
        found = store.chunks_to_remove(run_id)
        if found is None:
            store.delete_run(run_id)
            return False
        held = store.held(run_id)
        store.advance_version(run_id, held.version, held.settled)
        store.delete_chunks(run_id, [found])
        return True

    while in_series_write(step):
        pass
    hints.forget(run_id)
