"""From a parsed JSON body to curves: checks, and the path of whatever is wrong. No Django.

{"curves": [{"class": "8", "positives": 41, "negatives": 319, "left_out": 0, "roc_auc": 0.99, …, "roc": {"fpr": […],
"tpr": […], "threshold": […]}, "pr": {…}, "calibration": {…}}, …]}. All but the class may be left out or null.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from apps.core.json_values import printable
from apps.core.problems import Problems
from apps.tables.body_parts import Sent, address, check_classes, table_problems
from apps.tables.curves import AREAS, KINDS, ClassCurves, Curve, Curves, Floats, Kind
from apps.tables.errors import MAX_CURVE_CLASSES, MAX_CURVE_POINTS, MAX_EXAMPLES

_COUNTS = ("positives", "negatives", "left_out")
_KNOWN = {"class", *_COUNTS, *AREAS, *KINDS}


def read_curves(body: Any) -> Sent[Curves]:
    """The curves of a parsed body. Raises BadTable, which lists the paths of what is wrong."""
    problems = table_problems()
    if not isinstance(body, dict):
        problems.add("body", 'must be an object with "step" and "curves"')
        problems.refuse()
    step, attempt = address(body, ("curves",), problems)
    rows = body.get("curves")
    if not isinstance(rows, list) or not rows or any(not isinstance(row, dict) for row in rows):
        problems.add("curves", 'must be a list of objects like {"class": "8", "roc": {"fpr": [0, 1], "tpr": [0, 1]}}')
        problems.refuse()
    if len(rows) > MAX_CURVE_CLASSES:
        problems.add("curves", f"{len(rows):,} classes came; at most {MAX_CURVE_CLASSES:,} are allowed")
        problems.refuse()
    names = [row.get("class") for row in rows]
    check_classes(names, "curves[{}].class".format, problems)
    found = [_class(rows[place], name, f"curves[{place}]", problems) for place, name in enumerate(names)]
    points = sum(len(curve.x) for one in found for curve in one.curves.values())
    if points > MAX_CURVE_POINTS:
        problems.add("curves", f"{points:,} points came; at most {MAX_CURVE_POINTS:,} are allowed together")
    problems.refuse()
    return Sent(step, attempt, Curves(found))


def _class(row: Mapping[str, Any], name: Any, path: str, problems: Problems) -> ClassCurves:
    for known in row:
        if known not in _KNOWN:
            problems.add(f"{path}.{printable(known)}", "is not known here")
    counts = {one: _count(row.get(one), f"{path}.{one}", problems) for one in _COUNTS}
    areas = {one: _area(row[one], f"{path}.{one}", problems) for one in AREAS if row.get(one) is not None}
    curves = {
        kind: _curve(row[kind], known, f"{path}.{kind}", problems)
        for kind, known in KINDS.items()
        if row.get(kind) is not None
    }
    return ClassCurves(str(name), counts["positives"], counts["negatives"], counts["left_out"] or 0, areas, curves)


def _count(value: Any, path: str, problems: Problems) -> int | None:
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= MAX_EXAMPLES:
        problems.add(path, f"must be a whole number within 0..2^53 ({MAX_EXAMPLES:,}), or null")
        return None
    return value


def _area(value: Any, path: str, problems: Problems) -> float:
    """A number within 0..1; a little beyond is how floats are added up."""
    if type(value) not in (int, float) or not -1e-9 <= value <= 1 + 1e-9:
        problems.add(path, "must be a number within 0..1, or null")
        return math.nan
    return float(min(max(value, 0), 1))


def _curve(given: Any, kind: Kind, path: str, problems: Problems) -> Curve:
    nothing = Curve(*(np.zeros(0) for _ in range(3)))
    if not isinstance(given, dict):
        problems.add(path, f'must be an object with "{kind.x}" and "{kind.y}"')
        return nothing
    for known in given:
        if known not in kind[:3]:
            problems.add(f"{path}.{printable(known)}", "is not known here")
    lists: list[Any] = [given.get(name) for name in (kind.x, kind.y)]
    more = given.get(kind.more)
    if any(not isinstance(one, list) for one in lists) or not isinstance(more, (list, type(None))):
        problems.add(path, f'"{kind.x}" and "{kind.y}" must be lists of numbers')
        return nothing
    lengths = {len(one) for one in (*lists, *([] if more is None else [more]))}
    if len(lengths) > 1:
        problems.add(path, f"its lists must have as many numbers each; {' and '.join(map(str, sorted(lengths)))} came")
        return nothing
    x, y = (_numbers(one, f"{path}.{name}", problems) for one, name in zip(lists, kind[:2], strict=True))
    for column, name in ((x, kind.x), (y, kind.y)):
        if len(column) and not (column.min() >= -1e-9 and column.max() <= 1 + 1e-9):
            problems.add(f"{path}.{name}", "must be numbers within 0..1")
            return nothing
    extra = [None] * len(x) if more is None else more
    return Curve(x.clip(0, 1), y.clip(0, 1), _numbers(extra, f"{path}.{kind.more}", problems, missing=True))


def _numbers(values: list[Any], path: str, problems: Problems, *, missing: bool = False) -> Floats:
    """float64 (n,), NaN for what is missing where that may be."""
    found = np.full(len(values), np.nan)
    for place, value in enumerate(values):
        if value is None and missing:
            continue
        number = float(value) if type(value) in (int, float) and abs(value) < 1e300 else math.nan
        if not math.isfinite(number):
            problems.add(f"{path}[{place}]", "must be a number")
            return np.zeros(len(values))
        found[place] = number
    return found
