"""Curves of a few pixels: the shape of a metric over a run's steps, as an SVG path.

All curves of one metric share both axes, so that eyes can run down a column: a run that ended early ends early, a
better one lies higher or lower. The hundredth part of the values at either end may leave the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from apps.history.charts import Line, Question, answers

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 96, 20
_EDGE = 1.5  # px between a curve and its box
_CLIPPED = 0.01  # of the values, at either end: one run that blew up leaves the others their shape
_PX = 32  # columns that points are read for: four points a column are more than can be seen


@dataclass(frozen=True)
class Sparkline:
    """path: of the finite values, marks: where some are not, in a box of WIDTH × HEIGHT. lost: how many are not."""

    path: str
    marks: str
    first: float | None
    last: float | None
    lost: int


def sparklines(run_ids: Sequence[int], names: Sequence[str]) -> dict[tuple[int, str], Sparkline]:
    """By run and metric the curves of those that have points; read together, from the coarsest cells that serve."""
    if not run_ids or not names:
        return {}
    questions = [Question(tuple(run_ids), name, px=_PX) for name in names]
    found = {}
    for answer in answers(questions):
        low, high = _heights(answer.lines)
        for line in answer.lines:
            found[line.run_id, answer.question.key] = _sparkline(line, answer.start, answer.end, low, high)
    return found


def _heights(lines: Sequence[Line]) -> tuple[float, float]:
    values = np.concatenate([line.y for line in lines]) if lines else np.empty(0)
    values = values[np.isfinite(values)]
    if not values.size:
        return 0.0, 0.0
    low = np.quantile(values, _CLIPPED, method="lower")
    return float(low), float(np.quantile(values, 1 - _CLIPPED, method="higher"))


def _sparkline(line: Line, start: float, end: float, low: float, high: float) -> Sparkline:
    drawn = drawn_sparkline(np.asarray(line.x, np.float64), line.y, (start, end), (low, high))
    across = (WIDTH - 2 * _EDGE) / max(end - start, 1)
    marks = "".join(f"M{_EDGE + (at - start) * across:.1f} {HEIGHT - 5}v5" for at, _, _ in line.nonfinite)
    return replace(drawn, marks=marks, lost=sum(count for _, _, count in line.nonfinite))


def drawn_sparkline(x: Floats, y: Floats, span: tuple[float, float], heights: tuple[float, float]) -> Sparkline:
    """The curve of n points in order of x, its ends and heights those of the box; broken where y is not finite."""
    (start, end), (low, high) = span, heights
    there = np.isfinite(y)
    left = _EDGE + (x - start) * (WIDTH - 2 * _EDGE) / max(end - start, 1)
    if not there.any():
        return Sparkline("", "", None, None, 0)
    share = (y / 2 - low / 2) / (high / 2 - low / 2) if high > low else np.full(len(y), 0.5)  # halves never overflow
    down = HEIGHT - _EDGE - np.clip(share, -1, 2) * (HEIGHT - 2 * _EDGE)
    parts, pen = [], "M"
    for place in range(len(x)):
        if not there[place]:
            pen = "M"
            continue
        parts.append(f"{pen}{left[place]:.1f} {down[place]:.1f}")
        pen = "L"
    if len(parts) == 1:
        parts.append("h0.1")
    return Sparkline("".join(parts), "", float(y[there][0]), float(y[there][-1]), 0)
