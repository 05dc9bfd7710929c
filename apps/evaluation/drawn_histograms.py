"""Histograms as a picture: of runs over each other, or of one run over its steps."""

from collections.abc import Sequence

import numpy as np

from apps.core.templatetags.figures import figure, grouped
from apps.evaluation.curve_drawing import LEVELS, heat_cells
from apps.evaluation.drawings import Drawing, plane_of, step_words
from apps.evaluation.found import Beside, FoundHistograms
from apps.rendering.canvas import Canvas
from apps.rendering.framing import Name, named
from apps.rendering.look import Look, mixed
from apps.rendering.pictures import PictureSight
from apps.rendering.ticks import round_ticks
from apps.tables.histogram_steps import OverSteps
from apps.tables.histograms import Floats, close_edges, density

_LEFT, _BOTTOM = 44, 24  # px
_FILLED = 4  # runs whose areas are filled: more would hide each other
_TICK_PX = 80


def histogram_drawing(answer: FoundHistograms, runs: Beside, sight: PictureSight) -> Drawing:
    """Histograms of runs over each other on common bins; of one run over its steps, where there are several."""
    if answer.steps is not None:
        return _heat_drawing(answer.key, runs.base.name, answer.steps, sight)
    found = answer.tables
    canvas, look = Canvas(), sight.look
    width, height = plane_of(sight)
    down = height - _BOTTOM
    tables = [one and one.table for one in found]
    edges, beyond = close_edges(tables)
    shares = [None if one is None or not one.total else density(one, edges) for one in tables]
    highest = max((float(one.max()) for one in shares if one is not None), default=0.0)
    _draw_axis(canvas, edges, (0, width), down, look)
    names, apart = [], 0
    for run, table, share, far in zip(runs.runs, tables, shares, beyond, strict=True):
        colour, dash = look.of_slot(runs.slots[run.id])
        if share is not None and highest:
            _draw_steps(canvas, share / highest, (width, down), colour, dash, filled=len(runs.runs) <= _FILLED)
        words = "missing" if table is None else f"{figure(table.total)} values{' →' if far else ''}"
        names.append(Name(f"{_cut(run.name)} · {words}", colour, dash))
        apart += 0 if table is None else table.nan + table.below + table.above
    said = [step_words(one and one.head for one in found), "share of values by width of bins"]
    said += [f"{grouped(apart)} NaN or infinite"] if apart else []
    said += ["→ goes on beyond the chart"] if any(beyond) else []
    return Drawing(canvas, height, answer.key, [one for one in said if one], names=named(names))


def _heat_drawing(key: str, name: str, found: OverSteps, sight: PictureSight) -> Drawing:
    """The histograms of a run over its steps: stronger where more of a step's values are."""
    canvas, look = Canvas(), sight.look
    width, height = plane_of(sight)
    across, down = width - _LEFT, height - _BOTTOM
    canvas.box(_LEFT, 0, across, down, mixed((look.surface, look.hairline), 0.5))
    wide, high = across / len(found.tables), down / max(1, found.counts.shape[1])
    for step, first, last, level in heat_cells(found.counts):
        colour = mixed((look.surface, look.accent), level / LEVELS)
        canvas.box(_LEFT + step * wide, down - last * high - 0.3, wide + 0.3, (last - first) * high + 0.3, colour)
    if len(found.edges):
        for tick, label in _ticks(found.edges, int(down / 36)):
            y = down * (1 - tick)
            canvas.word(_LEFT - 6, y, label, look.muted, size=10, align="right", limit=_LEFT - 8)
    steps = [one.head.step for one in found.tables]
    for place in np.unique(np.linspace(0, len(steps) - 1, max(2, across // _TICK_PX)).astype(int)).tolist():
        x = _LEFT + (place + 0.5) * wide
        canvas.word(x, down + 12, f"{steps[place]:,}", look.muted, size=10, align="center")
    apart = sum(one.table.nan + one.table.below + one.table.above for one in found.tables)
    said = [name, f"{len(steps):,} of {found.of:,} steps", "stronger where more of a step's values are"]
    said += [f"{grouped(apart)} NaN or infinite"] if apart else []
    return Drawing(canvas, height, key, said, foot="step")


def _draw_axis(canvas: Canvas, edges: Floats, across: tuple[float, float], down: float, look: Look) -> None:
    start, end = across
    canvas.line([start, end], [down, down], look.muted)
    if not len(edges):
        return
    for tick, label in _ticks(edges, int((end - start) / _TICK_PX)):
        x = start + tick * (end - start)
        canvas.line([x, x], [0, down], look.hairline)
        canvas.word(x, down + 12, label, look.muted, size=10, align="center")


def _ticks(edges: Floats, count: int) -> list[tuple[float, str]]:
    """Round numbers along the bins: how far along they are, and how they are written."""
    low, high = float(edges[0]), float(edges[-1])
    return [((at - low) / (high - low), figure(float(at), 6)) for at in round_ticks(low, high, max(2, count))]


def _draw_steps(
    canvas: Canvas, shares: Floats, size: tuple[float, float], colour: str, dash: Sequence[float], *, filled: bool
) -> None:
    width, down = size
    wide = width / len(shares)
    tops = (down * (1 - shares * 0.96)).tolist()
    if filled:
        for place, top in enumerate(tops):
            canvas.box(place * wide, top, wide, down - top, colour, 0.1)
    x = [place * wide for place in range(len(tops) + 1) for _ in (0, 1)]
    canvas.line(x, [down, *(top for top in tops for _ in (0, 1)), down], colour, dash, 1.4)


def _cut(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"
