"""All raw SQL of the series plane: hot paths and blobs. Every statement names run_id; every write names one run.

Blobs travel as binary parameters and binary results (on PostgreSQL Django's own cursor would read them as hex text).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from apps.history.transactions import series_connection

Row = tuple[Any, ...]
observers: list[Callable[[str, Sequence[Any]], None]] = []  # each is told of every statement; a test records the SQL


def run(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Execute one statement and return its rows; blobs come as bytes."""
    for observe in observers:
        observe(sql, parameters)
    connection = series_connection()
    if connection.vendor == "postgresql":
        connection.ensure_connection()
        with connection.wrap_database_errors, connection.connection.cursor(binary=True) as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall() if cursor.description else []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []


def run_counted(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Execute one statement and return how many rows it changed."""
    for observe in observers:
        observe(sql, parameters)
    with series_connection().cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.rowcount


def run_many(sql: str, parameters: Sequence[Sequence[Any]]) -> None:
    """Execute one statement once per list of parameters."""
    if not parameters:
        return
    for observe in observers:
        observe(sql, parameters[0])
    with series_connection().cursor() as cursor:
        cursor.executemany(sql, parameters)


def marks_in(count: int) -> str:
    """The placeholders of an IN list."""
    return ",".join(["%s"] * count)


class Waiting(NamedTuple):
    """What a run holds: compacted points, and what waits."""

    compacted: int
    batches: int
    points: int


# --- Writing a batch ---


def insert_batch(run_id: int, attempt: int, writer: str, seq: int, points: int, digest: bytes, payload: bytes) -> bool:
    """Insert one batch; False when a batch of this name is there already."""
    return (
        run_counted(
            "INSERT INTO history_batch (run_id, attempt, writer, seq, points, digest, payload) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (run_id, attempt, writer, seq, points, digest, payload),
        )
        == 1
    )


def batch_digest(run_id: int, attempt: int, writer: str, seq: int) -> bytes | None:
    """The digest of a waiting batch."""
    rows = run(
        "SELECT digest FROM history_batch WHERE run_id = %s AND attempt = %s AND writer = %s AND seq = %s",
        (run_id, attempt, writer, seq),
    )
    return bytes(rows[0][0]) if rows else None


def mark_ranges(run_id: int, attempt: int, writer: str) -> bytes:
    """The marked seqs of a writer (see marks.py); empty when it has none."""
    rows = run(
        "SELECT ranges FROM history_mark WHERE run_id = %s AND attempt = %s AND writer = %s", (run_id, attempt, writer)
    )
    return bytes(rows[0][0]) if rows else b""


def waiting(run_id: int) -> Waiting:
    """How much of a run is compacted and how much waits: one statement over a covering index."""
    rows = run(
        "SELECT (SELECT points FROM history_run WHERE run_id = %s), COUNT(*), COALESCE(SUM(points), 0) "
        "FROM history_batch WHERE run_id = %s",
        (run_id, run_id),
    )
    compacted, batches, points = rows[0]
    return Waiting(compacted or 0, batches, int(points))


def lock_run(run_id: int) -> None:
    """Make the version row of a run when it is missing, and hold it until the transaction ends."""
    run(
        "INSERT INTO history_run (run_id, version, points) VALUES (%s, 0, 0) "
        "ON CONFLICT (run_id) DO UPDATE SET version = history_run.version",
        (run_id,),
    )


def insert_series(rows: Iterable[tuple[int, int, int, str]]) -> None:
    """Empty heads (run_id, key_id, attempt, name) of keys not seen before."""
    run_many(
        "INSERT INTO series (run_id, key_id, attempt, name, points, step_min, step_max, levels, bucket) "
        "VALUES (%s, %s, %s, %s, 0, 0, 0, 0, %s) ON CONFLICT DO NOTHING",
        [(*row, b"") for row in rows],
    )


def series_names(run_id: int) -> list[Row]:
    """(key_id, attempt, name) of every series of a run."""
    return run("SELECT key_id, attempt, name FROM series WHERE run_id = %s", (run_id,))
