"""All raw SQL of tables. Every statement names run_id; every write names one run."""

from collections.abc import Sequence
from typing import NamedTuple

from apps.core.series_sql import marks_in, run

REMOVED_AT_ONCE = 500  # tables


class Head(NamedTuple):
    """A table without its payload. logged_at: ms since epoch."""

    attempt: int
    step: int
    rows: int
    size: int
    logged_at: int


class KeyHead(NamedTuple):
    """A key of a run: how many tables it has, and where the newest is."""

    run_id: int
    key: str
    tables: int
    attempt: int
    step: int


class Newest(NamedTuple):
    """The newest table of a key of a run."""

    run_id: int
    key: str
    head: Head
    payload: bytes


# --- Writing ---


def hold_key(run_id: int, kind: str, key: str) -> tuple[int, int, int]:
    """Make the row of a key when it is missing, hold it until the transaction ends: its (tables, attempt, step)."""
    rows = run(
        "INSERT INTO table_key (run_id, kind, key, tables, attempt, step) VALUES (%s, %s, %s, 0, 0, 0) "
        "ON CONFLICT (run_id, kind, key) DO UPDATE SET tables = table_key.tables RETURNING tables, attempt, step",
        (run_id, kind, key),
    )
    return int(rows[0][0]), int(rows[0][1]), int(rows[0][2])


def save_key(run_id: int, kind: str, key: str, tables: int, attempt: int, step: int) -> None:
    run(
        "UPDATE table_key SET tables = %s, attempt = %s, step = %s WHERE run_id = %s AND kind = %s AND key = %s",
        (tables, attempt, step, run_id, kind, key),
    )


def save_table(run_id: int, kind: str, key: str, head: Head, payload: bytes) -> None:
    """Store a table, or put it in the place of the one of its attempt and step."""
    run(
        "INSERT INTO logged_table (run_id, kind, key, attempt, step, rows, size, logged_at, payload) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (run_id, kind, key, attempt, step) DO UPDATE "
        "SET rows = excluded.rows, size = excluded.size, logged_at = excluded.logged_at, payload = excluded.payload",
        (run_id, kind, key, *head, payload),
    )


# --- Reading ---


def has_table(run_id: int, kind: str, key: str, attempt: int, step: int) -> bool:
    rows = run(
        "SELECT 1 FROM logged_table WHERE run_id = %s AND kind = %s AND key = %s AND attempt = %s AND step = %s",
        (run_id, kind, key, attempt, step),
    )
    return bool(rows)


def keys(run_ids: Sequence[int], kind: str) -> list[KeyHead]:
    """The keys of some runs, in order."""
    rows = run(
        "SELECT run_id, key, tables, attempt, step FROM table_key "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))}) AND kind = %s ORDER BY run_id, key",
        (*run_ids, kind),
    )
    return [KeyHead(*row) for row in rows]


def key_of(run_id: int, kind: str, key: str) -> KeyHead | None:
    """One key of a run, None when it has no table."""
    rows = run(
        "SELECT run_id, key, tables, attempt, step FROM table_key WHERE run_id = %s AND kind = %s AND key = %s",
        (run_id, kind, key),
    )
    return KeyHead(*rows[0]) if rows else None


def newest(run_ids: Sequence[int], kind: str, key: str | None = None) -> list[Newest]:
    """The newest table of each key (or of one) of some runs, in the order of runs and keys."""
    one = "" if key is None else "AND k.key = %s "
    rows = run(
        "SELECT k.run_id, k.key, t.attempt, t.step, t.rows, t.size, t.logged_at, t.payload FROM table_key k "  # noqa: S608
        "JOIN logged_table t ON t.run_id = k.run_id AND t.kind = k.kind AND t.key = k.key "
        "AND t.attempt = k.attempt AND t.step = k.step "
        f"WHERE k.run_id IN ({marks_in(len(run_ids))}) AND k.kind = %s {one}ORDER BY k.run_id, k.key",
        (*run_ids, kind) if key is None else (*run_ids, kind, key),
    )
    return [Newest(row[0], row[1], Head(*row[2:7]), bytes(row[7])) for row in rows]


def heads(run_id: int, kind: str, key: str) -> list[Head]:
    """The tables of a key without their payloads, by attempt and step."""
    rows = run(
        "SELECT attempt, step, rows, size, logged_at FROM logged_table "
        "WHERE run_id = %s AND kind = %s AND key = %s ORDER BY attempt, step",
        (run_id, kind, key),
    )
    return [Head(*row) for row in rows]


def payloads(run_id: int, kind: str, key: str, wanted: Sequence[Head]) -> list[tuple[Head, bytes]]:
    """Some tables of a key with their payloads, in the order asked; those deleted meanwhile are left out."""
    if not wanted:
        return []
    rows = run(
        "SELECT attempt, step, payload FROM logged_table WHERE run_id = %s AND kind = %s AND key = %s "  # noqa: S608
        f"AND step IN ({marks_in(len(wanted))})",
        (run_id, kind, key, *(head.step for head in wanted)),
    )
    found = {(attempt, step): bytes(payload) for attempt, step, payload in rows}
    return [(head, found[head.attempt, head.step]) for head in wanted if (head.attempt, head.step) in found]


def heads_of_runs(run_ids: Sequence[int], kind: str, key: str) -> list[tuple[int, Head]]:
    """(run, table without its payload) of a key of some runs, by run, attempt and step."""
    rows = run(
        "SELECT run_id, attempt, step, rows, size, logged_at FROM logged_table "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))}) AND kind = %s AND key = %s ORDER BY run_id, attempt, step",
        (*run_ids, kind, key),
    )
    return [(row[0], Head(*row[1:])) for row in rows]


def payloads_of_runs(
    run_ids: Sequence[int], kind: str, key: str, steps: Sequence[int] | None = None
) -> dict[tuple[int, int, int], bytes]:
    """The payloads of a key's tables (of some steps alone) of some runs, by run, attempt and step."""
    some = "" if steps is None else f"AND step IN ({marks_in(len(steps))}) "
    rows = run(
        "SELECT run_id, attempt, step, payload FROM logged_table "  # noqa: S608
        f"WHERE run_id IN ({marks_in(len(run_ids))}) AND kind = %s AND key = %s {some}ORDER BY run_id, attempt, step",
        (*run_ids, kind, key, *(steps or ())),
    )
    return {(run_id, attempt, at): bytes(payload) for run_id, attempt, at, payload in rows}


# --- Deleting ---


def delete_some(run_id: int) -> bool:
    """Remove REMOVED_AT_ONCE tables of a run at most; whether there were any."""
    rows = run(
        "SELECT kind, key, attempt, step FROM logged_table WHERE run_id = %s "
        "ORDER BY kind, key, attempt, step LIMIT %s",
        (run_id, REMOVED_AT_ONCE),
    )
    for kind, key, attempt, step in rows:
        run(
            "DELETE FROM logged_table WHERE run_id = %s AND kind = %s AND key = %s AND attempt = %s AND step = %s",
            (run_id, kind, key, attempt, step),
        )
    return bool(rows)


def delete_keys(run_id: int) -> None:
    run("DELETE FROM table_key WHERE run_id = %s", (run_id,))
