"""Where a learning curve is going: whether it still moves, and in which range it will be, as far as it lets one tell.

Parametric families are fitted to a curve and to its later parts and extrapolated. How far they disagree, how much is
still to come and how noisy the curve is make a scale of the uncertainty. How many such scales wide the range is, the
curve's own past tells: the same extrapolation is made from earlier points of it, over the same ratio of lengths, and
compared with what came. A change of course that nothing in the past announces (a schedule's next drop) no fit foresees.

Pure, numpy only. A step of 2**53 and more is as exact as a float. benchmarks/outlook.py measures how often ranges hold.

Sources. Families: Domhan, Springenberg, Hutter, "Speeding up automatic hyperparameter optimization of deep neural
networks by extrapolation of learning curves", IJCAI 2015 (pow3, exp3 and a logarithm; a straight drift beside them),
fitted by variable projection (Golub, Pereyra, 1973). Range: conformal prediction with scaled scores (Lei et al.,
"Distribution-free predictive inference for regression", JASA 2018) over a rolling origin (Tashman, Int. J. Forecasting
16, 2000). Flatness: the trend test of Mann (1945) and Kendall.
"""

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Verdict = Literal["falling", "rising", "flat", "unknown"]

COVERAGE = 0.8  # of the ranges
METHOD = "power, exponential and logarithmic fits; range from extrapolating the curve's own past"
LEAST_POINTS = 24
MOST_LOST = 0.1  # of the points, not finite
FARTHEST = 3.0  # times the length so far
CELLS = 64  # that a curve is fitted in
LEAST_CELLS = 12  # of a part that is extrapolated
WINDOWS = (0.0, 0.35, 0.6)  # where fitted parts begin, in lengths
LEAST_FITTED = 10
OFFSETS = (0.01, 0.06, 0.2)  # of powers and logarithms, in lengths
POWERS = np.geomspace(0.15, 2.5, 7)
RATES = np.geomspace(0.6, 24.0, 8)  # of exponentials, over one length
FAMILIES = np.repeat([0, 1, 2], [len(OFFSETS) * len(POWERS), len(RATES), len(OFFSETS)])
ORIGINS = np.linspace(0.3, 0.85, 12)  # of the curve, from which its own past is extrapolated
TO_COME, NOISE = 0.15, 1.0  # shares of the change to come and of the noise in a scale
PRIOR_SCORE, PRIOR_WEIGHT = 1.1, 4.0  # scales of a range before the curve's own count, and for how many they count
MOST_WEIGHT = 4.0  # of one fit, in median weights
SETTLED = 0.25  # the last part of a curve, whose level is its present one and whose trend counts
STILL = 0.02  # of the range of a curve: a change that is none
TREND_Z = 1.64  # of the test for a trend, one in ten by chance
EXPLAINED = 0.35  # of a curve's variance: below, there is noise only
FAR = 4.0  # standard deviations
RUNAWAY = 0.75  # of the range before, done in the last quarter
MOST_SCALES = 1e6  # off, of one extrapolation of a past that stood still
TINY = 1e-300


@dataclass(frozen=True)
class Outlook:
    """What a curve lets one tell. reason: why not, of verdict "unknown"; its figures are NaN then.

    low, high: where its level (not each of its values) is at x = at, in COVERAGE of the cases. level: now. since: x
    from which a flat curve is flat. points: it rests on. path: rows x, low, middle, high, from the last x to at.
    """

    verdict: Verdict
    at: float
    points: int
    level: float = math.nan
    low: float = math.nan
    middle: float = math.nan
    high: float = math.nan
    since: float | None = None
    reason: str = ""
    path: Floats = field(default_factory=lambda: np.zeros((4, 0)))


def outlook(x: Floats, y: Floats, at: float, *, points: int | None = None, lost: int = 0) -> Outlook:
    """The outlook of a curve for x = at.

    x: shape (n,), increasing, in steps or any unit. y: shape (n,), values or means of cells of them; NaN where there is
    none. at: beyond the last x. points, lost: how many values these stand for, and how many more were not finite.
    """
    there = np.isfinite(y) & np.isfinite(x)
    x, y = np.asarray(x, np.float64)[there], np.asarray(y, np.float64)[there]
    count = int(there.sum()) if points is None else points
    problem = _problem(x, y, at, count, lost)
    if problem:
        return Outlook("unknown", at, count, reason=problem)
    largest = float(np.abs(y).max()) or 1.0
    span = x[-1] - x[0]
    place, level = _cells((x - x[0]) / span, y / largest)
    begin = place[0] - max(float(np.median(np.diff(place))), 1 / CELLS)  # so that the first cell lies a little after 0
    place = (place - begin) / (place[-1] - begin)
    told = _told(place, level, (at - x[0]) / span)
    if isinstance(told, str):
        return Outlook("unknown", at, count, reason=told)
    path = np.vstack([x[0] + told.path[:1] * span, told.path[1:] * largest])
    if y.min() >= 0:
        path[1:] = np.maximum(path[1:], 0.0)  # what was never negative stays so
    since = None if told.since is None else float(x[0] + told.since * span)
    low, middle, high = (float(value) for value in path[1:, -1])
    return Outlook(told.verdict, at, count, told.level * largest, low, middle, high, since, path=path)


