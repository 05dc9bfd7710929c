"""Curves of a few letters, from the data that a chart was drawn from. No Django."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CELLS = 6  # letters of a curve
LEVELS = "▁▂▃▅▇"  # those that stand on one line in the usual fonts
NOTHING, NOT_FINITE = "·", "×"


def sparks(drawn: Mapping[str, Any], lines: Sequence[Sequence[str]], *, log: bool = False) -> list[str]:
    """The curve of each line of runs, all on the same axes; "" of a line that the chart has nothing of.

    drawn: as panels/wire.py writes an answer. lines: ids of runs; of several the mean is drawn. A cell without points
    after a run's first is as the one before, after its last a dot, and × where a value is not finite.
    """
    start, end = float(drawn["from"]), float(drawn["to"])
    cells: dict[str, Floats] = {}
    odd: dict[str, set[int]] = {}
    for run in drawn["runs"]:
        place = _places(run["x"], start, end)
        cells[run["run"]] = _means(place, np.array(run["y"], dtype=np.float64), log)
        marked = _places([one["x"] for one in run["nonfinite"]], start, end)
        odd[run["run"]] = set(marked.tolist())
    drawn_lines = [[one for one in line if one in cells] for line in lines]
    heights = [_mean([cells[one] for one in line]) if line else np.full(CELLS, np.nan) for line in drawn_lines]
    everything = np.concatenate([*heights, np.empty(0)])
    finite = everything[np.isfinite(everything)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    return [
        _letters(height, low, high, set().union(*(odd[one] for one in line))) if line else ""
        for height, line in zip(heights, drawn_lines, strict=True)
    ]


def _places(x: Sequence[float | str], start: float, end: float) -> NDArray[np.int64]:
    """The cell of each place between start and end."""
    share = (np.array([float(one) for one in x]) - start) / max(end - start, 1e-300)
    return np.clip((share * CELLS).astype(np.int64), 0, CELLS - 1)


def _means(place: NDArray[np.int64], y: Floats, log: bool) -> Floats:
    """The mean of each cell (CELLS,): NaN where it has no finite value, and none is before it or after it."""
    with np.errstate(all="ignore"):
        y = np.log10(np.where(y > 0, y, np.nan)) if log else y / max(1, len(y))  # sums stay finite
        there = np.isfinite(y)
        n = np.bincount(place[there], minlength=CELLS)
        found = np.bincount(place[there], y[there], CELLS) / n
        found = found if log else found * max(1, len(y))
    filled = np.flatnonzero(n)
    for cell in range(filled[0] + 1, filled[-1]) if filled.size else ():
        if not n[cell]:
            found[cell] = found[cell - 1]
    return found


def _mean(runs: Sequence[Floats]) -> Floats:
    stacked = np.stack(runs)
    there = np.isfinite(stacked)
    with np.errstate(all="ignore"):
        share = np.where(there, stacked, 0) / np.maximum(there.sum(axis=0), 1)
        return np.asarray(np.where(there.any(axis=0), share.sum(axis=0), np.nan))


def _letters(height: Floats, low: float, high: float, odd: set[int]) -> str:
    span = high / 2 - low / 2  # halves never overflow
    found = []
    for place, value in enumerate(height.tolist()):
        if place in odd:
            found.append(NOT_FINITE)
        elif not np.isfinite(value):
            found.append(NOTHING)
        else:
            share = (value / 2 - low / 2) / span if span > 0 else 0.5
            found.append(LEVELS[min(int(share * len(LEVELS)), len(LEVELS) - 1)])
    return "".join(found)
