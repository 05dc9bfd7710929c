"""The outlook of a run: of which metric, up to where, and what its curve tells (apps/history/outlook.py)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from apps.core.memory import Memory
from apps.history.charts import Question, answers
from apps.history.outlook import FARTHEST, Floats, Outlook, outlook
from apps.history.queries import Head, heads
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.errors import NoSuchMetric
from apps.runs.leading import leading_metrics
from apps.runs.models import Run

PX = 128  # columns that a curve is read for: four points a column, or the means of cells
PLANNED = ("max_steps", "total_steps", "num_train_steps", "max_iters", "iterations", "steps", "epochs", "max_epochs")
MOST_PLANNED = 2**53
LEAST_AHEAD = 1.02  # lengths of a curve; a plan that is nearly done tells nothing
KEPT_SECONDS, MOST_KEPT = 3_600.0, 1_024


class RunOutlook(NamedTuple):
    """The outlook of one metric. planned: whether at is where the run's config says it ends; x, y: the curve so far."""

    name: str
    direction: Direction
    found: Outlook
    planned: bool
    x: Floats
    y: Floats


_kept: Memory[tuple[Any, ...], RunOutlook] = Memory(KEPT_SECONDS, MOST_KEPT)


def run_outlook(
    run: Run, *, name: str = "", at: int | None = None, known: Mapping[str, Head] | None = None
) -> RunOutlook | None:
    """The outlook of a metric of a run, of its leading one unless another is named; None where no metric leads.

    at: up to which step; without it the end that the config plans, else twice as far as the run has come. known: the
    heads of the run, when they are at hand. A few queries; remembered until the metric has more points.
    Raises NoSuchMetric.
    """
    if known is None:
        known = heads([run.id], [name] if name else None)[run.id]
    if name:
        if name not in known:
            raise NoSuchMetric(name)
        direction = directions(run.project, [name])[name]
    else:
        leading = leading_metrics(run.project, known, 1)
        if not leading:
            return None
        ((name, direction),) = leading.items()
    head = known[name]
    planned = None if at is not None else planned_step(run.config, head)
    end = at if at is not None else planned or _twice(head)
    version = (run.id, name, end, run.attempt, head.points, head.superseded, head.last_step, head.last_time)
    kept = _kept.get(version)
    if kept is None:
        learn = _kept.learner()
        kept = _outlook(run, head, end, direction, planned is not None)
        learn(version, kept)
    return kept._replace(direction=direction)


def _outlook(run: Run, head: Head, end: int, direction: Direction, planned: bool) -> RunOutlook:
    (answer,) = answers([Question((run.id,), head.name, px=PX, draw="mean")])
    x, y = np.zeros(0), np.zeros(0)
    for line in answer.lines:
        x, y = np.asarray(line.x, np.float64), line.y
    lost = head.nan + head.pinf + head.ninf
    found = outlook(x, y, float(end), points=head.points - lost, lost=lost)
    there = np.isfinite(y)
    return RunOutlook(head.name, direction, found, planned, x[there], y[there])


def planned_step(config: Mapping[str, Any], head: Head) -> int | None:
    """The step at which the config says that the run ends, if it can be meant: ahead, and not out of reach."""
    length = max(1, head.last_step - head.first_step)
    for name in PLANNED:
        for document in (config, *(part for part in config.values() if isinstance(part, Mapping))):
            value = document.get(name)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < MOST_PLANNED:
                ahead = (value - head.first_step) / length
                if LEAST_AHEAD < ahead <= FARTHEST:
                    return int(value)
    return None


def _twice(head: Head) -> int:
    """Twice as far as the run has come, in two digits."""
    length = max(1, head.last_step - head.first_step)
    unit = 10 ** max(0, len(str(length)) - 2)
    return head.first_step + -(-2 * length // unit) * unit
