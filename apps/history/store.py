"""All raw SQL of history: hot paths and blobs. Every statement names run_id; every write names one run."""

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from apps.core.series_sql import Row, marks_in, run, run_counted, run_many


class Waiting(NamedTuple):
    """What a run holds: compacted points, and what waits."""

    compacted: int
    batches: int
    points: int

    @property
    def all_points(self) -> int:
        """Compacted and waiting points."""
        return self.compacted + self.points


# --- Writing a batch ---


INSERT_BATCH = (
    "INSERT INTO history_batch (run_id, attempt, writer, seq, points, digest, payload) "
    "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)


class Appended(NamedTuple):
    """Whether a batch was inserted, whether one of its name was there before, and its writer's marks before that."""

    inserted: bool
    was_there: bool
    ranges: bytes


def append_at_once(
    run_id: int, attempt: int, writer: str, seq: int, points: int, digest: bytes, payload: bytes
) -> Appended:
    """Insert one batch and look at its writer's marks in one statement (PostgreSQL).

    The look is at what was there before. A compaction that took this very batch may commit while the insert waits for
    it: then the insert succeeds and the marks do not tell yet, but the row was there.
    """
    name = run_id, attempt, writer
    rows = run(
        f"WITH fresh AS ({INSERT_BATCH} RETURNING 1) SELECT (SELECT COUNT(*) FROM fresh), "  # noqa: S608
        "EXISTS (SELECT 1 FROM history_batch WHERE run_id = %s AND attempt = %s AND writer = %s AND seq = %s), "
        "(SELECT ranges FROM history_mark WHERE run_id = %s AND attempt = %s AND writer = %s)",
        (*name, seq, points, digest, payload, *name, seq, *name),
    )
    inserted, was_there, ranges = rows[0]
    return Appended(inserted == 1, was_there, bytes(ranges or b""))


def insert_batch(run_id: int, attempt: int, writer: str, seq: int, points: int, digest: bytes, payload: bytes) -> bool:
    """Insert one batch; False when a batch of this name is there already."""
    return run_counted(INSERT_BATCH, (run_id, attempt, writer, seq, points, digest, payload)) == 1


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
    """How much of a run is compacted and how much waits."""
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


# --- Compacting ---


def run_version(run_id: int) -> tuple[int, int]:
    """(version, compacted points) of a run; (0, 0) when it has none yet."""
    rows = run("SELECT version, points FROM history_run WHERE run_id = %s", (run_id,))
    return rows[0] if rows else (0, 0)


def advance_version(run_id: int, version: int, points: int) -> bool:
    """Move the version of a run from `version` by one and add compacted points; False when it has moved already."""
    if version == 0:
        run("INSERT INTO history_run (run_id, version, points) VALUES (%s, 0, 0) ON CONFLICT DO NOTHING", (run_id,))
    changed = run_counted(
        "UPDATE history_run SET version = version + 1, points = points + %s WHERE run_id = %s AND version = %s",
        (points, run_id, version),
    )
    return changed == 1


def batch_names(run_id: int, limit: int) -> list[Row]:
    """(attempt, writer, seq, points) of a run's waiting batches, in key order, at most `limit`."""
    return run(
        "SELECT attempt, writer, seq, points FROM history_batch WHERE run_id = %s "
        "ORDER BY attempt, writer, seq LIMIT %s",
        (run_id, limit),
    )


def batch_payloads(run_id: int, first: Row, last: Row) -> list[Row]:
    """(attempt, writer, seq, payload) of the waiting batches from name `first` to name `last`."""
    return run(
        "SELECT attempt, writer, seq, payload FROM history_batch WHERE run_id = %s "
        "AND (attempt, writer, seq) >= (%s, %s, %s) AND (attempt, writer, seq) <= (%s, %s, %s) "
        "ORDER BY attempt, writer, seq",
        (run_id, *first, *last),
    )


def small_batches(run_id: int, points: int, limit: int) -> list[Row]:
    """(attempt, writer, seq, payload) of waiting batches of clients with at most so many points."""
    return run(
        "SELECT attempt, writer, seq, payload FROM history_batch WHERE run_id = %s AND points <= %s AND writer <> '' "
        "ORDER BY attempt, writer, seq LIMIT %s",
        (run_id, points, limit),
    )


def run_marks(run_id: int) -> list[Row]:
    """(attempt, writer, ranges) of every writer of a run that has marks."""
    return run("SELECT attempt, writer, ranges FROM history_mark WHERE run_id = %s", (run_id,))


def save_marks(run_id: int, rows: Iterable[tuple[int, str, bytes]]) -> None:
    """Write the marks (attempt, writer, ranges) of a run."""
    run_many(
        "INSERT INTO history_mark (run_id, attempt, writer, ranges) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (run_id, attempt, writer) DO UPDATE SET ranges = excluded.ranges",
        [(run_id, *row) for row in rows],
    )


def delete_batches(run_id: int, ranges: Iterable[tuple[int, str, int, int]]) -> None:
    """Delete waiting batches by (attempt, writer, first seq, last seq)."""
    run_many(
        "DELETE FROM history_batch WHERE run_id = %s AND attempt = %s AND writer = %s AND seq BETWEEN %s AND %s",
        [(run_id, *one) for one in ranges],
    )


def run_series(run_id: int) -> list[Row]:
    """(key_id, attempt, points, step_min, step_max, levels, bucket) of every series of a run."""
    return run(
        "SELECT key_id, attempt, points, step_min, step_max, levels, bucket FROM series WHERE run_id = %s", (run_id,)
    )


def save_series(run_id: int, rows: Iterable[tuple[int, int, int, int, bytes, int, int]]) -> None:
    """Write heads: (points, step_min, step_max, levels, bucket, key_id, attempt)."""
    run_many(
        "UPDATE series SET points = %s, step_min = %s, step_max = %s, levels = %s, bucket = %s "
        "WHERE run_id = %s AND key_id = %s AND attempt = %s",
        [(*row[:5], run_id, *row[5:]) for row in rows],
    )


def _values(rows: int, columns: int) -> str:
    one = "(" + ", ".join(["CAST(%s AS BIGINT)"] * columns) + ")"
    return ", ".join([one] * rows)


def places(run_id: int, wants: Sequence[tuple[int, int, int, int]]) -> list[Row]:
    """Where the chunks of some series are: (key_id, attempt, level, step_min, part, step_max, size), in order.

    wants: (key_id, attempt, level, lo). All chunks that hold items at or after step lo, and the last one before them.
    """
    if not wants:
        return []
    return run(
        f"WITH want (key_id, attempt, level, lo) AS (VALUES {_values(len(wants), 4)}), "  # noqa: S608
        "fence AS MATERIALIZED (SELECT want.*, COALESCE((SELECT MAX(c.step_min) FROM series_chunk c "
        "WHERE c.run_id = %s AND c.key_id = want.key_id AND c.attempt = want.attempt AND c.level = want.level "
        "AND c.step_min < want.lo), want.lo) AS start FROM want) "
        "SELECT c.key_id, c.attempt, c.level, c.step_min, c.part, c.step_max, c.size FROM fence JOIN series_chunk c "
        "ON c.run_id = %s AND c.key_id = fence.key_id AND c.attempt = fence.attempt AND c.level = fence.level "
        "AND c.step_min >= fence.start ORDER BY c.key_id, c.attempt, c.level, c.step_min, c.part",
        (*(value for want in wants for value in want), run_id, run_id),
    )


def chunk_blobs(run_id: int, names: Sequence[tuple[int, int, int, int, int]]) -> list[Row]:
    """The name (key_id, attempt, level, step_min, part) and the blobs (shape, times, sums) of chunks, by name."""
    if not names:
        return []
    return run(
        f"WITH want (key_id, attempt, level, step_min, part) AS (VALUES {_values(len(names), 5)}) "  # noqa: S608
        "SELECT c.key_id, c.attempt, c.level, c.step_min, c.part, c.shape, c.times, c.sums FROM want "
        "JOIN series_chunk c ON c.run_id = %s AND c.key_id = want.key_id AND c.attempt = want.attempt "
        "AND c.level = want.level AND c.step_min = want.step_min AND c.part = want.part",
        (*(value for name in names for value in name), run_id),
    )


def delete_chunks(run_id: int, names: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Delete chunks by (key_id, attempt, level, step_min, part)."""
    run_many(
        "DELETE FROM series_chunk WHERE run_id = %s AND key_id = %s AND attempt = %s AND level = %s "
        "AND step_min = %s AND part = %s",
        [(run_id, *name) for name in names],
    )


def save_chunks(rows: Sequence[Row]) -> None:
    """Write chunks; columns as in SeriesChunk."""
    run_many(
        "INSERT INTO series_chunk (run_id, key_id, attempt, level, step_min, part, step_max, size, finite, "
        "time_min, time_max, shape, times, sums) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (run_id, key_id, attempt, level, step_min, part) DO UPDATE SET step_max = excluded.step_max, "
        "size = excluded.size, finite = excluded.finite, time_min = excluded.time_min, time_max = excluded.time_max, "
        "shape = excluded.shape, times = excluded.times, sums = excluded.sums",
        rows,
    )


# --- Reading ---


def series_of(run_ids: Sequence[int], key_ids: Sequence[int] | None = None) -> list[Row]:
    """(run_id, key_id, attempt, name, points, step_min, step_max, levels, bucket) of the runs' series, in order."""
    keys = f"AND key_id IN ({marks_in(len(key_ids))}) " if key_ids is not None else ""
    return run(
        "SELECT run_id, key_id, attempt, name, points, step_min, step_max, levels, bucket FROM series "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))}) {keys}ORDER BY run_id, key_id, attempt",
        (*run_ids, *(key_ids or ())),
    )


