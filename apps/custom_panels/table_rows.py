"""Rows of class tables, a number of a class each, and of confusion matrices, a cell each."""

from collections.abc import Sequence

import numpy as np

from apps.custom_panels.columns import Coded, Column, Floats, Ints, Numbers, coded, joined
from apps.custom_panels.errors import TooMuchToRead
from apps.custom_panels.limits import MAX_READ
from apps.custom_panels.rows import Facts, Rows
from apps.custom_panels.sources import ALL, LAST, Source
from apps.tables.class_tables import SUPPORT, ClassTable
from apps.tables.forms import CLASS_TABLES, CONFUSION, Content, Form
from apps.tables.matrices import Matrix
from apps.tables.queries import Found, newest_tables
from apps.tables.spans import steps_of_runs, tables_of_runs


def class_rows(source: Source, facts: Facts, baseline: int | None) -> Rows:
    """A row for each class and metric of the tables of a key. delta: to the baseline's table of the same step.

    Two statements, however many runs there are. Raises TooMuchToRead.
    """
    tables = _tables(CLASS_TABLES, source, facts)
    before = _by_step(tables[facts.ids.index(baseline)]) if baseline in facts.ids else {}
    blocks = [
        (place, found, name, before.get(None if source.step == LAST else found.head.step))
        for place, some in enumerate(tables)
        for found in some
        for name in found.table.metrics
        if not source.columns or name in source.columns
    ]
    counts = [len(found.table.classes) for _, found, _, _ in blocks]
    _check(source, sum(counts))
    values = [Numbers(found.table.columns[name].values) for _, found, name, _ in blocks]
    columns = {
        **_of_tables(facts, [(place, found.head.step) for place, found, _, _ in blocks], counts),
        "class": coded(name for _, found, _, _ in blocks for name in found.table.classes),
        "column": coded(name for _, found, name, _ in blocks for _ in found.table.classes),
        "value": joined(values),
        "support": joined([Numbers(_support(found.table)) for _, found, _, _ in blocks]),
        "delta": joined([Numbers(_delta(found.table, name, other)) for _, found, name, other in blocks]),
    }
    return Rows(columns, sum(counts))


def confusion_rows(source: Source, facts: Facts) -> Rows:
    """A row for each cell of the matrices of a key that is not 0, and its shares of what is and of what was said."""
    tables = _tables(CONFUSION, source, facts)
    blocks = [(place, found) for place, some in enumerate(tables) for found in some]
    matrices = [found.table for _, found in blocks]
    counts = [len(one.counts) for one in matrices]
    _check(source, sum(counts))
    columns = {
        **_of_tables(facts, [(place, found.head.step) for place, found in blocks], counts),
        "actual": _class_names(matrices, [one.actual for one in matrices]),
        "predicted": _class_names(matrices, [one.predicted for one in matrices]),
        "count": joined([Numbers(one.counts.astype(np.float64)) for one in matrices]),
        "share_of_actual": joined([Numbers(one.counts / one.actual_totals[one.actual]) for one in matrices]),
        "share_of_predicted": joined([Numbers(one.counts / one.predicted_totals[one.predicted]) for one in matrices]),
    }
    return Rows(columns, sum(counts))


def _tables(form: Form[Content], source: Source, facts: Facts) -> list[Sequence[Found[Content]]]:
    """The tables of each run that a source asks for, by step."""
    if source.step == LAST:
        newest = newest_tables(form, facts.ids, source.key)
        return [list(newest[run_id].values()) for run_id in facts.ids]
    only = None if source.step == ALL else int(source.step)
    heads = steps_of_runs(form, facts.ids, source.key)
    wanted = {run_id: [head for head in some if only in (None, head.step)] for run_id, some in heads.items()}
    _check(source, sum(head.rows for some in wanted.values() for head in some))
    found = tables_of_runs(form, source.key, wanted)
    return [found[run_id] for run_id in facts.ids]


def _check(source: Source, rows: int) -> None:
    if rows > MAX_READ:
        raise TooMuchToRead(source.name, rows, "rows", MAX_READ)


def _of_tables(facts: Facts, tables: Sequence[tuple[int, int]], counts: Sequence[int]) -> dict[str, Column]:
    """What rows say of their run and step. tables: the run's place and the step of each, which has so many rows."""
    at = np.repeat(np.array([place for place, _ in tables], np.int64), counts)
    steps = np.repeat(np.array([step for _, step in tables], np.float64), counts)
    return {**facts.spread(at), "step": Numbers(steps)}


def _class_names(matrices: Sequence[Matrix], cells: Sequence[Ints]) -> Coded:
    """The classes that cells name by their place in each matrix."""
    names: dict[str, int] = {}
    codes = [np.array([names.setdefault(name, len(names)) for name in one.classes], np.int64) for one in matrices]
    parts = [own[some] for own, some in zip(codes, cells, strict=True)]
    return Coded(list(names), np.concatenate(parts or [np.zeros(0, np.int64)]))


def _by_step(found: Sequence[Found[ClassTable]]) -> dict[int | None, ClassTable]:
    """Tables by their step, the newest by None."""
    return {**{one.head.step: one.table for one in found}, None: found[-1].table} if found else {}


def _support(table: ClassTable) -> Floats:
    column = table.columns.get(SUPPORT)
    return np.full(len(table.classes), np.nan) if column is None else column.values


def _delta(table: ClassTable, name: str, reference: ClassTable | None) -> Floats:
    """Value less the reference's of the same class, NaN where that has none."""
    if reference is None or name not in reference.columns:
        return np.full(len(table.classes), np.nan)
    before = np.array([*reference.columns[name].values.tolist(), np.nan])
    return table.columns[name].values - before[[reference.places.get(one, -1) for one in table.classes]]
