"""From chart answers to the rows of a line panel's spec, for pictures. The page's rows.js does the same. No Django."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.core import ids
from apps.history.bands import Band
from apps.history.charts import Answer, Line

OWN_BANDS = 16  # up to so many lines each has its own envelope; more share one
FAINT = "47"  # of what lies behind a smoothed line: its opacity, 0.28, as two hexadecimal digits
MARK_PX = 9  # between two triangles of a line

Numbers = NDArray[Any]
Spread = Literal["std", "stderr", "range"]
LookOf = Callable[[str], tuple[str, Sequence[float]]]


class Curve(NamedTuple):
    """A line with its envelope; x, y, low, high (n,), y NaN where it breaks."""

    x: Numbers
    y: Numbers
    low: Numbers | None = None
    high: Numbers | None = None


@dataclass(frozen=True)
class Drawn:
    """What is drawn of a run or a group. behind: what a smoothed line was made from; spread: of a band's runs."""

    name: str  # a run's id as text, or a group's name
    curve: Curve
    behind: Curve | None = None
    spread: Curve | None = None
    nonfinite: Sequence[tuple[float, str, int]] = ()


@dataclass
class Shapes:
    """Rows of the spec's named data, by column, and the range of y in them: None without a finite value.

    below: how many values a logarithmic axis cannot show.
    """

    lines: dict[str, list[Any]] = field(default_factory=lambda: _empty("line", "x", "y", "colour", "dash"))
    bands: dict[str, list[Any]] = field(default_factory=lambda: _empty("line", "x", "low", "high", "colour"))
    dots: dict[str, list[Any]] = field(default_factory=lambda: _empty("x", "y", "colour"))
    marks: list[dict[str, Any]] = field(default_factory=list)
    values: list[Numbers] = field(default_factory=list)  # drawn values of lines, and extremes
    low: float | None = None
    high: float | None = None
    below: int = 0


def drawn_of(answer: Answer, spread: Spread = "std") -> list[Drawn]:
    """The lines of an answer, whatever was asked: bands are lines named by their group."""
    if answer.question.draw == "band":
        return [_drawn_band(band, spread) for band in answer.bands]
    return [_drawn_line(line) for line in answer.lines]


def _drawn_line(line: Line) -> Drawn:
    exact = Curve(line.x, line.y, line.low, line.high)
    name = ids.to_text(line.run_id)
    if line.smooth is None:
        return Drawn(name, exact, nonfinite=line.nonfinite)
    return Drawn(name, Curve(line.smooth.x, line.smooth.y), behind=exact, nonfinite=line.nonfinite)


def _drawn_band(band: Band, spread: Spread) -> Drawn:
    if spread == "range":
        around = Curve(band.x, band.mean, band.low, band.high)
    else:
        far = np.nan_to_num(band.std if spread == "std" else band.stderr)
        around = Curve(band.x, band.mean, band.mean - far, band.mean + far)
    return Drawn(band.name, Curve(band.x, band.mean, band.low, band.high), spread=around, nonfinite=band.nonfinite)


def panel_shapes(drawn: Sequence[Drawn], look_of: LookOf, *, log: bool, shade: str) -> Shapes:
    """The shapes of lines in this order. look_of: colour and dashes of a name; shade: colour of a shared envelope."""
    shapes = Shapes()
    shared = len(drawn) > OWN_BANDS
    for one in drawn:
        colour, dash = look_of(one.name)
        if one.behind is not None:
            has_band = one.behind.low is not None
            _trace(shapes, one.behind, colour if has_band else colour + FAINT, dash, log, shared, line=not has_band)
        _trace(shapes, one.curve, colour, dash, log, shared, line=True)
        if one.spread is not None and not shared:
            _trace_band(shapes, one.spread, colour, log)
        shapes.marks += [
            {"x": float(x), "kind": kind, "name": one.name, "colour": colour} for x, kind, _ in one.nonfinite
        ]
    if shared:
        _share(shapes, drawn, shade, log)
    finite = [part for part in shapes.values if len(part)]
    if finite:
        shapes.low = min(float(part.min()) for part in finite)
        shapes.high = max(float(part.max()) for part in finite)
    return shapes


