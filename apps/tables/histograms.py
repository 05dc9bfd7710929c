"""Histograms, and those of many steps or runs on common bins. Pure, no Django."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
COMMON_BINS = 64
MOST_STEPS = 200
FAR = 50


@dataclass(frozen=True)
class Histogram:
    """edges: float64 (n + 1,), ascending; counts: int64 (n,); both empty when no value was finite.

    nan, below, above: how many values were NaN, −∞ and ∞.
    """

    edges: Floats
    counts: Ints
    nan: int = 0
    below: int = 0
    above: int = 0

    @property
    def total(self) -> int:
        """How many values there were that are finite."""
        return int(self.counts.sum())


def common_edges(some: Sequence[Histogram], bins: int = COMMON_BINS) -> Floats:
    """Equally wide bins over all that some histograms count, shape (bins + 1,); empty when they count nothing."""
    ends = [end for one in some if one.total for end in _ends(one)]
    return np.linspace(min(ends), max(ends), bins + 1) if ends else np.zeros(0)


def close_edges(some: Sequence[Histogram | None], bins: int = COMMON_BINS) -> tuple[Floats, list[bool]]:
    """Common bins of the histograms that are not FAR times as wide as half of the others, and which go on beyond.

    So one run whose weights blew up leaves the others their shape.
    """
    widths = [high - low for low, high in (_ends(one) for one in some if one is not None and one.total)]
    most = sorted(widths)[(len(widths) - 1) // 2] * FAR if widths else 0.0
    close = [one for one in some if one is not None and one.total and _ends(one)[1] - _ends(one)[0] <= most]
    edges = common_edges(close, bins)
    return edges, [
        one is not None and one.total > 0 and (_ends(one)[0] < edges[0] or _ends(one)[1] > edges[-1]) for one in some
    ]


def _ends(one: Histogram) -> tuple[float, float]:
    """From where to where it counts anything."""
    there = np.flatnonzero(one.counts)
    return float(one.edges[there[0]]), float(one.edges[there[-1] + 1])


def rebinned(one: Histogram, edges: Floats) -> Floats:
    """How much of a histogram lies in other bins, float64 (n,): values are taken as spread evenly over each bin."""
    if not len(edges) or not one.total:
        return np.zeros(max(len(edges) - 1, 0))
    below = np.concatenate([[0.0], np.cumsum(one.counts, dtype=np.float64)])
    return np.diff(np.interp(edges, one.edges, below))


def density(one: Histogram, edges: Floats) -> Floats:
    """The share of its finite values in each bin, by the bin's width: its area is 1."""
    return rebinned(one, edges) / np.diff(edges) / one.total if one.total else np.zeros(max(len(edges) - 1, 0))


def spread(count: int, most: int) -> list[int]:
    """Places of at most so many of count things, evenly from the first to the last."""
    if count <= most:
        return list(range(count))
    return [round(place * (count - 1) / (most - 1)) for place in range(most)]
