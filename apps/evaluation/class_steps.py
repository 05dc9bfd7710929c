"""The classes of one run: a table at a step beside the run before it, and each class's curve over the steps."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from django.http import QueryDict

from apps.core.links import link
from apps.core.templatetags.figures import figure
from apps.evaluation.class_page import MAX_SEARCH, ROWS, Choice, ShownCell, shown_cell
from apps.evaluation.picture_links import picture_query
from apps.evaluation.steps import Steps, asked_step, steps_of_one
from apps.panels.sparklines import Sparkline, drawn_sparkline
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.models import Run
from apps.tables.class_tables import SUPPORT, ClassTable
from apps.tables.comparing import ClassRow, compared, metrics_of, regressed, shared_key, shown_metric
from apps.tables.forms import CLASS_TABLES
from apps.tables.queries import Found, keys_of, newest_tables, steps_of, table_at, tables_at
from apps.tables.store import Head

CURVE_STEPS = 40  # of a class's curve, evenly among all of them


class Column(NamedTuple):
    """A metric of the table. arrow: how it is sorted by it, "" when it is not; sort: for aria-sort."""

    name: str
    url: str
    arrow: str
    sort: str


class ClassLine(NamedTuple):
    name: str
    support: str
    cells: list[ShownCell]
    curve: Sparkline | None


@dataclass(frozen=True)
class ShownTable:
    """A class table of a run at a step. metric: whose curves are drawn, over so many of its steps (curve_steps)."""

    key: str
    keys: list[Choice]
    steps: Steps
    columns: list[Column]
    rows: list[ClassLine]
    matching: int
    total: int
    worse: int
    metric: str
    curve_steps: int
    metrics: list[Choice]
    before: Run | None
    csv_query: str
    picture: str
    search: str
    all_url: str

    @property
    def more(self) -> int:
        return self.matching - len(self.rows)


def shown_table(run: Run, previous: Run | None, params: QueryDict) -> ShownTable | None:
    """The table that ?table= and ?step= name, the newest of the first otherwise; None of a run without any.

    Raises NoSuchTable for a step that is not there.
    """
    key, keys = shared_key([[one.key for one in keys_of(CLASS_TABLES, [run.id])[run.id]]], params.get("table", ""))
    if not keys:
        return None
    heads = steps_of(CLASS_TABLES, run.id, key)
    steps = [head.step for head in heads]
    found = table_at(CLASS_TABLES, run.id, key, asked_step(steps, params))
    before = newest_tables(CLASS_TABLES, [previous.id], key)[previous.id].get(key) if previous else None
    metrics = metrics_of([found.table])
    known = directions(run.project, metrics)
    metric = shown_metric(metrics, known, params.get("class_metric", ""))
    search = params.get("class", "")[:MAX_SEARCH]
    order = params.get("sort", "")
    names = [name for name in _sorted(found.table, order, metric, known) if search.strip().lower() in name.lower()]
    listed = names if params.get("classes") == "all" else names[:ROWS]
    beside = {name: _beside(found, before, name, known[name]) for name in metrics}
    curves = _curves(run.id, key, heads, metric, listed)
    walk = steps_of_one(steps, found.head.step, params)
    newest = not walk.newest_url
    return ShownTable(
        key,
        [Choice(one, link(params, table=one, step=""), one == key) for one in keys],
        walk,
        [_column(name, order, metric, known, params) for name in (SUPPORT, *metrics)],
        [
            ClassLine(
                name,
                figure(found.table.cell(name, SUPPORT)),
                [shown_cell(beside[one][name].cells[1]) for one in metrics],
                curves.get(name),
            )
            for name in listed
        ],
        len(names),
        len(found.table.classes),
        len(regressed(beside[metric].values())) if metric else 0,
        metric,
        min(len(heads), CURVE_STEPS),
        [Choice(one, link(params, class_metric=one), one == metric) for one in metrics],
        previous if before is not None else None,
        f"?step={found.head.step}&format=csv",
        picture_query(
            [*([previous] if before and previous and newest else []), run],
            key=key,
            metric=metric,
            step=None if newest else found.head.step,
        ),
        search,
        link(params, classes="all"),
    )


def _beside(
    found: Found[ClassTable], before: Found[ClassTable] | None, metric: str, direction: Direction
) -> Mapping[str, ClassRow]:
    """By class the number of the run before, and of this one."""
    rows = compared([before.table if before else None, found.table], 0, metric, direction, "name")
    return {row.name: row for row in rows}


def _sorted(table: ClassTable, order: str, metric: str, known: Mapping[str, Direction]) -> list[str]:
    """The classes by a column, "-" turns it round; without one those that are worst first. Missing numbers last."""
    name, turned = order.removeprefix("-"), order.startswith("-")
    if name == "class":
        return sorted(table.classes, reverse=turned)
    if name not in table.columns:
        name, turned = metric, known.get(metric) == Direction.MIN
    if not name:
        return list(table.classes)

    def rank(one: str) -> tuple[bool, float]:
        value = table.cell(one, name)
        there = value is not None and not math.isnan(value)
        return (not there, (-value if turned else value) if there and value is not None else 0.0)

    return sorted(table.classes, key=rank)


def _column(name: str, order: str, metric: str, known: Mapping[str, Direction], params: QueryDict) -> Column:
    down = known.get(name) == Direction.MIN  # so that a first click shows the bad end first
    first, second = (f"-{name}", name) if down else (name, f"-{name}")
    now = order or (first if name == metric else "")
    arrow = {name: "↑", f"-{name}": "↓"}.get(now, "")
    sort = {"↑": "ascending", "↓": "descending"}.get(arrow, "none")
    return Column(name, link(params, sort=second if now == first else first), arrow, sort)


def _curves(run_id: int, key: str, heads: Sequence[Head], metric: str, names: Sequence[str]) -> dict[str, Sparkline]:
    """The curves of classes over the steps, all with the same axes: one statement. {} of a single step."""
    if len(heads) < 2 or not metric or not names:
        return {}
    places = np.unique(np.linspace(0, len(heads) - 1, min(len(heads), CURVE_STEPS)).round().astype(int))
    tables = tables_at(CLASS_TABLES, run_id, key, [heads[place] for place in places.tolist()])
    steps = np.array([one.head.step for one in tables], np.float64)
    values = np.array([[_number(one.table, name, metric) for one in tables] for name in names])
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return {
        name: drawn_sparkline(steps, row, (steps[0], steps[-1]), (low, high))
        for name, row in zip(names, values, strict=True)
    }


def _number(table: ClassTable, name: str, metric: str) -> float:
    value = table.cell(name, metric)
    return math.nan if value is None else value
