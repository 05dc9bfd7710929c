"""All raw SQL of console lines. Every statement names run_id; every write names one run."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from apps.console.chunks import Encoded
from apps.core.series_sql import Row, marks_in, run, run_counted, run_many

REMOVED_AT_ONCE = 1_000  # chunks


class Held(NamedTuple):
    """What a run holds: its version, its lines, how many of them are settled, and bytes of text."""

    version: int
    lines: int
    settled: int
    size: int


class Head(NamedTuple):
    """A chunk without its blobs."""

    first: int
    lines: int
    size: int


class Writer(NamedTuple):
    """What is known of a writer; empty blobs of a new one."""

    ranges: bytes = b""
    recent: bytes = b""
    unfinished: bytes = b""


# --- Adding lines ---


def hold_run(run_id: int) -> int:
    """Make the row of a run when it is missing, hold it until the transaction ends, and give its number of lines."""
    rows = run(
        "INSERT INTO console_run (run_id, version, lines, size, settled) VALUES (%s, 0, 0, 0, 0) "
        "ON CONFLICT (run_id) DO UPDATE SET version = console_run.version RETURNING lines",
        (run_id,),
    )
    return int(rows[0][0])


def writer(run_id: int, attempt: int, name: str) -> Writer | None:
    """What is known of a writer; None of a new one."""
    rows = run(
        "SELECT ranges, recent, unfinished FROM console_writer WHERE run_id = %s AND attempt = %s AND writer = %s",
        (run_id, attempt, name),
    )
    return Writer(*map(bytes, rows[0])) if rows else None


def save_writer(run_id: int, attempt: int, name: str, known: Writer) -> None:
    run(
        "INSERT INTO console_writer (run_id, attempt, writer, ranges, recent, unfinished) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (run_id, attempt, writer) DO UPDATE "
        "SET ranges = excluded.ranges, recent = excluded.recent, unfinished = excluded.unfinished",
        (run_id, attempt, name, *known),
    )


def insert_chunks(run_id: int, first: int, chunks: Iterable[Encoded]) -> None:
    """Add chunks, one after the other from line number `first` on."""
    rows = []
    for chunk in chunks:
        rows.append((run_id, first, *chunk))
        first += chunk.lines
    run_many(
        "INSERT INTO console_chunk (run_id, first, lines, size, facts, text) VALUES (%s, %s, %s, %s, %s, %s)", rows
    )


def count_lines(run_id: int, lines: int, size: int) -> None:
    """Count lines that were added, and their bytes."""
    run("UPDATE console_run SET lines = lines + %s, size = size + %s WHERE run_id = %s", (lines, size, run_id))


# --- Joining chunks ---


def held(run_id: int) -> Held:
    """What a run holds; nothing when nothing ever came."""
    rows = run("SELECT version, lines, settled, size FROM console_run WHERE run_id = %s", (run_id,))
    return Held(*rows[0]) if rows else Held(0, 0, 0, 0)


def advance_version(run_id: int, version: int, settled: int) -> bool:
    """Move the version of a run from `version` by one and say what is settled; False when it has moved already."""
    changed = run_counted(
        "UPDATE console_run SET version = version + 1, settled = %s WHERE run_id = %s AND version = %s",
        (settled, run_id, version),
    )
    return changed == 1


def delete_chunks(run_id: int, ranges: Iterable[tuple[int, int]]) -> None:
    """Delete the chunks that begin within (first, last) line numbers."""
    run_many(
        "DELETE FROM console_chunk WHERE run_id = %s AND first BETWEEN %s AND %s",
        [(run_id, *one) for one in ranges],
    )


# --- Reading ---


def heads(run_id: int, first: int, last: int, limit: int) -> list[Head]:
    """The chunks that hold lines first..last, in order, at most `limit`: found by the primary key."""
    rows = run(
        "SELECT first, lines, size FROM console_chunk WHERE run_id = %s AND first >= COALESCE((SELECT MAX(first) "
        "FROM console_chunk WHERE run_id = %s AND first <= %s), 0) AND first <= %s ORDER BY first LIMIT %s",
        (run_id, run_id, first, last, limit),
    )
    return [Head(*row) for row in rows]


def blobs(run_id: int, first: int, last: int) -> list[Row]:
    """(first, lines, facts, text) of the chunks that begin within first..last, in order."""
    return run(
        "SELECT first, lines, facts, text FROM console_chunk WHERE run_id = %s AND first BETWEEN %s AND %s "
        "ORDER BY first",
        (run_id, first, last),
    )


def unfinished(run_id: int) -> list[Row]:
    """(attempt, writer, unfinished) of every writer of a run, in the order of their attempts."""
    return run(
        "SELECT attempt, writer, unfinished FROM console_writer WHERE run_id = %s ORDER BY attempt, writer", (run_id,)
    )


def totals(run_ids: Sequence[int]) -> dict[int, Held]:
    """What some runs hold; those without lines are left out."""
    rows = run(
        f"SELECT run_id, version, lines, settled, size FROM console_run WHERE run_id IN ({marks_in(len(run_ids))})",  # noqa: S608
        run_ids,
    )
    return {row[0]: Held(*row[1:]) for row in rows}


# --- Deleting ---


def chunks_to_remove(run_id: int) -> tuple[int, int] | None:
    """(least, greatest) of the line numbers with which the next REMOVED_AT_ONCE chunks begin; None: there is none."""
    rows = run(
        "SELECT MIN(first), MAX(first) FROM "
        "(SELECT first FROM console_chunk WHERE run_id = %s ORDER BY first LIMIT %s) AS first_ones",
        (run_id, REMOVED_AT_ONCE),
    )
    return None if rows[0][0] is None else (rows[0][0], rows[0][1])


def delete_run(run_id: int) -> None:
    """Remove what is left of a run that has no chunks."""
    for table in ("console_writer", "console_run"):
        run(f"DELETE FROM {table} WHERE run_id = %s", (run_id,))  # noqa: S608
