"""Classes as pages show them: of runs beside each other, and of one run over its steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.http import QueryDict

from apps.core.links import link
from apps.core.templatetags.figures import figure, signed
from apps.evaluation.picture_links import picture_query
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.models import Project, Run
from apps.tables.class_tables import ClassTable
from apps.tables.comparing import (
    SORTS,
    ClassCell,
    ClassRow,
    compared,
    metrics_of,
    regressed,
    shared_key,
    shown_metric,
    tally,
    worst_classes,
)
from apps.tables.forms import CLASS_TABLES
from apps.tables.queries import Found, newest_tables

ROWS = 100  # listed at first
FLAGS = 3
MAX_SEARCH = 250


def kept_fields(params: QueryDict, *but: str) -> list[tuple[str, str]]:
    """What a form that changes some parameters keeps of the others."""
    return [(name, value) for name, values in params.lists() if name not in but for value in values]


class ShownCell(NamedTuple):
    """A cell as it is written. verdict: better, worse or "". title: all of the number, and of how many examples."""

    text: str
    far: str
    verdict: str
    title: str
    missing: bool


class ShownRow(NamedTuple):
    name: str
    support: str
    cells: list[ShownCell]


class Choice(NamedTuple):
    """Something to choose, and the page with it."""

    name: str
    url: str
    chosen: bool


@dataclass(frozen=True)
class Flag:
    """A class that got worse: "8: recall 0.71, −0.21 against mlp-3"."""

    name: str
    run: Run
    metric: str
    value: str
    delta: str
    base: Run


@dataclass(frozen=True)
class ShownClasses:
    """The classes of some runs. rows: those listed, matching: how many there are of them, total: of all.

    steps: the step of each run's table, "" without one. picture: the query of its picture.
    """

    key: str
    metric: str
    direction: Direction
    rows: list[ShownRow]
    matching: int
    total: int
    better: int
    worse: int
    keys: list[Choice]
    metrics: list[Choice]
    sorts: list[Choice]
    steps: list[str]
    flags: list[Flag]
    search: str
    only_worse: bool
    only_worse_url: str
    all_url: str
    picture: str

    @property
    def more(self) -> int:
        return self.matching - len(self.rows)


class Classes(NamedTuple):
    """What is compared: one table of each run, None without one, and its classes in order."""

    key: str
    keys: list[str]
    metric: str
    metrics: list[str]
    direction: Direction
    tables: list[Found[ClassTable] | None]
    rows: list[ClassRow]


def compared_classes(project: Project, runs: Sequence[Run], base: Run, params: Mapping[str, str]) -> Classes | None:
    """The classes of runs beside each other, as ?table=, ?metric= and ?order= ask; None when no run has any.

    Two queries, for two runs as for fifty.
    """
    newest = newest_tables(CLASS_TABLES, [run.id for run in runs])
    key, keys = shared_key(newest.values(), params.get("table", ""))
    if not keys:
        return None
    tables = [newest[run.id].get(key) for run in runs]
    known = directions(project, metrics_of(found and found.table for found in tables))
    metric, order = params.get("class_metric", ""), params.get("class_order", "")
    return classes_beside(tables, runs.index(base), known, key=key, keys=keys, metric=metric, order=order)


def classes_beside(
    tables: list[Found[ClassTable] | None],
    base: int,
    known: Mapping[str, Direction],
    *,
    key: str,
    keys: Sequence[str] = (),
    metric: str = "",
    order: str = "",
) -> Classes:
    """The classes of tables beside each other, by what got worst first unless order says otherwise.

    base: the place of the baseline's. known: the directions of their metrics.
    """
    logged = [found and found.table for found in tables]
    metrics = metrics_of(logged)
    shown = shown_metric(metrics, known, metric)
    direction = known.get(shown, Direction.UNKNOWN)
    rows = compared(logged, base, shown, direction, order if order in SORTS else SORTS[0])
    return Classes(key, list(keys), shown, metrics, direction, tables, rows)


def chosen_rows(found: Classes, params: Mapping[str, str]) -> list[ClassRow]:
    """The rows with ?class= in their names, or with ?worse=1 those that got worse."""
    search = params.get("class", "")[:MAX_SEARCH].strip().lower()
    rows = [row for row in found.rows if search in row.name.lower()]
    return regressed(rows) if params.get("worse") == "1" else rows


def shown_classes(project: Project, runs: Sequence[Run], base: Run, params: QueryDict) -> ShownClasses | None:
    """The section of the compare page; None when no run has class tables."""
    found = compared_classes(project, runs, base, params)
    if found is None:
        return None
    rows = chosen_rows(found, params)
    better, worse = tally(found.rows)
    listed = rows if params.get("classes") == "all" else rows[:ROWS]
    order = params.get("class_order", "")
    here = "#classes"
    return ShownClasses(
        found.key,
        found.metric,
        found.direction,
        [_row(row) for row in listed],
        len(rows),
        len(found.rows),
        better,
        worse,
        [Choice(key, link(params, table=key) + here, key == found.key) for key in found.keys],
        [Choice(name, link(params, class_metric=name) + here, name == found.metric) for name in found.metrics],
        [
            Choice(name, link(params, class_order=name if name != SORTS[0] else "") + here, name == (order or SORTS[0]))
            for name in SORTS
        ],
        [f"step {one.head.step}" if one else "no table" for one in found.tables],
        flags_of(found, runs, base),
        params.get("class", "")[:MAX_SEARCH],
        params.get("worse") == "1",
        link(params, worse="" if params.get("worse") == "1" else "1") + here,
        link(params, classes="all") + here,
        picture_query(
            runs, base, key=found.key, metric=found.metric, only="regressed" if params.get("worse") == "1" else ""
        ),
    )


class RunClasses(NamedTuple):
    """What the overview of a run says of its classes. lowest: its worst ones, name and number, where none fell."""

    key: str
    metric: str
    flags: list[Flag]
    lowest: list[tuple[str, str]]


def run_flags(run: Run, previous: Run | None) -> RunClasses | None:
    """The classes that got worst beside the run before it, else its worst ones; None without class tables.

    Two queries. The table is the one that both have; the numbers are those of their newest steps.
    """
    runs = [previous, run] if previous else [run]
    found = compared_classes(run.project, runs, runs[0], {})
    if found is None or found.tables[-1] is None or not found.metric:
        return None
    flags = flags_of(found, runs, runs[0]) if previous else []
    if flags:
        return RunClasses(found.key, found.metric, flags, [])
    alone = compared([found.tables[-1].table], 0, found.metric, found.direction)
    numbers = [(row.name, row.cells[0].value) for row in alone[:FLAGS]]
    lowest = [(name, figure(value, 4)) for name, value in numbers if value is not None]
    return RunClasses(found.key, found.metric, [], lowest if found.direction != Direction.UNKNOWN else [])


def flags_of(found: Classes, runs: Sequence[Run], base: Run) -> list[Flag]:
    """The classes that got worst."""
    return [
        Flag(one.name, runs[one.place], found.metric, figure(one.cell.value, 4), signed(one.cell.delta), base)
        for one in worst_classes(found.rows, FLAGS)
    ]


def _row(row: ClassRow) -> ShownRow:
    support = "" if row.support is None else figure(row.support)
    return ShownRow(row.name, support, [shown_cell(one) for one in row.cells])


def shown_cell(cell: ClassCell) -> ShownCell:
    verdict = "" if not cell.gain else "better" if cell.gain > 0 else "worse"
    title = "" if cell.value is None else str(cell.value)
    if cell.support is not None:
        title += f", of {figure(cell.support)} examples"
    return ShownCell(figure(cell.value, 4), signed(cell.delta), verdict, title, cell.missing)
