"""How lines of runs stand beside a baseline: mean and spread over seeds, who is best, what to call it. No Django."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, NamedTuple

from apps.runs.directions import Direction

Comparison = Mapping[str, Any]  # as compared.py writes it into a snapshot


class Measured(NamedTuple):
    """A metric of a line of runs: n runs that have it, their mean and the standard deviation of a sample, 0 of one."""

    n: int
    mean: float
    std: float


class Change(NamedTuple):
    """From the baseline's mean to another's. better: None where they are equal or nobody knows the good end.

    clear: whether it is more than the two spread together.
    """

    delta: float
    better: bool | None
    clear: bool


def measured(values: Sequence[float | None]) -> Measured | None:
    """Of a value a run, None where a run lacks the metric; None of no value at all."""
    there = [value for value in values if value is not None and math.isfinite(value)]
    if not there:
        return None
    return Measured(len(there), fmean(there), stdev(there) if len(there) > 1 else 0.0)


def change(base: Measured, other: Measured, direction: Direction) -> Change | None:
    """How far the other is from the base; None where that is no finite number."""
    delta = other.mean - base.mean
    if not math.isfinite(delta):
        return None
    better = None if delta == 0 or direction == Direction.UNKNOWN else (delta < 0) == (direction == Direction.MIN)
    return Change(delta, better, abs(delta) > base.std + other.std)


def best_place(
    values: Sequence[Sequence[float | None]], direction: Direction, without: int | None = None
) -> int | None:
    """The place of the line with the best mean, the first of equal ones. without: a place that is passed over."""
    means = {place: found.mean for place, one in enumerate(values) if place != without and (found := measured(one))}
    if not means or direction == Direction.UNKNOWN:
        return None
    sign = 1 if direction == Direction.MIN else -1
    return min(means, key=lambda place: (sign * means[place], place))


@dataclass(frozen=True)
class Metric:
    """A metric of the compared lines. values: a list a line, a value a run. lines: the same measured."""

    key: str
    direction: Direction
    figure: str
    values: list[list[float | None]]

    @property
    def lines(self) -> list[Measured | None]:
        return [measured(one) for one in self.values]

    def change(self, base: int, other: int) -> Change | None:
        """Between two lines, None where one of them lacks the metric."""
        before, after = measured(self.values[base]), measured(self.values[other])
        return change(before, after, self.direction) if before and after else None


def metrics_of(comparison: Comparison) -> list[Metric]:
    """The main one first."""
    return [
        Metric(one["key"], Direction(one["direction"]), one["figure"], one["values"]) for one in comparison["metrics"]
    ]


class Verdict(NamedTuple):
    """What to call it. worse: metrics beside the main one that are clearly worse."""

    word: str
    main: Change | None
    worse: list[str]


def verdict(comparison: Comparison) -> Verdict:
    """How the best line stands beside the baseline, by the main metric; mixed where another one says the opposite.

    What is within the spread of seeds says nothing; a line without seeds has no spread.
    """
    base, best, metrics = comparison["baseline"], comparison["best"], metrics_of(comparison)
    if not metrics or all(one.direction == Direction.UNKNOWN for one in metrics):
        return Verdict("No verdict", None, [])
    if len(comparison["lines"]) == 1:
        return Verdict("Nothing to compare", None, [])
    if base is None or best is None:
        return Verdict("No baseline" if base is None else "No verdict", None, [])
    main, *others = metrics
    moved = main.change(base, best)
    if moved is None:
        return Verdict("No verdict", None, [])
    changes = {one.key: found for one in others if (found := one.change(base, best)) and found.better is not None}
    clear = {key: one.better for key, one in changes.items() if one.clear}
    worse = [key for key, better in clear.items() if not better]
    if not moved.clear:
        word = "No clear change" if moved.delta else "No change"
    elif moved.better:
        word = "Mixed" if worse else "Better"
    else:
        word = "Mixed" if any(clear.values()) else "Worse"
    return Verdict(word, moved, worse)
