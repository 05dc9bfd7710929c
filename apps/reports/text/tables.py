"""The tables of a comment."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, NamedTuple

from apps.core.templatetags.figures import figure
from apps.reports.text.inert import Row, code, table
from apps.reports.text.sparks import sparks
from apps.reports.text.standing import Metric, change, measured, metrics_of
from apps.reports.text.words import ARROWS, Facts, change_text, compared, mean_text, more, number_text
from apps.runs.directions import Direction

MAX_LINES = 10  # of runs
MAX_CLASSES = 5
MAX_DIFFERENCES = 12
MAX_VALUE = 16  # columns of a setting
FIGURES = {"min": "lowest", "max": "highest", "last": "last"}


class Curves(NamedTuple):
    """The data that a chart was drawn from, as panels/wire.py writes it. log: whether its values stand so."""

    drawn: Mapping[str, Any]
    log: bool


def metric_table(found: Facts) -> list[str]:
    """A line a metric: the best, the change, the baseline; what matters most is what a phone shows first."""
    metrics, base, best = metrics_of(found), found["baseline"], found["best"]
    shown = best if best is not None else base
    if not metrics or shown is None:
        return []
    rows = []
    for one in metrics:
        cells = [mean_text(measured(one.values[shown]))]
        if compared(found):
            cells += [change_text(one.change(base, best)), mean_text(measured(one.values[base]))]
        rows.append(Row(one.key, cells, ARROWS[one.direction]))
    return table(["metric", "best", "change", "baseline"] if compared(found) else ["metric", "value"], rows)


def line_table(found: Facts, curves: Curves | None) -> list[str]:
    """A line of runs each: the baseline, then the others by the main metric, the best first."""
    metrics, base = metrics_of(found), found["baseline"]
    if not metrics or (len(found["lines"]) == 1 and curves is None):
        return []
    main, lines = metrics[0], found["lines"]
    ranked = sorted(range(len(lines)), key=lambda place: _rank(main, place, base))
    shown = ranked[:MAX_LINES]
    members = [lines[place]["runs"] for place in shown]
    drawn = sparks(curves.drawn, members, log=curves.log) if curves else []
    rows = []
    for place, curve in zip_longest(shown, drawn):
        cells = [number_text(measured(main.values[place]))]
        if base is not None:
            cells.append("baseline" if place == base else change_text(main.change(base, place)))
        rows.append(Row(lines[place]["name"], [*cells, *([curve or ""] if curves else [])]))
    head = ["run", FIGURES[main.figure], *(["change"] if base is not None else []), *(["curve"] if curves else [])]
    title = f"**Runs** by {code(main.key, 40)}{ARROWS[main.direction]}"
    left = len(lines) - len(shown) + found["left_out"]
    return [title, "", *table(head, rows, texts=[len(head) - 1] if curves else []), *more(left)]


def _rank(main: Metric, place: int, base: int | None) -> tuple[bool, bool, float, int]:
    found = measured(main.values[place])
    value = 0.0 if found is None else -found.mean if main.direction == Direction.MAX else found.mean
    return place != base, found is None, value, place


def class_table(found: Facts) -> list[str]:
    """The classes that lost most beside the baseline; the weakest where there is none."""
    classes = found["classes"]
    if classes is None:
        return []
    direction, metric = Direction(classes["direction"]), code(classes["metric"], 20)
    rows = []
    for row in classes["rows"]:
        support = "" if row["support"] is None else figure(row["support"], 4)
        values = ["–" if value is None else figure(value, 4) for value in row["values"]]
        if len(values) == 1:
            rows.append(Row(row["name"], [*values, support]))
            continue
        before, after = (measured([value]) for value in row["values"])
        moved = change(before, after, direction) if before and after else None
        if moved is None or moved.better is False:
            rows.append(Row(row["name"], [values[1], change_text(moved), values[0], support]))
    if not rows:
        return []
    head = ["class", "best", "change", "baseline", "n"] if compared(found) else ["class", "value", "n"]
    title = f"**Classes** that lost most {metric}" if compared(found) else f"**Weakest classes** by {metric}"
    left = (classes["worse"] if compared(found) else classes["total"]) - len(rows[:MAX_CLASSES])
    return [title + ARROWS[direction], "", *table(head, rows[:MAX_CLASSES]), *more(left)]


def difference_table(found: Facts) -> list[str]:
    rows = []
    for one in found["differences"][:MAX_DIFFERENCES]:
        name = one["name"] if one["section"] == "config" else f"{one['section']}: {one['name']}"
        rows.append(Row(name, [code(value, MAX_VALUE) if value else "–" for value in one["values"]]))
    if not rows:
        return ["No setting differs."] if compared(found) else []
    left = len(found["differences"]) - len(rows) + found["more_differences"]
    return ["**What differs**", "", *table(["setting", "baseline", "best"], rows, texts=[1, 2]), *more(left)]
