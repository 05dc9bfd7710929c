"""Histograms: counted from values, or as counts between edges."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

from paceline.tables import plain_list

BINS = 64
MOST_BINS = 512


def value_histogram(values: Any, bins: int = BINS) -> dict[str, Any]:
    """How many values lie in each of so many equally wide ranges from the lowest to the highest, as numpy.histogram
    counts them: every range holds its lower end, the last one its upper end too.

    values: numbers of any shape (list, array or tensor). NaN and infinities are counted apart. Raises ValueError.
    """
    if not 1 <= bins <= MOST_BINS:
        raise ValueError(f"{bins:,} bins; 1 to {MOST_BINS} are allowed")
    numpy = sys.modules.get("numpy")
    for step in ("detach", "cpu", "numpy"):
        if hasattr(values, step) and not hasattr(values, "index"):
            values = getattr(values, step)()
    if numpy is not None:
        flat = numpy.asarray(values, float).reshape(-1)
        finite = flat[numpy.isfinite(flat)]
        apart = [int(numpy.isnan(flat).sum()), int((flat == -math.inf).sum()), int((flat == math.inf).sum())]
        counts, edges = numpy.histogram(finite, bins) if len(finite) else ([], [])
        return _columns([float(one) for one in edges], [int(one) for one in counts], apart)
    every = [float(one) for one in _flat(values)]
    apart = [sum(one != one for one in every), every.count(-math.inf), every.count(math.inf)]
    return _columns(*_counted([one for one in every if math.isfinite(one)], bins), apart)


def histogram_columns(counts: Any, edges: Any) -> dict[str, Any]:
    """What the server takes of n counts and n + 1 edges. Raises ValueError."""
    numbers, ends = plain_list(counts), [float(one) for one in plain_list(edges)]
    if len(ends) != len(numbers) + 1:
        raise ValueError(f"{len(numbers):,} counts lie between {len(numbers) + 1:,} edges; {len(ends):,} came")
    if len(numbers) > MOST_BINS:
        raise ValueError(f"{len(numbers):,} bins; at most {MOST_BINS} are allowed")
    if any(one != int(one) or one < 0 for one in numbers):
        raise ValueError("counts are whole numbers from 0 on")
    return _columns(ends, [int(one) for one in numbers], [0, 0, 0])


def _columns(edges: list[float], counts: list[int], apart: Sequence[int]) -> dict[str, Any]:
    return {"edges": edges, "counts": counts, "nan": apart[0], "below": apart[1], "above": apart[2]}


def _counted(values: Sequence[float], bins: int) -> tuple[list[float], list[int]]:
    if not values:
        return [], []
    low, high = min(values), max(values)
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = (high - low) / bins
    edges = [*(low + place * width for place in range(bins)), high]
    counts = [0] * bins
    for one in values:
        place = min(int((one - low) / (high - low) * bins), bins - 1)
        if place and one < edges[place]:
            place -= 1
        elif place < bins - 1 and one >= edges[place + 1]:
            place += 1
        counts[place] += 1
    return edges, counts


def _flat(values: Any) -> list[Any]:
    """Numbers of any depth of lists."""
    found: list[Any] = []
    for one in values:
        found += _flat(one) if hasattr(one, "__iter__") else [one]
    return found
