"""What bands, smoothing and other clocks must answer, computed the plain way. Imports nothing of the application.

A point is (attempt, step, time, value), as in naive.py. Sums are exact fractions, so that nothing overflows or rounds.
"""

import itertools
import math
from fractions import Fraction
from typing import Any

Point = tuple[int, int, int, float]


def shown(points: list[Point]) -> list[Point]:
    """Points that no newer attempt hides, by step and time."""
    first: dict[int, int] = {}
    for attempt, step, _, _ in points:
        first[attempt] = min(step, first.get(attempt, step))
    cut = {one: min((step for other, step in first.items() if other > one), default=math.inf) for one in first}
    return sorted((point for point in points if point[1] < cut[point[0]]), key=lambda point: point[1:3])


def number(exact: Fraction) -> float:
    """The nearest float; infinite when none is near."""
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def root(exact: Fraction) -> float:
    """The square root, of any size."""
    if exact == 0:
        return 0.0
    shift = (exact.numerator.bit_length() - exact.denominator.bit_length()) // 2
    return number(Fraction(math.sqrt(exact / Fraction(4) ** shift)) * Fraction(2) ** shift)


def cells(points: list[Point], width: int) -> dict[int, list[Point]]:
    found: dict[int, list[Point]] = {}
    for point in points:
        found.setdefault(point[1] // width, []).append(point)
    return found


def usual_gap(points: list[Point], width: int) -> int:
    """The lower median of the steps from one cell's first finite point to the next one's; 0 for fewer than two."""
    firsts = sorted(min(p[1] for p in some) for some in cells(points, width).values())
    gaps = sorted(b - a for a, b in itertools.pairwise(firsts))
    return gaps[(len(gaps) - 1) // 2] if gaps else 0


def band(runs: list[list[Point]], start: int | None, end: int | None, px: int) -> dict[str, Any]:
    """One group's band. runs: all stored points of each run; start, end: None is as far as the group's runs go."""
    visible = [shown(points) for points in runs if points]
    steps = [point[1] for points in visible for point in points]
    start = min(steps, default=0) if start is None else start
    end = max(steps, default=0) if end is None else end
    width = 2**63
    while width > 1 and end // width - start // width + 1 < px:
        width //= 2
    inside = [[point for point in points if start <= point[1] <= end] for points in visible]
    finite = [[point for point in points if math.isfinite(point[3])] for points in inside]
    gap = max((usual_gap(points, width) for points in finite), default=0)
    while width < gap and width < 2**63:
        width *= 2
    columns = []
    marks: dict[tuple[int, str], list[int]] = {}
    everything = cells([point for points in inside for point in points], width)
    good = [cells(points, width) for points in finite]
    for place in sorted(everything):
        for _, step, _, value in everything[place]:
            if not math.isfinite(value):
                name = "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
                mark = marks.setdefault((place, name), [step, 0])
                mark[0], mark[1] = min(mark[0], step), mark[1] + 1
        of_runs = [of_run[place] for of_run in good if place in of_run]
        if not of_runs:
            columns.append({"x": min(point[1] for point in everything[place]), "n": 0})
            continue
        means = [sum((Fraction(p[3]) for p in some), Fraction()) / len(some) for some in of_runs]
        middle = sum(means, Fraction()) / len(means)
        values = [p[3] for some in of_runs for p in some]
        reached = [p[1] for some in of_runs for p in some]
        one: dict[str, Any] = {
            "x": min(reached) + (max(reached) - min(reached)) // 2,
            "n": len(means),
            "mean": number(middle),
            "low": min(values),
            "high": max(values),
            "size": max(abs(value) for value in values),
        }
        if len(means) > 1:
            variance = sum(((mean - middle) ** 2 for mean in means), Fraction()) / (len(means) - 1)
            one["std"], one["stderr"] = root(variance), root(variance / len(means))
        columns.append(one)
    return {
        "cell": width,
        "columns": columns,
        "shown": len(visible),
        "stored": sum(len(points) for points in inside),
        "superseded": sum(len(points) for points in runs) - sum(len(points) for points in visible),
        "nonfinite": sorted((at, name, n) for (_, name), (at, n) in marks.items()),
    }


def average(points: list[tuple[int, float]], at: int, half_life: float) -> float:
    """The debiased moving average at x `at`: every point up to there, weighted by 2^-(distance / half-life)."""
    weights = [(math.pow(2.0, -min(1000.0, (at - x) / half_life)), y) for x, y in points if x <= at]
    total = math.fsum(weight for weight, _ in weights)
    return math.fsum(weight / total * y for weight, y in weights)


def clocked(points: list[Point], starts: dict[int, int], ends: dict[int, int] | None) -> list[Point]:
    """The points with times counted from the run's start; with ends (of attempts), without the gaps between them."""
    clock = {}
    waited = 0
    reached = starts[min(starts)]
    for attempt in sorted(starts):
        if ends is not None:
            waited += max(0, starts[attempt] - reached)
            reached = max(reached, starts[attempt], ends.get(attempt, starts[attempt]))
        clock[attempt] = starts[min(starts)] + waited
    return [(attempt, step, time - clock[attempt], value) for attempt, step, time, value in points]