def tails(run_ids: Sequence[int]) -> list[Row]:
    """(run_id, attempt, writer, seq, payload) of all waiting batches of the runs."""
    return run(
        "SELECT run_id, attempt, writer, seq, payload FROM history_batch "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))}) ORDER BY run_id, attempt, writer, seq",
        run_ids,
    )


def marks_of(run_ids: Sequence[int]) -> list[Row]:
    """(run_id, attempt, writer, ranges) of the runs' marks."""
    return run(
        f"SELECT run_id, attempt, writer, ranges FROM history_mark WHERE run_id IN ({marks_in(len(run_ids))})",  # noqa: S608
        run_ids,
    )


def totals(run_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Run id to (compacted points, waiting points)."""
    result = dict.fromkeys(run_ids, (0, 0))
    if not run_ids:
        return result
    for run_id, points in run(
        f"SELECT run_id, points FROM history_run WHERE run_id IN ({marks_in(len(run_ids))})",  # noqa: S608
        run_ids,
    ):
        result[run_id] = (points, 0)
    for run_id, points in run(
        "SELECT run_id, SUM(points) FROM history_batch "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))}) GROUP BY run_id",
        run_ids,
    ):
        result[run_id] = (result[run_id][0], int(points))
    return result


def waiting_in(run_ids: Sequence[int]) -> tuple[int, int]:
    """(batches, points) that wait in these runs."""
    rows = run(
        "SELECT COUNT(*), COALESCE(SUM(points), 0) FROM history_batch "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))})",
        run_ids,
    )
    return rows[0][0], int(rows[0][1])


def read_chunks(wants: Sequence[tuple[int, int, int, int, int, int]], times: bool, sums: bool) -> list[Row]:
    """(index of the want, shape, times or None, sums or None) of chunks, in the order of their series.

    wants: (run_id, key_id, attempt, level, lo, hi). Every chunk that may hold items from step lo to step hi comes, and
    the last one that begins before lo.
    """
    if not wants:
        return []
    blobs = f"c.shape, {'c.times' if times else 'NULL'}, {'c.sums' if sums else 'NULL'}"
    same = (
        "c.run_id = want.run_id AND c.key_id = want.key_id AND c.attempt = want.attempt "
        "AND c.level = want.level AND c.step_min"
    )
    return run(
        "WITH want (place, run_id, key_id, attempt, level, lo, hi) AS "  # noqa: S608
        f"(VALUES {_values(len(wants), 7)}), "
        f"fence AS MATERIALIZED (SELECT want.*, COALESCE((SELECT MAX(c.step_min) FROM series_chunk c WHERE {same} "
        "< want.lo), want.lo) AS start FROM want) "
        f"SELECT want.place, {blobs} FROM fence want JOIN series_chunk c ON {same} >= want.start "
        "AND c.step_min <= want.hi ORDER BY want.place, c.step_min, c.part",
        [value for place, want in enumerate(wants) for value in (place, *want)],
    )


def last_chunks_before(wants: Sequence[tuple[int, int, int, int]]) -> list[Row]:
    """(index of the want, step_min, shape, times) of the last level-0 chunk with finite points beginning before a step.

    wants: (run_id, key_id, attempt, step). Chunks that begin at the same step come together.
    """
    return _edge_chunks(wants, "MAX", "<")


def first_chunks_after(wants: Sequence[tuple[int, int, int, int]]) -> list[Row]:
    """(index of the want, step_min, shape, times) of the first level-0 chunk with finite points beginning after a step.

    wants: (run_id, key_id, attempt, step). Chunks that begin at the same step come together.
    """
    return _edge_chunks(wants, "MIN", ">")


def _edge_chunks(wants: Sequence[tuple[int, int, int, int]], choose: str, side: str) -> list[Row]:
    if not wants:
        return []
    same = "run_id = want.run_id AND {0}.key_id = want.key_id AND {0}.attempt = want.attempt AND {0}.level = 0"
    return run(
        f"WITH want (place, run_id, key_id, attempt, step) AS (VALUES {_values(len(wants), 5)}), "  # noqa: S608
        f"edge AS MATERIALIZED (SELECT want.*, (SELECT {choose}(d.step_min) FROM series_chunk d "
        f"WHERE d.{same.format('d')} AND d.step_min {side} want.step AND d.finite > 0) AS start FROM want) "
        f"SELECT want.place, c.step_min, c.shape, c.times FROM edge want JOIN series_chunk c ON c.{same.format('c')} "
        "AND c.step_min = want.start ORDER BY want.place, c.step_min, c.part",
        [value for place, want in enumerate(wants) for value in (place, *want)],
    )


def chunk_times(wants: Sequence[tuple[int, int, int]]) -> list[Row]:
    """(index of the want, step_min, step_max, time_min, time_max) of every level-0 chunk with finite points.

    wants: (run_id, key_id, attempt).
    """
    if not wants:
        return []
    return run(
        f"WITH want (place, run_id, key_id, attempt) AS (VALUES {_values(len(wants), 4)}) "  # noqa: S608
        "SELECT want.place, c.step_min, c.step_max, c.time_min, c.time_max FROM want JOIN series_chunk c "
        "ON c.run_id = want.run_id AND c.key_id = want.key_id AND c.attempt = want.attempt AND c.level = 0 "
        "AND c.finite > 0 ORDER BY want.place, c.step_min, c.part",
        [value for place, want in enumerate(wants) for value in (place, *want)],
    )


# --- Deleting ---

BURIED = -1  # the version of a run that is being removed: no compaction and no roll-up commits any more
_KEYS = {
    "history_batch": ("attempt, writer, seq", 64),
    "history_mark": ("attempt, writer", 1_000),
    "series_chunk": ("key_id, attempt, level, step_min, part", 500),
    "series": ("key_id, attempt", 1_000),
}


def bury_run(run_id: int) -> None:
    """Let nobody rewrite points of a run from now on, also one who has read its version already."""
    run(
        "INSERT INTO history_run (run_id, version, points) VALUES (%s, %s, 0) "
        "ON CONFLICT (run_id) DO UPDATE SET version = excluded.version, points = 0",
        (run_id, BURIED),
    )


def delete_some(run_id: int) -> Iterator[Callable[[], int]]:
    """The statements that remove a run's rows, one a table, to be run until they remove nothing.

    Each removes a bounded number of rows and says how many; each is to be run in a transaction of its own.
    """
    for table, (key, at_once) in _KEYS.items():
        yield functools.partial(
            run_counted,
            f"DELETE FROM {table} WHERE run_id = %s AND ({key}) IN "  # noqa: S608
            f"(SELECT {key} FROM {table} WHERE run_id = %s LIMIT {at_once})",
            (run_id, run_id),
        )


def forget_run(run_id: int) -> None:
    """Remove the version row of a buried run, the last of it."""
    run("DELETE FROM history_run WHERE run_id = %s AND version = %s", (run_id, BURIED))
