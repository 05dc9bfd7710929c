"""A dot for each run: which of them are drawn, and the line of the best."""

from typing import Any, NamedTuple

import numpy as np

from apps.core import ids
from apps.plots.answers import axis_answer, drawn_values
from apps.plots.axes import Axis, evenly, good_end, run_names
from apps.plots.errors import MAX_DRAWN
from apps.runs.directions import Direction
from apps.runs.value_columns import Floats, Ints

MAX_FRONT = 500


class Front(NamedTuple):
    """The line of the best. kind: "pareto" (no other run is better in both) or "best so far" along x.

    at: places of the runs on it, by x, evenly chosen where there are more than MAX_FRONT.
    """

    kind: str
    at: Ints


def scatter_answer(runs: Ints, axes: dict[str, Axis], *, x_log: bool, y_log: bool) -> dict[str, Any]:
    """What a scatter plot draws of runs (n,). axes: x, y and perhaps colour and size."""
    x, y, logs = axes["x"], axes["y"], {"x": x_log, "y": y_log}
    both = np.flatnonzero(x.shown(log=x_log) & y.shown(log=y_log))
    front = line_of_best(x.places[both], y.places[both], x, y)
    best = good_end(y.places[both], y.direction)
    kept = [evenly(both, MAX_DRAWN)]
    if front is not None:
        kept.append(both[front.at])
    if best is not None:
        kept.append(both[[best]])
    drawn = np.unique(np.concatenate(kept))
    names = run_names(runs[drawn].tolist())
    shown = runs[drawn].tolist()
    return {
        "total": len(runs),
        "with": len(both),
        "drawn": len(drawn),
        "runs": [ids.to_text(run_id) for run_id in shown],
        "names": [names.get(run_id, "") for run_id in shown],
        "axes": {
            what: {**axis_answer(axis, log=logs.get(what, False)), **drawn_values(axis, drawn)}
            for what, axis in axes.items()
        },
        "best": None if best is None else int(np.searchsorted(drawn, both[best])),
        "front": None if front is None else {"kind": front.kind, "at": np.searchsorted(drawn, both[front.at]).tolist()},
    }


def line_of_best(x_places: Floats, y_places: Floats, x: Axis, y: Axis) -> Front | None:
    """The line through the best runs; None when nobody knows which end of y is good, or x has no order."""
    if y.direction == Direction.UNKNOWN or x.kind == "text" or y.kind == "text":
        return None
    cost = y_places if y.direction == Direction.MIN else -y_places
    if x.direction == Direction.MAX:
        at = best_so_far(-x_places, cost)[::-1]
    else:
        at = best_so_far(x_places, cost)
    return Front("best so far" if x.direction == Direction.UNKNOWN else "pareto", evenly(at, MAX_FRONT))


def best_so_far(along: Floats, cost: Floats) -> Ints:
    """The places (k,) of those that cost less than all before them, in ascending order of along.

    along, cost: float64 (n,), finite. Of those that are equal in along only the cheapest can be one, and of those equal
    in both the first: so these are also the points that no other is below in both.
    """
    order = np.lexsort((np.arange(len(along)), cost, along))
    sorted_cost = cost[order]
    before = np.concatenate(([np.inf], np.minimum.accumulate(sorted_cost)[:-1]))
    return order[sorted_cost < before]