def _problem(x: Floats, y: Floats, at: float, points: int, lost: int) -> str:
    """Why nothing can be told, as far as that is seen at once; "" when it is not."""
    if lost > MOST_LOST * (points + lost):
        return f"{lost:,} of its {points + lost:,} values are not finite"
    if len(x) < LEAST_POINTS:
        return f"it has {points:,} points; at least {LEAST_POINTS} are needed"
    if x[-1] <= x[0] or at <= x[-1]:
        return "there is nothing beyond its last step"
    if at - x[0] > FARTHEST * (x[-1] - x[0]):
        return f"that is more than {FARTHEST:g} times as far as it has come"
    if np.abs(y).max() > 1e150 or 0 < np.abs(y).max() < 1e-150:
        return "its values are too large or too small"
    return ""


def _cells(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Means of equally many neighbours, at most CELLS of them."""
    if len(x) <= CELLS:
        return x, y
    edges = np.linspace(0, len(x), CELLS + 1).astype(np.int64)
    sizes = np.diff(edges)
    return np.add.reduceat(x, edges[:-1]) / sizes, np.add.reduceat(y, edges[:-1]) / sizes


@dataclass(frozen=True)
class _Told:
    """As Outlook, with x in lengths of the curve and values as they came."""

    verdict: Verdict
    level: float
    since: float | None
    path: Floats


def _told(x: Floats, y: Floats, ratio: float) -> _Told | str:
    """x: shape (n,), in lengths of the curve, from just above 0 to 1; ratio: where to, in the same. A text: why not."""
    recent = x >= 1 - SETTLED
    width = float(y.max() - y.min())
    level = float(y[-max(3, len(y) // 16) :].mean())
    if width <= 1e-12:
        flat = np.full(2, level)
        return _Told("flat", level, float(x[0]), np.array([[1.0, ratio], flat, flat, flat]))
    before = y[~recent]
    if abs(level - before[-1]) > RUNAWAY * float(before.max() - before.min()) + STILL * width:
        return "it is running away"
    if _explained(x, y) < EXPLAINED and not _has_settled(y):
        return "it has no trend that stands out of its noise"
    places = np.linspace(1.0, ratio, 12)
    middle, scale = _extrapolated(x, y, places)
    score = _score(x, y, ratio)
    path = np.vstack([places, middle - score * scale, middle, middle + score * scale])
    if path[3, -1] - path[1, -1] > width:
        return "its past allows anything: the range would be wider than all it did so far"
    change = float(middle[-1] - level)
    noise = _noise(y[len(y) // 2 :])
    if not _has_trend(y[recent]) and abs(change) <= max(STILL * width, 2 * noise):
        return _Told("flat", level, _flat_since(x, y, max(STILL * width, 3 * noise)), path)
    return _Told("rising" if change > 0 else "falling", level, None, path)


def _extrapolated(x: Floats, y: Floats, places: Floats) -> tuple[Floats, Floats]:
    """The weighted median of all fits at places, shape (m,), and the scale of its uncertainty there, shape (m,)."""
    values, errors = _fits(x, y, places)
    weights = 1 / (errors**2 + (0.05 * errors.min()) ** 2 + TINY)
    weights = np.minimum(weights, MOST_WEIGHT * np.median(weights))
    weights /= weights.sum()
    order = np.argsort(values, axis=0)
    halves = (np.cumsum(weights[order], axis=0) < 0.5).sum(axis=0)
    middle = np.take_along_axis(values, np.take_along_axis(order, halves[None], axis=0), axis=0)[0]
    apart = np.sqrt(weights @ (values - middle) ** 2)
    to_come = middle - y[-max(3, len(y) // 16) :].mean()
    noise = _noise(y[len(y) // 2 :])
    return middle, np.sqrt(apart**2 + (NOISE * noise) ** 2 + (TO_COME * to_come) ** 2) + 1e-12 * np.abs(y).max()


def _fits(x: Floats, y: Floats, places: Floats) -> tuple[Floats, Floats]:
    """What each fit says at places, shape (fits, m), and its root mean square error, shape (fits,).

    Of each family the best member over each window; of all of them with a straight drift the best; the recent mean.
    """
    values, errors = [], []
    for window in WINDOWS:
        chosen = x >= window * x[-1]
        if chosen.sum() < LEAST_FITTED:
            continue
        seen, wanted = x[chosen] / x[-1], places / x[-1]
        shapes, later = _shapes(seen), _shapes(wanted)
        means, mean = shapes.mean(axis=1, keepdims=True), y[chosen].mean()
        shapes, later, rest = shapes - means, later - means, y[chosen] - mean
        slopes, squares = _projected(shapes, rest)
        for family in range(3):
            best = int(np.argmin(np.where(family == FAMILIES, squares, np.inf)))
            values.append(mean + slopes[best] * later[best])
            errors.append(math.sqrt(squares[best] / max(1, len(seen) - 3)))
        line = seen - seen.mean()
        length = max(float(line @ line), TINY)  # of points at one step all is 0
        along, drift = shapes @ line / length, float(rest @ line) / length
        slopes, squares = _projected(shapes - along[:, None] * line, rest - drift * line)
        best = int(np.argmin(squares))
        straight = (drift - slopes[best] * along[best]) * (wanted - seen.mean())
        values.append(mean + slopes[best] * later[best] + straight)
        errors.append(math.sqrt(squares[best] / max(1, len(seen) - 4)))
    recent = y[x >= (1 - SETTLED) * x[-1]]
    values.append(np.full(len(places), recent.mean()))
    errors.append(float(recent.std()) + TINY)
    return np.array(values), np.array(errors)


def _shapes(x: Floats) -> Floats:
    """Every member of every family at x, shape (members, n), in the order of FAMILIES."""
    powers = [(x + offset) ** -power for offset in OFFSETS for power in POWERS]
    return np.array([*powers, *(np.exp(-rate * x) for rate in RATES), *(np.log(x + offset) for offset in OFFSETS)])


def _projected(shapes: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Least squares of y on each centred shape: slopes and sums of squared errors, shape (members,)."""
    own = (shapes**2).sum(axis=1)
    slopes = np.where(own > 1e-12, shapes @ y / np.maximum(own, 1e-12), 0.0)
    return slopes, ((y - slopes[:, None] * shapes) ** 2).sum(axis=1)


def _score(x: Floats, y: Floats, ratio: float) -> float:
    """How many scales wide ranges must be, by extrapolations of the curve's past over the same ratio."""
    own = []
    for origin in ORIGINS[ORIGINS * ratio <= 1.0]:
        seen = x <= origin
        if seen.sum() < LEAST_CELLS:
            continue
        middle, scale = _extrapolated(x[seen], y[seen], np.array([origin * ratio]))
        came = y[np.argsort(np.abs(x - origin * ratio))[:3]].mean()
        own.append(min(abs(came - middle[0]) / max(float(scale[0]), TINY), MOST_SCALES))
    if not own:
        return PRIOR_SCORE
    return float((len(own) * np.quantile(own, COVERAGE) + PRIOR_WEIGHT * PRIOR_SCORE) / (len(own) + PRIOR_WEIGHT))


def _noise(y: Floats) -> float:
    """How far values lie from a parabola through them, as a standard deviation; correlated noise counts too."""
    if len(y) < 4:
        return 0.0
    x = np.linspace(-1, 1, len(y))
    powers = np.stack([np.ones_like(x), x, x**2])
    rest = y - np.linalg.lstsq(powers.T, y, rcond=None)[0] @ powers
    return float(rest.std() * math.sqrt(len(y) / (len(y) - 3)))


def _explained(x: Floats, y: Floats) -> float:
    """The share of a curve's variance that the best fit of all of it explains."""
    shapes = _shapes(x)
    _, squares = _projected(shapes - shapes.mean(axis=1, keepdims=True), y - y.mean())
    moving = np.convolve(y, np.ones(5) / 5, mode="valid").var()
    whole = float(y.var()) + TINY
    return max(1 - float(squares.min()) / whole, float(moving) / whole if len(y) >= LEAST_CELLS else 0.0)


def _has_settled(y: Floats) -> bool:
    """Whether a curve began where its later half never is: it fell, or rose, in its first moments."""
    later = y[len(y) // 2 :]
    return bool(abs(y[0] - np.median(later)) > FAR * later.std())


def _has_trend(y: Floats) -> bool:
    """Whether values go one way more than chance lets them: the test of Mann and Kendall."""
    count = len(y)
    ahead = np.sign(y[None, :] - y[:, None])
    score = float(np.triu(ahead, 1).sum())
    return abs(score) > TREND_Z * math.sqrt(count * (count - 1) * (2 * count + 5) / 18)


def _flat_since(x: Floats, y: Floats, width: float) -> float:
    """From where on a curve stays within so much of its last level."""
    outside = np.flatnonzero(np.abs(y - np.median(y[x >= 1 - SETTLED])) > width)
    return float(x[min(outside[-1] + 1, len(x) - 1)]) if len(outside) else float(x[0])
