"""From where to where the axes of a picture go, and where durations have ticks. The page's value-range.js and
durations.js do the same. No Django."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from apps.panels.drawn_shapes import Shapes

CLIPPED = (0.01, 0.99)
TICK_PX = 80
_SECOND, _MINUTE, _HOUR, _DAY = 1_000, 60_000, 3_600_000, 86_400_000
_TICKS = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(_SECOND * many for many in (1, 2, 5, 10, 30)),
    *(_MINUTE * many for many in (1, 2, 5, 10, 30)),
    *(_HOUR * many for many in (1, 2, 6, 12)),
    *(_DAY * many for many in (1, 2, 5, 10, 20, 50, 100, 1000)),
)

Ends = tuple[float | None, float | None]


class ValueRange(NamedTuple):
    """The range of y. why: "chosen", "clipped" or "" for everything; outside: drawn values that are not in it."""

    start: float
    end: float
    why: str
    outside: int


def value_range(shapes: Shapes, *, log: bool, chosen: Ends | None, clip: bool) -> ValueRange:
    """All drawn values with room around them, or what the reader chose, or without outliers."""
    low, high, why = shapes.low, shapes.high, ""
    values = np.concatenate([np.empty(0), *shapes.values])
    if clip and len(values):
        low, high = (float(end) for end in np.quantile(values, CLIPPED))
        why = "clipped"
    start, end = _with_room(low, high, log)
    if chosen is not None:
        ends = (start if chosen[0] is None else chosen[0], end if chosen[1] is None else chosen[1])
        if ends[0] < ends[1] and (not log or ends[0] > 0):
            start, end, why = *ends, "chosen"
    outside = int(np.count_nonzero((values < start) | (values > end))) if why else 0
    return ValueRange(start, end, why, outside)


def _with_room(low: float | None, high: float | None, log: bool) -> tuple[float, float]:
    """Values that are all equal get a range around them."""
    if low is None or high is None:
        return (0.1, 1.0) if log else (0.0, 1.0)
    if log:
        if low == high:
            return low / 2, high * 2
        room = (high / low) ** 0.04
        return low / room or low, high * room if math.isfinite(high * room) else high
    if low == high:
        room = abs(low) * 0.1 or 1.0
    else:
        room = (high - low) * 0.05
    return (low - room, high + room) if math.isfinite(room) else (low, high)


def place_range(start: float, end: float, *, metric: bool) -> tuple[float, float]:
    """The range of x; a single place gets room on both sides."""
    if start != end:
        return float(start), float(end)
    room = (abs(start) * 0.1 or 1.0) if metric else 1.0
    return start - room, end + room


def duration_ticks(start: float, end: float, pixels: int) -> Sequence[float]:
    """Whole units of time, in ms, from start to end."""
    room = (end - start) / max(1, pixels) * TICK_PX
    step = next((one for one in _TICKS if one >= room), math.ceil(room / _DAY) * _DAY)
    first = math.ceil(start / step)
    return [place * step for place in range(first, min(first + 40, math.floor(end / step) + 1))]
