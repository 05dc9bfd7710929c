"""Curves as pages show them: of runs beside each other, of one class, and the areas of all classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict

from apps.core.links import link
from apps.evaluation.class_page import ROWS, Choice, ShownCell, shown_cell
from apps.evaluation.curve_drawing import curve_path
from apps.evaluation.picture_links import picture_query
from apps.evaluation.steps import Steps, walked
from apps.panels.colours import run_slots
from apps.runs.directions import guessed
from apps.runs.models import Run
from apps.tables.class_tables import ClassTable
from apps.tables.comparing import ClassRow, compared, shared_key
from apps.tables.curves import AREAS, KINDS, ClassCurves, Curves, area_table
from apps.tables.forms import CURVES
from apps.tables.queries import keys_of
from apps.tables.spans import steps_of_runs, tables_of_runs

TITLES = {
    "roc_auc": "ROC AUC",
    "average_precision": "average precision",
    "calibration_error": "calibration error",
    "brier": "Brier score",
}
AXES = {
    "roc": ("share of others taken for it", "share of the class found"),
    "pr": ("recall", "precision"),
    "calibration": ("mean score", "share that came true"),
}


class Line(NamedTuple):
    """A run's curve. path: "" of a run without it."""

    run: Run
    slot: int
    path: str

    @property
    def colour(self) -> int:
        return self.slot % 10

    @property
    def dash(self) -> int:
        return self.slot // 10 % 3


class Chart(NamedTuple):
    """A kind of curve of one class in every run. across, up: what its axes are."""

    kind: str
    title: str
    across: str
    up: str
    lines: list[Line]

    @property
    def empty(self) -> bool:
        return not any(line.path for line in self.lines)


class ShownRow(NamedTuple):
    """A class with its area in every run. url: the page with its curves."""

    name: str
    url: str
    chosen: bool
    cells: list[ShownCell]


class Column(NamedTuple):
    """A run. step: of its curves, None without any; left_out: examples of the class whose score is no number."""

    run: Run
    slot: int
    is_base: bool
    step: int | None
    positives: int | None
    left_out: int


@dataclass(frozen=True)
class ShownCurves:
    """The curves of some runs. name: the class that is drawn. areas: its areas; rows: the chosen area of the classes.

    total: how many classes there are. picture: the query of the picture of a curve.
    """

    key: str
    keys: list[Choice]
    name: str
    charts: list[Chart]
    columns: list[Column]
    areas: list[tuple[str, list[ShownCell]]]
    area: str
    area_choices: list[Choice]
    rows: list[ShownRow]
    total: int
    all_url: str
    steps: Steps
    points: list[dict[str, Any]]
    picture: str

    @property
    def more(self) -> int:
        return self.total - len(self.rows)


def shown_curves(runs: Sequence[Run], base: Run, params: QueryDict, *, at: Run | None = None) -> ShownCurves | None:
    """The curves of runs as ?curves=, ?curve_class=, ?area= and ?step= ask; None when no run has any.

    at: the run alone whose step ?step= chooses; without it that of all. Three queries, for two runs as for fifty.
    """
    run_ids = [run.id for run in runs]
    listed = keys_of(CURVES, run_ids)
    key, keys = shared_key(([one.key for one in of_run] for of_run in listed.values()), params.get("curves", ""))
    if not keys:
        return None
    heads = steps_of_runs(CURVES, run_ids, key)
    steps, chosen = walked(heads, params, at.id if at else None)
    stored = tables_of_runs(CURVES, key, chosen)
    found = [next(iter(stored[run.id]), None) for run in runs]
    tables = [one and area_table(one.table) for one in found]
    place = runs.index(base)
    area = _shown_area(tables, params.get("area", ""))
    rows = compared(tables, place, area, guessed(area))
    name = _shown_class(rows, params.get("curve_class", ""))
    several = len(rows) > 1
    slots = run_slots(run_ids)
    classes = [one.table.by_name.get(name) if one else None for one in found]
    shown_rows = rows if params.get("curve_classes") == "all" else rows[:ROWS]
    return ShownCurves(
        key,
        [Choice(one, link(params, curves=one, step="") + "#curves", one == key) for one in keys],
        name,
        [chart_of(kind, runs, slots, classes) for kind in KINDS],
        [
            Column(
                run,
                slots[run.id],
                run == base and len(runs) > 1,
                table.head.step if table else None,
                one.positives if one else None,
                one.left_out if one else 0,
            )
            for run, table, one in zip(runs, found, classes, strict=True)
        ],
        [(TITLES[one], area_cells(tables, place, one, name)) for one in AREAS if _there(tables, one)],
        TITLES.get(area, ""),
        [Choice(TITLES[one], link(params, area=one) + "#curves", one == area) for one in AREAS if _there(tables, one)],
        [
            ShownRow(
                row.name,
                link(params, curve_class=row.name) + "#curves",
                row.name == name,
                [shown_cell(cell) for cell in row.cells],
            )
            for row in (shown_rows if several else [])
        ],
        len(rows) if several else 0,
        link(params, curve_classes="all") + "#curves",
        steps,
        _points(runs, slots, classes),
        picture_query([at] if at and steps.step is not None else runs, base, key=key, class_=name, step=steps.step),
    )


def _there(tables: Sequence[ClassTable | None], area: str) -> bool:
    return any(area in table.columns for table in tables if table is not None)


def _shown_area(tables: Sequence[ClassTable | None], asked: str) -> str:
    """The area asked for, else the first that any table has."""
    there = [area for area in AREAS if _there(tables, area)]
    return asked if asked in there else next(iter(there), "")


def worst_first(tables: Sequence[Curves | None], base: int) -> list[str]:
    """The classes of curves by the first area that any has, those that got worst first."""
    areas = [None if one is None else area_table(one) for one in tables]
    area = _shown_area(areas, "")
    return [row.name for row in compared(areas, base, area, guessed(area))]


def _shown_class(rows: Sequence[ClassRow], asked: str) -> str:
    """The class asked for, else the one that is worst and has an area."""
    if any(row.name == asked for row in rows):
        return asked
    worst = next((row for row in rows if any(not cell.missing for cell in row.cells)), None)
    return (worst or rows[0]).name if rows else ""


def area_cells(tables: Sequence[ClassTable | None], base: int, area: str, name: str) -> list[ShownCell]:
    row = next((one for one in compared(tables, base, area, guessed(area), "name") if one.name == name), None)
    return [] if row is None else [shown_cell(cell) for cell in row.cells]


def chart_of(kind: str, runs: Sequence[Run], slots: Mapping[int, int], classes: Sequence[ClassCurves | None]) -> Chart:
    lines = [
        Line(run, slots[run.id], curve_path(one.curves[kind]) if one and kind in one.curves else "")
        for run, one in zip(runs, classes, strict=True)
    ]
    return Chart(kind, KINDS[kind].title, *AXES[kind], lines)


def _points(
    runs: Sequence[Run], slots: Mapping[int, int], classes: Sequence[ClassCurves | None]
) -> list[dict[str, Any]]:
    """By run what its points are, for scripts that read them out; null where there is no threshold."""
    return [
        {
            "name": run.name,
            "slot": slots[run.id] % 10,
            **{
                kind: [[_short(value) for value in part.tolist()] for part in curve]
                for kind, curve in (one.curves.items() if one else ())
            },
        }
        for run, one in zip(runs, classes, strict=True)
    ]


def _short(value: float) -> float | None:
    return None if value != value else float(f"{value:.5g}")
