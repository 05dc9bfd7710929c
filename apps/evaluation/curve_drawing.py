"""Curves and histograms as paths of SVG, in boxes of whole units: what scripts only read out. No Django."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.tables.curves import Curve
from apps.tables.histograms import Histogram, density

Floats = NDArray[np.float64]

SIDE = 800  # of the square that curves are drawn in: half a unit is what the client leaves out
WIDTH, HEIGHT = 800, 320  # of the box of histograms
LEVELS = 10  # of the heat map


class Row(NamedTuple):
    """Cells of one level of the heat map, as a path."""

    level: int
    path: str


def curve_path(curve: Curve) -> str:
    """The line through the points of a curve, up being up; "" of none."""
    points = [f"{x * SIDE:.1f} {(1 - y) * SIDE:.1f}" for x, y in zip(curve.x.tolist(), curve.y.tolist(), strict=True)]
    return f"M{'L'.join(points)}" if points else ""


def densities(some: Sequence[Histogram | None], edges: Floats) -> list[str]:
    """Histograms as steps over common bins, "" of what is none; all on one height, that of the highest."""
    found = [None if one is None or not one.total else density(one, edges) for one in some]
    highest = max((float(one.max()) for one in found if one is not None), default=0.0)
    return ["" if one is None or not highest else _steps(one / highest) for one in found]


def _steps(shares: Floats) -> str:
    width = WIDTH / len(shares)
    tops = [f"{HEIGHT * (1 - share):.1f}" for share in shares.tolist()]
    return (
        f"M0 {HEIGHT}" + "".join(f"V{top}H{(place + 1) * width:.1f}" for place, top in enumerate(tops)) + f"V{HEIGHT}"
    )


def heat_rows(counts: Floats) -> list[Row]:
    """A heat map of k steps by n bins, bins upwards: cells of one level one path."""
    steps, bins = counts.shape
    width, height = WIDTH / max(1, steps), HEIGHT / max(1, bins)
    parts: dict[int, list[str]] = {}
    for step, first, last, level in heat_cells(counts):
        top = HEIGHT - last * height
        cell = f"M{step * width:.1f} {top:.1f}h{width:.1f}v{(last - first) * height:.1f}h-{width:.1f}z"
        parts.setdefault(level, []).append(cell)
    return [Row(level, "".join(parts[level])) for level in sorted(parts)]


def heat_cells(counts: Floats) -> list[tuple[int, int, int, int]]:
    """Of k steps by n bins, cells of one level that lie upon each other: (step, first bin, behind the last, level).

    Each step by the share of its values. The square root of the share makes thin tails visible; the highest share of
    all is the highest level.
    """
    totals = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, totals, out=np.zeros_like(counts), where=totals > 0)
    highest = float(shares.max()) if shares.size else 0.0
    if not highest:
        return []
    levels = np.ceil(np.sqrt(shares / highest) * LEVELS).astype(int)
    found = []
    for step, column in enumerate(levels):
        ends = [0, *(np.flatnonzero(np.diff(column)) + 1).tolist(), len(column)]
        found += [(step, first, last, int(column[first])) for first, last in pairwise(ends) if column[first]]
    return found
