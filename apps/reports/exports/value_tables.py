"""The values that a published panel shows, as tables: from the snapshot alone."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.reports.exports.plot_tables import plot_tables
from apps.reports.exports.values import Value, ValueTable

Facts = Mapping[str, Any]
Piece = Callable[[str], Any]  # what a piece says by its SHA-256: of JSON its value, of CSV its text
AS_CSV = " as CSV"  # behind the name of a table that a panel kept so
FIGURES = ("last", "min", "max", "points", "not_finite")


def panel_tables(facts: Facts, panel: Facts, names: Mapping[str, str], piece: Piece) -> list[ValueTable]:
    """What a panel shows of each of its runs, or the rows that it draws. names: of the runs by id."""
    if panel["kind"] == "line":
        return [_figures(facts, panel, chart["key"], names) for chart in panel["charts"]]
    kept = [(chart["key"], piece(chart["data"])) for chart in panel["charts"] if chart["data"]]
    sheets = [_sheet(key.removesuffix(AS_CSV), data) for key, data in kept if isinstance(data, str)]
    return sheets or [found for key, data in kept for found in _of_data(key, data)]


def drawn_tables(panel: Facts, names: Mapping[str, str], piece: Piece) -> list[ValueTable]:
    """The points that a panel was drawn from; of one that draws no metrics, what panel_tables has."""
    if panel["kind"] == "line":
        return [_points(chart["key"], panel["x"], piece(chart["data"]), names) for chart in panel["charts"]]
    return panel_tables({}, panel, names, piece)


def _figures(facts: Facts, panel: Facts, key: str, names: Mapping[str, str]) -> ValueTable:
    """The figures of a metric, a row a run that logged it."""
    figures = [(run, facts["figures"].get(run, {}).get(key)) for run in panel["runs"]]
    rows = [[names.get(run, run), *(found[name] for name in FIGURES)] for run, found in figures if found is not None]
    return ValueTable(key, ["run", "last", "lowest", "highest", "points", "not finite"], rows)


def _points(key: str, x: str, drawn: Facts, names: Mapping[str, str]) -> ValueTable:
    """A row a drawn point. low, high: the extremes of what it stands for, where it stands for several."""
    rows: list[list[Value]] = []
    for run in drawn["runs"]:
        lows, highs = run.get("low", run["y"]), run.get("high", run["y"])
        for at, value, low, high in zip(run["x"], run["y"], lows, highs, strict=True):
            rows.append([names.get(run["run"], run["run"]), run["run"], at, value, low, high])
    return ValueTable(key, ["run", "id", x, "value", "low", "high"], rows)


def _sheet(name: str, text: str) -> ValueTable:
    """A table that was kept as CSV."""
    head, *rows = [*csv.reader(io.StringIO(text))] or [[]]
    return ValueTable(name, head, [[*row[:1], *map(_number, row[1:])] for row in rows])  # an id may be all digits


def _number(cell: str) -> Value:
    """A cell as it was before it was written."""
    try:
        return float(cell) if cell else None
    except ValueError:
        return cell


def _of_data(name: str, data: Any) -> Iterator[ValueTable]:
    """The tables of a panel's data, whatever kind it is of: one it says itself, columns by name, or rows with names."""
    if not isinstance(data, Mapping):
        return
    yield from plot_tables(name, data)
    if isinstance(table := data.get("table"), Mapping) and table.keys() == {"head", "rows"}:
        yield ValueTable(name, table["head"], table["rows"])
        return
    columns, rows = data.get("columns"), data.get("rows")
    if isinstance(columns, Mapping) and columns and all(isinstance(one, list) for one in columns.values()):
        yield ValueTable(name, list(columns), [list(row) for row in zip(*columns.values(), strict=False)])
    elif isinstance(rows, list) and rows and all(isinstance(row, Mapping) for row in rows):
        named = list(dict.fromkeys(column for row in rows for column in row))
        yield ValueTable(name, named, [[row.get(column) for column in named] for row in rows])
    else:
        for inner_name, inner in data.items():
            if isinstance(inner, Mapping):
                yield from _of_data(f"{name}: {inner_name}", inner)
