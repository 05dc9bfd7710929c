"""Reads of tables.

As of points, an older attempt's tables at or above the first step of a newer attempt of the same key are superseded:
what was trained again counts, and what it replaced is hidden. So the newest table is the highest step of the newest
attempt.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Generic, NamedTuple

from apps.core.transactions import series_snapshot
from apps.runs.class_names import class_name
from apps.runs.values_flat import MAX_NAME
from apps.tables import store
from apps.tables.class_tables import ClassTable, joined
from apps.tables.curves import area_table
from apps.tables.errors import NoSuchTable
from apps.tables.forms import CLASS_TABLES, CURVES, Content, Form
from apps.tables.store import Head, KeyHead

MAX_INDEXED = 10_000  # cells of a run that filters and sorted lists read

TABLES_AT_ONCE = 20  # read together where all are


class Found(NamedTuple, Generic[Content]):
    """A table of a run and where it stands."""

    key: str
    head: Head
    table: Content


class Cells(NamedTuple):
    """The cells of a run's newest tables as the values index holds them. left_out: how many it does not hold."""

    values: dict[str, float]
    left_out: int


def keys_of(form: Form[Content], run_ids: Sequence[int]) -> dict[int, list[KeyHead]]:
    """The keys of the tables of a kind that each of some runs has: one statement."""
    found: dict[int, list[KeyHead]] = {run_id: [] for run_id in run_ids}
    if run_ids:
        for one in store.keys(run_ids, form.kind):
            found[one.run_id].append(one)
    return found


def newest_tables(
    form: Form[Content], run_ids: Sequence[int], key: str | None = None
) -> dict[int, dict[str, Found[Content]]]:
    """By run and key the newest tables of a kind (of one key alone): one statement."""
    found: dict[int, dict[str, Found[Content]]] = {run_id: {} for run_id in run_ids}
    if run_ids:
        for one in store.newest(run_ids, form.kind, key):
            found[one.run_id][one.key] = Found(one.key, one.head, form.decode(one.payload))
    return found


def steps_of(form: Form[Content], run_id: int, key: str) -> list[Head]:
    """The tables of a key that count, by step. [] of an unknown key."""
    return counting(store.heads(run_id, form.kind, key))


def counting(heads: Sequence[Head]) -> list[Head]:
    """Those of a key's tables, given by attempt and step, that no newer attempt hides, by step."""
    found: list[Head] = []
    first: int | None = None  # step of any newer attempt
    for head in reversed(heads):
        if found and found[-1].attempt != head.attempt:
            began = min(one.step for one in found if one.attempt == found[-1].attempt)
            first = began if first is None else min(first, began)
        if first is None or head.step < first:
            found.append(head)
    return found[::-1]


def table_at(form: Form[Content], run_id: int, key: str, step: int | None = None) -> Found[Content]:
    """The table of a key at a step; the newest without one. Raises NoSuchTable."""
    with series_snapshot():
        if step is None:
            newest = newest_tables(form, [run_id], key)[run_id].get(key)
            if newest is None:
                raise NoSuchTable(f"The run has no {form.named} of this name.")
            return newest
        found = [head for head in steps_of(form, run_id, key) if head.step == step]
        stored = store.payloads(run_id, form.kind, key, found)
    if not stored:
        raise NoSuchTable(f"The run has no {form.named} of this name at step {step}.")
    ((head, blob),) = stored
    return Found(key, head, form.decode(blob))


def tables_at(form: Form[Content], run_id: int, key: str, heads: Sequence[Head]) -> list[Found[Content]]:
    """The tables of some steps of a key, in the order asked: one statement."""
    return [Found(key, head, form.decode(blob)) for head, blob in store.payloads(run_id, form.kind, key, heads)]


def all_tables(form: Form[Content], run_id: int) -> Iterator[Found[Content]]:
    """Every table of a kind of a run, one by one: those that newer attempts hide too."""
    for key in store.keys([run_id], form.kind):
        heads = store.heads(run_id, form.kind, key.key)
        for begin in range(0, len(heads), TABLES_AT_ONCE):
            yield from tables_at(form, run_id, key.key, heads[begin : begin + TABLES_AT_ONCE])


def class_tables_of(run_id: int) -> dict[str, ClassTable]:
    """By key what the newest class tables of a run say of its classes, and the areas of the newest curves of the same
    key where the table has no column of that name: two statements."""
    found = {key: one.table for key, one in newest_tables(CLASS_TABLES, [run_id])[run_id].items()}
    for key, one in newest_tables(CURVES, [run_id])[run_id].items():
        areas = area_table(one.table)
        found[key] = joined(found[key], areas) if key in found else areas
    return found


def index_cells(tables: Mapping[str, ClassTable]) -> Cells:
    """The first MAX_INDEXED cells of tables in the order of their keys; NaN is no value to a filter.

    A cell whose key, class and column have more than MAX_NAME characters together is left out too.
    """
    values: dict[str, float] = {}
    left_out = 0
    for key in sorted(tables):
        table = tables[key]
        for name, column in table.columns.items():
            for place, value in enumerate(column.values.tolist()):
                if value != value:
                    continue
                full = class_name(key, table.classes[place], name)
                if len(values) == MAX_INDEXED or len(full) > MAX_NAME:
                    left_out += 1
                else:
                    values[full] = value
    return Cells(values, left_out)
