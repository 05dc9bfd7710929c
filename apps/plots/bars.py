"""A bar for each run, or for each group of runs: its mean, with the standard deviation and how many they are."""

from typing import Any

import numpy as np

from apps.core import ids
from apps.plots.answers import axis_answer, plain
from apps.plots.axes import Axis, run_names
from apps.plots.errors import MAX_BARS
from apps.plots.groups import group_codes, group_filter, spreads
from apps.runs.directions import Direction
from apps.runs.value_columns import Ints


def bar_answer(runs: Ints, value: Axis, group: Axis | None, *, log: bool, most: int = MAX_BARS) -> dict[str, Any]:
    """The best bars, or the highest where nobody knows which end is good. value: the axis that bars go along.

    An axis of texts has no bars.
    """
    there = np.flatnonzero(value.shown(log=log)) if value.kind != "text" else np.empty(0, np.int64)
    found = _of_runs(runs, there, value, most) if group is None else _of_groups(there, value, group, most)
    axes = {"value": axis_answer(value, log=log)} | ({} if group is None else {"group": axis_answer(group)})
    return {"total": len(runs), "with": len(there), "axes": axes, **found}


def _order(numbers: Any, direction: Direction) -> Ints:
    """The good end first; equal ones stay in their order."""
    return np.argsort(numbers if direction == Direction.MIN else -numbers, kind="stable")


def _of_runs(runs: Ints, there: Ints, value: Axis, most: int) -> dict[str, Any]:
    order = there[_order(value.places[there], value.direction)][:most]
    chosen = runs[order].tolist()
    names = run_names(chosen)
    bars = [
        {"label": names.get(run_id, ""), "run": ids.to_text(run_id), "n": 1, "mean": number}
        for run_id, number in zip(chosen, value.places[order].tolist(), strict=True)
    ]
    return {"bars": bars, "bars_total": len(there)}


def _of_groups(there: Ints, value: Axis, group: Axis, most: int) -> dict[str, Any]:
    values, codes = group_codes(group)
    spread = spreads(codes[there], value.places[there], len(values))
    filled = np.flatnonzero(np.isfinite(spread.mean))  # neither empty nor beyond a float64
    order = filled[_order(spread.mean[filled], value.direction)][:most]
    std = plain(spread.std[order])
    bars = [
        {
            "label": values[place],
            "filter": group_filter(group, values[place]),
            "n": int(spread.n[place]),
            "mean": float(spread.mean[place]),
            "std": deviation,
            "min": float(spread.least[place]),
            "max": float(spread.most[place]),
        }
        for place, deviation in zip(order.tolist(), std, strict=True)
    ]
    return {"bars": bars, "bars_total": len(filled)}
