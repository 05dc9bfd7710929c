"""What no panel may hold, whatever its schema says: what loads, what grows without end. No Django.

A browser draws panels in a frame that reaches nothing, and the server in a process that opens nothing: this is the
first of two locks, and the one that says in words what to do instead.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from apps.rendering import limits
from apps.rendering.documents import Document
from apps.rendering.expressions import expression_problem, format_problem, generator_problem
from apps.rendering.problems import Path, Problem

SOURCE_HINT = 'Panels load nothing: name a source that usermeta.paceline.sources declares, {"name": "…"}.'
_LINK = "Panels hold no links and no pictures: nothing in a chart leads out of it."
_ALTAIR = 'alt.Chart("history") makes an address; write alt.Chart(paceline.history(…)) or alt.NamedData("history").'

_REFUSED_NAMES = {
    "url": f"{SOURCE_HINT} ({_ALTAIR})",
    "href": _LINK,
    "src": _LINK,
    "loader": SOURCE_HINT,
    "embedOptions": "Options of vega-embed are Paceline's to set: take usermeta.embedOptions away.",
}
_EXPRESSIONS_WORDS = (
    "expr signal calculate test update init labelExpr filter toggle events on clear translate zoom expression"
)
_EXPRESSIONS = frozenset(_EXPRESSIONS_WORDS.split())
_COMPOSING = ("and", "or", "not")  # of predicates: what is in them is what they are in
_FORMATS = ("format", "numberFormat", "normalizedNumberFormat", "tooltipFormat")
_MOST: Mapping[str, tuple[float, str]] = {
    **dict.fromkeys(
        ("width", "height", "continuousWidth", "continuousHeight", "discreteWidth", "discreteHeight"),
        (limits.MAX_SIDE, "px"),
    ),
    "maxbins": (limits.MAX_BINS, "bins"),
    "tickCount": (limits.MAX_TICKS, "ticks"),
    "nice": (limits.MAX_TICKS, "ticks"),
    "iterations": (limits.MAX_ITERATIONS, "iterations"),
    **dict.fromkeys(("steps", "minsteps", "maxsteps", "levels", "quantileCount", "quantizeCount"), (1_000, "steps")),
}
_SIZES = ("width", "height")  # when given as a step for each value
_GRATICULE_STEPS = ("step", "stepMajor", "stepMinor", "precision")
_LEAST_DEGREES = 0.1
_FORMAT_NAMES = ("type", "parse", "delimiter", "property")
_FORMAT_TYPES = ("json", "csv", "tsv", "dsv")
_ADDRESS = re.compile(r"url\s*\(", re.IGNORECASE)

Found = Iterator[tuple[Path, str, bool]]  # where, what, and whether it is said at the name


def refused(document: Document) -> list[Problem]:
    """Everything in a spec that is refused, in the order of the text."""
    found = [document.problem(path, message, at_name=named) for path, message, named in _walk(document.spec, ())]
    found += [document.problem(path, message) for path, message in _too_many(document.spec)]
    return sorted(found)


def _walk(node: Any, path: Path) -> Found:
    if isinstance(node, str):
        yield from _in_text(node, path)
    elif isinstance(node, dict):
        yield from _in_object(node, path)
        for name, inner in node.items():
            if not _is_rows(path, name):
                yield from _walk(inner, (*path, name))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _walk(inner, (*path, place))


def _is_rows(path: Path, name: str) -> bool:
    """Whether what this name holds is data, which is counted elsewhere and drawn as text or numbers alone."""
    if path == ("usermeta",):
        return name == "paceline"
    in_data = path[-1:] == ("data",) or path[-2:-1] == ("data",)
    return path == ("datasets",) or (name == "values" and in_data)


def _in_text(text: str, path: Path) -> Found:
    if _ADDRESS.search(text):
        yield path, _LINK, False
    name = next((part for part in reversed(path) if isinstance(part, str) and part not in _COMPOSING), "")
    if name in _EXPRESSIONS and (problem := expression_problem(text)):
        yield path, problem, False
    if name in _FORMATS and (problem := format_problem(text)):
        yield path, problem, False


def _in_object(node: Mapping[str, Any], path: Path) -> Found:
    for name, inner in node.items():
        here = (*path, name)
        if name in _REFUSED_NAMES and path[-1:] != ("paceline",):
            yield here, _REFUSED_NAMES[name], True
        if name == "element" and "bind" in path:
            yield here, "A control stands with its panel; it names no element of a page.", True
        if name in ("mark", "type") and inner == "image":
            yield here, _LINK, False
        if name in _COMPOSING and sum(part in _COMPOSING for part in path) == limits.MAX_CONDITIONS:
            yield (
                here,
                f"Conditions are nested at most {limits.MAX_CONDITIONS} deep, in one expression as you like.",
                True,
            )
        if check := _CHECKS.get(name):
            yield from ((at, message, False) for at, message in check(inner, here))
        if name in _MOST and (problem := _more(inner, *_MOST[name])):
            yield here, problem, False
    if "stop" in node:
        yield from ((path, message, False) for message in _generated(node))


def _more(value: Any, most: float, unit: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= most:
        return ""
    return f"At most {most:,} {unit} are allowed here; {value:,.0f} came."


def _generated(node: Mapping[str, Any]) -> Iterator[str]:
    ends = [node.get("start", 0), node["stop"], node.get("step", 1)]
    if any(isinstance(one, bool) or not isinstance(one, (int, float)) for one in ends):
        yield "A sequence is given start, stop and step as numbers, so that its length is known before."
    elif problem := generator_problem(*(float(one) for one in ends)):
        yield problem


def _side_problems(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        problem = _more(value.get("step"), limits.MAX_STEP_SIDE, "px for each value")
        if problem:
            yield (*path, "step"), problem


def _graticule_problems(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, dict):
        for name in _GRATICULE_STEPS:
            given = value.get(name)
            numbers = given if isinstance(given, list) else [given]
            if any(isinstance(one, (int, float)) and one < _LEAST_DEGREES for one in numbers):
                yield (*path, name), f"A graticule has steps of at least {_LEAST_DEGREES} degrees."


def _format_problems(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Of rows that stand in the document: a format is for text that comes from elsewhere, or is CSV."""
    if not isinstance(value, dict) or "data" not in (*path[-2:-1], *path[-3:-2]):
        return
    for name in value:
        if name not in _FORMAT_NAMES:
            yield (*path, name), f"Of a format, {', '.join(_FORMAT_NAMES)} are known here."
    if value.get("type", "json") not in _FORMAT_TYPES:
        yield (*path, "type"), f"Rows in a document are {', '.join(_FORMAT_TYPES)}."