def _trace(
    shapes: Shapes, curve: Curve, colour: str, dash: Sequence[float], log: bool, shared: bool, *, line: bool
) -> None:
    """Adds a curve's unbroken stretches. line: whether it is drawn itself, or its envelope alone."""
    there = np.isfinite(curve.y)
    if log:
        shapes.below += int(np.count_nonzero(curve.y[there] <= 0))
        there &= np.where(there, curve.y, 1) > 0
    shapes.values.append(curve.y[there])
    for start, end in _stretches(there):
        alone = end - start == 1
        x, y = curve.x[start:end].tolist(), curve.y[start:end].tolist()
        if line and alone:
            _add(shapes.dots, x=x, y=y, colour=[colour])
        elif line:
            _add(
                shapes.lines, line=_next(shapes.lines, len(x)), x=x, y=y, colour=[colour] * len(x), dash=[dash] * len(x)
            )
    if curve.low is not None and curve.high is not None:
        low, high = _extremes(curve, log)
        shapes.values += [low[there], high[there]]
        if not shared:
            _trace_band(shapes, curve, colour, log)


def _trace_band(shapes: Shapes, curve: Curve, colour: str, log: bool) -> None:
    there = np.isfinite(curve.y) & ((curve.y > 0) | (not log))
    low, high = _extremes(curve, log)
    for start, end in _stretches(there):
        part = slice(start, end)
        if end - start > 1:
            rows = curve.x[part].tolist()
            _add(
                shapes.bands,
                line=_next(shapes.bands, len(rows)),
                x=rows,
                low=low[part].tolist(),
                high=high[part].tolist(),
                colour=[colour] * len(rows),
            )


def _extremes(curve: Curve, log: bool) -> tuple[Numbers, Numbers]:
    """Lowest and highest; what a logarithmic axis has no place for is the line itself."""
    low = curve.y if curve.low is None else curve.low
    high = curve.y if curve.high is None else curve.high
    return (np.where(low > 0, low, curve.y) if log else low), high


def _share(shapes: Shapes, drawn: Sequence[Drawn], colour: str, log: bool) -> None:
    """One envelope over all lines: the least and greatest at each place."""
    curves = [one.behind or one.curve for one in drawn]
    curves = [one for one in curves if one.low is not None and one.high is not None]
    if not curves:
        return
    there = [np.isfinite(one.y) & ((one.y > 0) | (not log)) for one in curves]
    x = np.concatenate([one.x[kept] for one, kept in zip(curves, there, strict=True)])
    ends = [_extremes(one, log) for one in curves]
    low = np.concatenate([end[0][kept] for end, kept in zip(ends, there, strict=True)])
    high = np.concatenate([end[1][kept] for end, kept in zip(ends, there, strict=True)])
    places, which = np.unique(x, return_inverse=True)
    least, most = np.full(len(places), np.inf), np.full(len(places), -np.inf)
    np.minimum.at(least, which, low)
    np.maximum.at(most, which, high)
    if len(places) > 1:
        rows = places.tolist()
        _add(
            shapes.bands,
            line=[-1] * len(rows),
            x=rows,
            low=least.tolist(),
            high=most.tolist(),
            colour=[colour] * len(rows),
        )


def placed_marks(shapes: Shapes, height: int, room: float) -> list[dict[str, Any]]:
    """Marks at their place, in px: NaN and −∞ at the bottom, +∞ at the top. room: least x between two of a kind."""
    last: dict[tuple[str, str], float] = {}
    placed = []
    for mark in shapes.marks:
        kin = mark["name"], mark["kind"]
        if mark["x"] - last.get(kin, -np.inf) < room:
            continue
        last[kin] = mark["x"]
        placed.append(
            {
                "x": mark["x"],
                "colour": mark["colour"],
                "row": 5 if mark["kind"] == "inf" else height - 5,
                "shape": "triangle-down" if mark["kind"] == "-inf" else "triangle-up",
            }
        )
    return placed


def _stretches(there: Numbers) -> Iterator[tuple[int, int]]:
    """[start, end) of each unbroken stretch of true entries."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False])).astype(np.int8)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def _empty(*names: str) -> dict[str, list[Any]]:
    return {name: [] for name in names}


def _next(table: dict[str, list[Any]], rows: int) -> list[int]:
    """The number of the next line of a table, for each of its rows."""
    number = table["line"][-1] + 1 if table["line"] else 0
    return [number] * rows


def _add(table: dict[str, list[Any]], **columns: list[Any]) -> None:
    for name, values in columns.items():
        table[name] += values
