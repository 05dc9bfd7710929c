"""How far a run is and how good, beside the run before it: what the first line of its page says."""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from apps.comparison.sections import judged
from apps.core.templatetags.figures import figure, grouped, signed
from apps.history.queries import Head, heads
from apps.runs.directions import Direction
from apps.runs.leading import leading_metrics
from apps.runs.models import Run
from apps.runs.outlooks import planned_step

METRICS = 4


class Leading(NamedTuple):
    """One metric. value: its best; delta: how far from the previous run's, "" without one; better: None if equal."""

    name: str
    value: str
    full: str
    delta: str
    better: bool | None
    before: str


class Progress(NamedTuple):
    """The last step, and of how many if the config says so. left: how long that takes at the pace so far."""

    step: str
    planned: str
    percent: int | None
    left: timedelta | None


def headline(run: Run, known: Mapping[str, Head], previous: Run | None) -> list[Leading]:
    """The leading metrics of a run, best and not last: two queries for names, three for the previous run's."""
    leading = leading_metrics(run.project, known, METRICS)
    before = heads([previous.id], leading)[previous.id] if previous and leading else {}
    return [_leading(known[name], before.get(name), direction) for name, direction in leading.items()]


def _leading(head: Head, before: Head | None, direction: Direction) -> Leading:
    best, other = _best(head, direction), before and _best(before, direction)
    cell = judged(best, other, direction)
    delta = "" if best is None or other is None else "±0" if cell.same else signed(cell.delta)
    end = "lowest" if direction == Direction.MIN else "highest"
    full = f"{best!r}, the {end}; last {figure(head.last)} at step {grouped(head.last_step)}"
    return Leading(head.name, figure(best), full, delta, cell.better, figure(other) if other is not None else "")


def _best(head: Head, direction: Direction) -> float | None:
    return head.min if direction == Direction.MIN else head.max


def progress(run: Run, known: Mapping[str, Head], took: timedelta | None, *, live: bool) -> Progress | None:
    """How far a run is by the metric that has come farthest; None before its first point."""
    if not known:
        return None
    head = max(known.values(), key=lambda one: one.last_step)
    done, planned = head.last_step, planned_step(run.config, head)
    if planned is None:
        return Progress(grouped(done), "", None, None)
    length = done - head.first_step
    left = took * ((planned - done) / length) if live and took and length > 0 and run.attempt == 1 else None
    return Progress(grouped(done), grouped(planned), round(100 * done / planned), left)
