"""Writes to tables: store one, index those of a run, remove those of a run."""

import time
from typing import NamedTuple

from apps.core.group_commit import commits_in_groups, write_in_group
from apps.core.transactions import in_series_write
from apps.runs.models import Namespace
from apps.runs.values import note_kept
from apps.tables import store
from apps.tables.class_tables import ClassTable
from apps.tables.cost_values import index_costs
from apps.tables.curves import Curves
from apps.tables.errors import MAX_KEYS, MAX_TABLES, TooManyTables
from apps.tables.forms import CLASS_TABLES, CONFUSION, CURVES, HISTOGRAM, Content, Form
from apps.tables.histograms import Histogram
from apps.tables.matrices import Matrix
from apps.tables.queries import class_tables_of, index_cells
from apps.tables.store import Head


class Stored(NamedTuple):
    """What became of a class table. tables: of its key; replaced: whether its step had one; left_out: cells not
    indexed."""

    tables: int
    replaced: bool
    indexed: int
    left_out: int


class StoredMatrix(NamedTuple):
    """What became of a confusion matrix. matrices: of its key; replaced: whether its step had one.

    cost: the expected cost of the key's newest matrix, None without examples.
    """

    matrices: int
    replaced: bool
    cost: float | None


def put_class_table(*, run_id: int, attempt: int, key: str, step: int, table: ClassTable) -> Stored:
    """Store the class table of a key at a step durably, and let filters see it. At the same step again it replaces.

    Raises TooManyTables; then nothing is stored.
    """
    tables, replaced = put_without_index(CLASS_TABLES, run_id=run_id, attempt=attempt, key=key, step=step, table=table)
    indexed, left_out = index_classes(run_id)
    return Stored(tables, replaced, indexed, left_out)


def put_matrix(*, run_id: int, attempt: int, key: str, step: int, matrix: Matrix) -> StoredMatrix:
    """Store the confusion matrix of a key at a step durably, and let filters see what it costs. Again it replaces.

    Raises TooManyTables; then nothing is stored.
    """
    matrices, replaced = put_without_index(CONFUSION, run_id=run_id, attempt=attempt, key=key, step=step, table=matrix)
    return StoredMatrix(matrices, replaced, index_costs(run_id).get(key))


def put_curves(*, run_id: int, attempt: int, key: str, step: int, curves: Curves) -> Stored:
    """Store the curves of a key at a step durably, and let filters see their areas. At the same step again it replaces.

    Raises TooManyTables; then nothing is stored.
    """
    tables, replaced = put_without_index(CURVES, run_id=run_id, attempt=attempt, key=key, step=step, table=curves)
    indexed, left_out = index_classes(run_id)
    return Stored(tables, replaced, indexed, left_out)


def put_histogram(*, run_id: int, attempt: int, key: str, step: int, histogram: Histogram) -> tuple[int, bool]:
    """Store the histogram of a key at a step durably: (how many its key has, whether it replaced one).

    Raises TooManyTables; then nothing is stored.
    """
    return put_without_index(HISTOGRAM, run_id=run_id, attempt=attempt, key=key, step=step, table=histogram)


def put_without_index(
    form: Form[Content],
    *,
    run_id: int,
    attempt: int,
    key: str,
    step: int,
    table: Content,
    logged_at: int | None = None,
) -> tuple[int, bool]:
    """Store a table: (tables of the key, whether it replaced one). logged_at: ms since epoch, now by default.

    Raises TooManyTables.
    """
    payload = form.encode(table)
    at = time.time_ns() // 1_000_000 if logged_at is None else logged_at
    head = Head(attempt, step, form.rows(table), len(payload), at)
    write = write_in_group if commits_in_groups() else in_series_write
    return write(lambda: _store(form, run_id, key, head, payload))


def _store(form: Form[Content], run_id: int, key: str, head: Head, payload: bytes) -> tuple[int, bool]:
    """Inside a transaction. All is checked before anything is written."""
    kind = form.kind
    if store.key_of(run_id, kind, key) is None and len(store.keys([run_id], kind)) >= MAX_KEYS:
        raise TooManyTables(f"The run has {MAX_KEYS:,} {form.plural} of other names; at most {MAX_KEYS:,} are allowed.")
    tables, attempt, step = store.hold_key(run_id, kind, key)
    replaced = store.has_table(run_id, kind, key, head.attempt, head.step)
    if not replaced and tables >= MAX_TABLES:
        raise TooManyTables(f"This {form.named} has {tables:,} steps; at most {MAX_TABLES:,} are allowed.")
    store.save_table(run_id, kind, key, head, payload)
    newest = max((attempt, step), (head.attempt, head.step))
    store.save_key(run_id, kind, key, tables + (not replaced), *newest)
    return tables + (not replaced), replaced


def index_run(run_id: int) -> None:
    """Let the values index hold what it can of all tables of a run. Done twice, and without the run, it changes
    nothing."""
    index_classes(run_id)
    index_costs(run_id)


def index_classes(run_id: int) -> tuple[int, int]:
    """Let the values index hold the cells of a run's newest tables and areas: (how many it holds, how many
    it does not).

    Done twice, and without the run, it changes nothing.
    """
    left_out = 0

    def cells() -> dict[str, float]:
        nonlocal left_out
        found = index_cells(class_tables_of(run_id))
        left_out = found.left_out
        return found.values

    return note_kept(run_id, Namespace.CLASS, cells), left_out


def delete_tables(run_id: int) -> None:
    """Remove all tables of a run, in bounded steps; run again after it was interrupted, it goes on."""
    while in_series_write(lambda: store.delete_some(run_id)):
        pass
    in_series_write(lambda: store.delete_keys(run_id))
