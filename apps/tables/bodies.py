"""From a parsed JSON body to a class table: two forms, checks, and the path of whatever is wrong. No Django.

Rows, [{"class": "8", "support": 40, "recall": 0.9}, …], or columns: {"classes": ["8"], "support": [40],
"columns": {"recall": [0.9]}}. null, or a column that a row does not have, is missing; NaN is a value.
"""

import math
from collections.abc import Mapping
from typing import Any

from apps.core.bodies import NumberTooLarge
from apps.core.json_values import printable
from apps.core.problems import Problems
from apps.tables.body_parts import Path, Sent, address, check_classes, check_count, check_name, table_problems
from apps.tables.class_tables import SUPPORT, ClassTable, column_of
from apps.tables.errors import MAX_CLASSES, MAX_COLUMNS

NON_FINITE = {"nan": math.nan, "infinity": math.inf, "-infinity": -math.inf, "inf": math.inf, "-inf": -math.inf}
_NAMED = ("class", "classes", SUPPORT)  # names that no metric can have


def read_table(body: Any) -> Sent[ClassTable]:
    """The table of a parsed body. Raises BadTable, which lists the paths of what is wrong."""
    problems = table_problems()
    if not isinstance(body, dict):
        problems.add("body", 'must be an object with "step" and "rows", or "classes" and "columns"')
        problems.refuse()
    step, attempt = address(body, ("rows", "classes", SUPPORT, "columns"), problems)
    if ("rows" in body) == ("classes" in body):
        problems.add("body", 'give exactly one of "rows" and "classes" (with "columns")')
        problems.refuse()
    classes, columns, path = (_from_rows if "rows" in body else _from_columns)(body, problems)
    check_classes(classes, path, problems)
    problems.refuse()
    return Sent(step, attempt, ClassTable(classes, {name: column_of(values) for name, values in columns.items()}))


Columns = dict[str, list[float | None]]


def _from_rows(body: Mapping[str, Any], problems: Problems) -> tuple[list[Any], Columns, Path]:
    rows = body["rows"]
    if not isinstance(rows, list) or any(not isinstance(row, dict) for row in rows[: MAX_CLASSES + 1]):
        problems.add("rows", 'must be a list of objects like {"class": "8", "recall": 0.9}')
        problems.refuse()
    for name in (SUPPORT, "columns"):
        if name in body:
            problems.add(name, "stands in the rows where there are rows")
    check_count(len(rows), problems)
    columns: Columns = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            if name == "class":
                continue
            if name == SUPPORT:
                columns.setdefault(name, [None] * len(rows))
            elif name not in columns:
                _check_column(name, len(columns) - (SUPPORT in columns), f"rows[{place}]", problems)
                columns[name] = [None] * len(rows)
            columns[name][place] = _number(value, f"rows[{place}].{printable(name)}", problems)
    classes = [row.get("class") for row in rows]
    return classes, _support_first(columns), "rows[{}].class".format


def _from_columns(body: Mapping[str, Any], problems: Problems) -> tuple[list[Any], Columns, Path]:
    classes, given = body["classes"], body.get("columns", {})
    if not isinstance(classes, list):
        problems.add("classes", "must be a list of texts")
    if not isinstance(given, dict):
        problems.add("columns", "must be an object of name to list")
    problems.refuse()
    check_count(len(classes), problems)
    columns: Columns = {}
    listed = {SUPPORT: body[SUPPORT]} if body.get(SUPPORT) is not None else {}
    for place, name in enumerate(given):
        _check_column(name, place, "columns", problems)
    for name, values in (*listed.items(), *given.items()):
        path = name if name in listed else f"columns.{printable(name)}"
        if not isinstance(values, list) or len(values) != len(classes):
            came = f"{len(values):,} numbers" if isinstance(values, list) else "no list"
            problems.add(path, f"must be a list of {len(classes):,} numbers, as many as classes; {came} came")
            continue
        columns[name] = [_number(value, f"{path}[{at}]", problems) for at, value in enumerate(values)]
    return classes, columns, "classes[{}]".format


def _support_first(columns: Columns) -> Columns:
    return {SUPPORT: columns[SUPPORT], **columns} if SUPPORT in columns else columns


def _check_column(name: str, before: int, path: str, problems: Problems) -> None:
    """before: how many metrics there are already."""
    if name in _NAMED:
        problems.add(f"{path}.{name}", "is no name of a metric: it means something else in a table")
        return
    check_name(name, f"{path}.{printable(name)}", problems)
    if before == MAX_COLUMNS:
        problems.add(path, f"more than {MAX_COLUMNS} columns came; at most {MAX_COLUMNS} are allowed in a table")
        problems.refuse()


def _number(value: Any, path: str, problems: Problems) -> float | None:
    """A float64, None where it is missing; true and false are 1 and 0."""
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, NumberTooLarge):
        try:
            return float(value)
        except OverflowError:
            pass
    if isinstance(value, (int, float)):
        problems.add(path, "is larger than a float64 can hold (1.8e308)")
        return None
    if isinstance(value, str) and value.lower() in NON_FINITE:
        return NON_FINITE[value.lower()]
    problems.add(path, 'must be a number, null, "NaN", "Infinity" or "-Infinity"')
    return None
