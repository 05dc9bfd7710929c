"""Parallel coordinates: a line for each run that has a value on every axis."""

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

import numpy as np

from apps.core import ids
from apps.plots.answers import axis_answer, drawn_values
from apps.plots.axes import Axis, evenly, run_names
from apps.plots.errors import MAX_LINES
from apps.runs.value_columns import Ints


def parallel_answer(runs: Ints, axes: Sequence[Axis], colour: Axis | None) -> dict[str, Any]:
    """The lines of runs (n,), evenly chosen where there are more than MAX_LINES."""
    whole = np.flatnonzero(reduce(and_, (axis.shown() for axis in axes)))
    drawn = evenly(whole, MAX_LINES)
    shown = runs[drawn].tolist()
    names = run_names(shown)
    return {
        "total": len(runs),
        "with": len(whole),
        "drawn": len(drawn),
        "runs": [ids.to_text(run_id) for run_id in shown],
        "names": [names.get(run_id, "") for run_id in shown],
        "axes": [{**axis_answer(axis), **drawn_values(axis, drawn)} for axis in axes],
        "colour": None if colour is None else {**axis_answer(colour), **drawn_values(colour, drawn)},
    }
