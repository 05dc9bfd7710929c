"""What a snapshot says of its runs beside each other: lines of runs, their metrics, what differs, worst classes.

It is kept under `comparison` when a report is published, so that its texts say the same for ever.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from apps.comparison.queries import comparison
from apps.comparison.words import written
from apps.core import ids
from apps.history.queries import Head, heads
from apps.reports.kinds.kind import Drawn
from apps.reports.text.alike import Alike, Facts, alike, is_seed
from apps.reports.text.standing import best_place
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.leading import leading_metrics
from apps.runs.models import Project, Run
from apps.tables.class_tables import ClassTable, column_of
from apps.tables.comparing import compared, metrics_of, shared_key, shown_metric, tally
from apps.tables.forms import CLASS_TABLES
from apps.tables.queries import newest_tables

BASELINE_TAG = "baseline"
MAX_RUNS = 1_000  # compared, of those that a report draws
MAX_KEYS = 50  # of those that a report draws, looked at
MAX_METRICS = 8
MAX_DIFFERENCES = 40
MAX_VALUE = 200  # characters of a setting
MAX_CLASSES = 20
MAX_SEEDS = 20  # runs of a line whose class tables are read
SECTIONS = ("config", "data", "packages")  # of a comparison, that are kept
FIGURES = {Direction.MIN: "min", Direction.MAX: "max", Direction.UNKNOWN: "last"}  # by which a run is judged


def comparison_facts(project: Project, parts: Sequence[Drawn], known: Mapping[int, Facts]) -> dict[str, Any] | None:
    """The runs of a report beside the baseline; None of a report without runs. Some twenty queries, however many runs.

    known: what the snapshot says of each run. The runs are those of the panels that say which they draw; of all, where
    none does. The baseline is the run that a panel names so, else one with the tag `baseline`, else the first run that
    the first panel names.
    """
    parts = [part for part in parts if part.block.chosen] or parts
    named = [part.block.baseline for part in parts if part.block.baseline is not None]
    drawn = [
        run_id
        for run_id in dict.fromkeys([*(run.id for part in parts for run in part.runs), *named])
        if run_id in known
    ]
    taken = drawn[:MAX_RUNS]
    if not taken:
        return None
    lines = alike([known[run_id] for run_id in taken])
    base = _baseline(lines, [*named, *_tagged(lines), *parts[0].block.run_ids[:1]])
    metrics = _metrics(project, lines, taken, list(dict.fromkeys(key for part in parts for key in part.content.keys)))
    best = next((place for one in metrics if (place := _best(one, base)) is not None), None)
    return {
        "baseline": base,
        "best": best,
        "left_out": len(drawn) - len(taken),
        "metrics": metrics,
        "lines": [_line(line) for line in lines],
        **_differences(project, lines, base, best),
        "classes": _classes(project, lines, base, best),
    }


def _baseline(lines: Sequence[Alike], asked: Sequence[int]) -> int | None:
    """The place of the line with the first of some runs that is in any; None where nobody says which run it is."""
    places = {ids.from_text(run["id"]): place for place, line in enumerate(lines) for run in line.runs}
    return next((places[run_id] for run_id in asked if run_id in places), None)


def _tagged(lines: Sequence[Alike]) -> list[int]:
    return [ids.from_text(run["id"]) for line in lines for run in line.runs if BASELINE_TAG in run["tags"]]


def _line(line: Alike) -> dict[str, Any]:
    states: dict[str, int] = {}
    for run in line.runs:
        states[run["state"]] = states.get(run["state"], 0) + 1
    return {
        "name": line.name,
        "runs": [run["id"] for run in line.runs],
        "states": states,
        "commits": list(dict.fromkeys(run["code"]["commit"] for run in line.runs if run["code"]["commit"])),
        "dirty": sum(bool(run["code"]["dirty"]) for run in line.runs),
    }


def _metrics(
    project: Project, lines: Sequence[Alike], taken: Sequence[int], keys: Sequence[str]
) -> list[dict[str, Any]]:
    """The metrics that are drawn, one whose good end is known first; the leading ones where none is drawn."""
    if not keys:
        keys = list(leading_metrics(project, heads(taken[:1])[taken[0]], MAX_METRICS))
    found = heads(taken, keys[:MAX_KEYS]) if keys else {}
    logged = {key for of_run in found.values() for key in of_run}
    known = directions(project, logged)
    ordered = sorted((key for key in keys if key in logged), key=lambda key: known[key] == Direction.UNKNOWN)
    return [_metric(key, known[key], lines, found) for key in ordered[:MAX_METRICS]]


def _metric(
    key: str, direction: Direction, lines: Sequence[Alike], found: Mapping[int, Mapping[str, Head]]
) -> dict[str, Any]:
    of_lines = [[found[ids.from_text(run["id"])].get(key) for run in line.runs] for line in lines]
    figure = FIGURES[direction]
    return {
        "key": key,
        "direction": direction.value,
        "figure": figure,
        "values": [[None if head is None else getattr(head, figure) for head in one] for one in of_lines],
        "not_finite": [sum(head.nan + head.pinf + head.ninf for head in one if head) for one in of_lines],
    }


def _best(metric: Mapping[str, Any], base: int | None) -> int | None:
    return best_place(metric["values"], Direction(metric["direction"]), without=base)


def _differences(project: Project, lines: Sequence[Alike], base: int | None, best: int | None) -> dict[str, Any]:
    """What differs between the first run of the baseline and that of the best line, but for the ignore list."""
    if base is None or best is None:
        return {"differences": [], "more_differences": 0}
    run_ids = [ids.from_text(lines[place].runs[0]["id"]) for place in (base, best)]
    there = Run.objects.filter(id__in=run_ids).select_related("project__team").in_bulk()
    sections = {one.name: one for one in comparison(project, [there[run_id] for run_id in run_ids]).sections}
    rows = [
        {
            "section": name,
            "name": row.name[:MAX_VALUE],
            "values": [written(cell.value, sections[name].typed)[:MAX_VALUE] for cell in row.cells],
        }
        for name in SECTIONS
        for row in sections[name].rows
        if not (name == "config" and is_seed(row.name))
    ]
    return {"differences": rows[:MAX_DIFFERENCES], "more_differences": max(0, len(rows) - MAX_DIFFERENCES)}


def _classes(project: Project, lines: Sequence[Alike], base: int | None, best: int | None) -> dict[str, Any] | None:
    """The classes of the best line that lost most beside the baseline; the weakest of a line without one."""
    places = [place for place in (base, best) if place is not None] or [0]
    members = [[ids.from_text(run["id"]) for run in lines[place].runs[:MAX_SEEDS]] for place in places]
    found = newest_tables(CLASS_TABLES, [run_id for of_line in members for run_id in of_line])
    key, _ = shared_key(found[run_id] for of_line in members for run_id in of_line)
    of_lines = [[found[run_id][key].table for run_id in of_line if key in found[run_id]] for of_line in members]
    if not key or not all(of_lines):
        return None
    names = metrics_of(table for of_line in of_lines for table in of_line)
    known = directions(project, names)
    metric = shown_metric(names, known)
    if not metric:
        return None
    rows = compared([_mean(tables, metric) for tables in of_lines], 0, metric, known.get(metric, Direction.UNKNOWN))
    better, worse = tally(rows)
    return {
        "key": key,
        "metric": metric,
        "direction": known.get(metric, Direction.UNKNOWN).value,
        "total": len(rows),
        "better": better,
        "worse": worse,
        "rows": [
            {"name": row.name, "support": row.support, "values": [cell.value for cell in row.cells]}
            for row in rows[:MAX_CLASSES]
        ],
    }


def _mean(tables: Sequence[ClassTable], metric: str) -> ClassTable:
    """The mean over seeds of a metric and of the support, class by class."""
    classes = list(dict.fromkeys(name for table in tables for name in table.classes))
    columns = {}
    for column in (metric, "support"):
        cells = [[table.cell(name, column) for table in tables] for name in classes]
        columns[column] = column_of([_mean_of(of_class) for of_class in cells])
    return ClassTable(classes, columns)


def _mean_of(values: Sequence[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None