def _quantile_problems(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < 1 / limits.MAX_BINS:
        yield path, f"A step is at least {1 / limits.MAX_BINS:g} here; {value:g} came."


def _transform_problems(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Steps of transforms that make a row for each of them."""
    for place, one in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(one, dict):
            continue
        here = (*path, place)
        if "quantile" in one or one.get("type") == "quantile":
            yield from _quantile_problems(one.get("step"), (*here, "step"))
        if one.get("type") == "graticule":
            yield from _graticule_problems(one, here)
        if one.get("type") == "sequence" and "stop" not in one:
            yield here, "A sequence is given start, stop and step as numbers, so that its length is known before."
        if one.get("type") in ("heatmap", "kde2d", "isocontour") and _grid(one) > limits.MAX_SIDE**2:
            yield here, f"A grid has at most {limits.MAX_SIDE:,} × {limits.MAX_SIDE:,} cells."


def _grid(transform: Mapping[str, Any]) -> float:
    size = transform.get("size", [])
    numbers = [float(one) for one in size if isinstance(one, (int, float))] if isinstance(size, list) else []
    cell = transform.get("cellSize", 4)
    per_side = float(cell) if isinstance(cell, (int, float)) and cell > 0 else 1.0
    return math.prod(number / per_side for number in numbers)


_CHECKS: Mapping[str, Callable[[Any, Path], Iterator[tuple[Path, str]]]] = {
    **dict.fromkeys(_SIZES, _side_problems),
    "graticule": _graticule_problems,
    "format": _format_problems,
    "transform": _transform_problems,
}


def _too_many(spec: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """What is bounded in number, over the whole document."""
    views = _views(spec)
    if views > limits.MAX_VIEWS:
        yield (), f"A panel has at most {limits.MAX_VIEWS} layers and charts side by side; this has {views:,}."
    transforms = _counted(spec, "transform", ())
    if transforms > limits.MAX_TRANSFORMS:
        yield (), f"A panel has at most {limits.MAX_TRANSFORMS} transforms; this has {transforms:,}."
    for path, rows in _rows(spec, ()):
        if rows > limits.MAX_INLINE_ROWS:
            yield path, f"At most {limits.MAX_INLINE_ROWS:,} rows stand in a document; {rows:,} came. Declare a source."


def _views(spec: Any) -> int:
    """Marks that a spec draws: views, times those that a repeat makes of each."""
    if not isinstance(spec, dict):
        return 0
    listed = [one for name in ("layer", "concat", "hconcat", "vconcat", "marks") for one in _list(spec.get(name))]
    inner = sum(_views(one) for one in listed) + _views(spec.get("spec"))
    repeat = spec.get("repeat")
    over = repeat.values() if isinstance(repeat, dict) else [repeat]
    times = math.prod(max(1, len(_list(one))) for one in over)
    return times * max(1, inner)


def _counted(node: Any, name: str, path: Path) -> int:
    if isinstance(node, dict):
        own = len(_list(node.get(name)))
        return own + sum(_counted(inner, name, (*path, key)) for key, inner in node.items() if not _is_rows(path, key))
    if isinstance(node, list):
        return sum(_counted(inner, name, (*path, place)) for place, inner in enumerate(node))
    return 0


def _rows(node: Any, path: Path) -> Iterator[tuple[Path, int]]:
    """How many rows stand where in the document, as a list or as text."""
    if isinstance(node, dict):
        for name, inner in node.items():
            if _is_rows(path, name):
                if path != ("usermeta",) and isinstance(inner, (list, str)):
                    yield (*path, name), inner.count("\n") if isinstance(inner, str) else len(inner)
            else:
                yield from _rows(inner, (*path, name))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from _rows(inner, (*path, place))


def without_rows(node: Any, path: Path = ()) -> Any:
    """A spec whose lists of rows are empty."""
    if isinstance(node, dict):
        return {
            name: ([] if isinstance(inner, list) else inner)
            if _is_rows(path, name)
            else without_rows(inner, (*path, name))
            for name, inner in node.items()
        }
    if isinstance(node, list):
        return [without_rows(inner, (*path, place)) for place, inner in enumerate(node)]
    return node


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
