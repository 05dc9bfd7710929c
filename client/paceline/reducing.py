"""Curves with fewer points that look the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

PIXELS = 800  # as wide and high as a curve is drawn at most


def reduced(curve: dict[str, list[Any]], pixels: float = 0.5) -> dict[str, list[Any]]:
    """A curve of which no point left out is farther than so many pixels from the line through those kept.

    curve: columns of n numbers within 0..1, the first two of them what is drawn.
    """
    x, y, *_ = curve.values()
    kept = kept_places(x, y, pixels / PIXELS)
    return {name: [column[place] for place in kept] for name, column in curve.items()}


def kept_places(x: Sequence[float], y: Sequence[float], far: float) -> list[int]:
    """Which points of a curve to keep so that none is farther than far from the line: the ends, and corners.

    From each point kept the line goes as long as one direction passes all points within far and never turns back. One
    pass. Source: Reumann and Witkam's strip, with a wedge that narrows in place of the strip.
    """
    if len(x) < 3:
        return list(range(len(x)))
    kept, anchor = [0], 0
    low, high, longest = -math.inf, math.inf, 0.0
    first = 0.0  # the direction that low and high are told from
    started = False
    place = 1
    while place < len(x):
        across, up = x[place] - x[anchor], y[place] - y[anchor]
        length = math.hypot(across, up)
        if length <= far and not started:
            place += 1
            continue
        if not started:
            first, started = math.atan2(up, across), True
        turn = math.remainder(math.atan2(up, across) - first, math.tau)
        if low <= turn <= high and length >= longest:
            half = math.asin(min(far / length, 1.0)) if length > far else math.pi / 2
            low, high, longest = max(low, turn - half), min(high, turn + half), max(longest, length)
            place += 1
            continue
        anchor = place - 1
        kept.append(anchor)
        low, high, longest, started = -math.inf, math.inf, 0.0, False
    if kept[-1] != len(x) - 1:
        kept.append(len(x) - 1)
    return kept
