"""An outlook in words and as a small drawing, for the first page of a run."""

import math
from typing import NamedTuple

import numpy as np

from apps.core.templatetags.figures import count, figure
from apps.history.outlook import METHOD, Floats
from apps.runs.outlooks import RunOutlook

WIDTH, HEIGHT = 600, 110
_EDGE = 4
_CLIPPED = 0.02  # of the curve at either end: a start from far away leaves the rest its shape
_STEPS = 300  # points of the curve that are drawn


class Drawing(NamedTuple):
    """Paths in a box of WIDTH × HEIGHT. now: x of the last point; low, high: ends of the axis; first, last: steps."""

    curve: str
    fan: str
    middle: str
    now: str
    low: str
    high: str
    first: str
    last: str


class Shown(NamedTuple):
    """name: of the metric; words: what is told; detail: on what it rests; drawing: None where nothing is told."""

    name: str
    verdict: str
    words: str
    detail: str
    drawing: Drawing | None


def shown(one: RunOutlook, *, ended: bool = False) -> Shown:
    """The outlook of a run; of one that ended, what its curve was doing then and would have come to."""
    found = one.found
    to = f"step {figure(int(found.at))}" if found.at < 10_000 else f"step {count(int(found.at))}"
    if found.verdict == "unknown":
        return Shown(one.name, "unknown", f"cannot tell: {found.reason}.", "", None)
    low, high, now = (_written(value, found.low, found.high) for value in (found.low, found.high, found.level))
    if found.verdict == "flat":
        since = f" since step {count(int(found.since))}" if found.since is not None and found.since > one.x[0] else ""
        doing = f"flat{since}"
    else:
        doing = f"still {found.verdict}"
    words = f"{now} now, {doing}; by {to} about {low} to {high}"
    if ended:
        words = f"was {doing} when it ended; up to {to} it would have come to about {low} to {high}"
    detail = f"In 8 of 10 cases, by {METHOD}, over {found.points:,} points."
    return Shown(one.name, found.verdict, words, detail + _which(one), _drawing(one))


def _which(one: RunOutlook) -> str:
    return " The step is the end that its config plans." if one.planned else ""


def _written(value: float, low: float, high: float) -> str:
    """A value with as many digits as tell the ends of a range apart in two."""
    width, largest = high - low, max(abs(low), abs(high))
    if width <= 0 or not 1e-4 <= largest < 1e6:
        return figure(value, 4)
    decimals = min(12, max(0, 1 - math.floor(math.log10(width))))
    return f"{value:.{decimals}f}".replace("-", "−")


def _drawing(one: RunOutlook) -> Drawing:
    path = one.found.path
    x, y = _thinned(one.x, one.y)
    low = min(float(np.quantile(y, _CLIPPED)), float(path[1].min()))
    high = max(float(np.quantile(y, 1 - _CLIPPED)), float(path[3].max()))
    start, end = float(x[0]), float(path[0, -1])

    def across(at: Floats) -> Floats:
        return _EDGE + (at - start) / max(end - start, 1e-300) * (WIDTH - 2 * _EDGE)

    def down(value: Floats) -> Floats:
        share = np.clip((value - low) / max(high - low, 1e-300), -0.2, 1.2)
        return HEIGHT - _EDGE - share * (HEIGHT - 2 * _EDGE)

    there, lower, middle, upper = across(path[0]), down(path[1]), down(path[2]), down(path[3])
    fan = _path(np.concatenate([there, there[::-1]]), np.concatenate([upper, lower[::-1]])) + "Z"
    return Drawing(
        curve=_path(across(x), down(y)),
        fan=fan,
        middle=_path(there, middle),
        now=f"{there[0]:.1f}",
        low=figure(low, 3),
        high=figure(high, 3),
        first=count(int(start)),
        last=count(int(end)),
    )


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    step = max(1, len(x) // _STEPS)
    return x[::step], y[::step]


def _path(x: Floats, y: Floats) -> str:
    return "M" + "L".join(f"{across:.1f} {down:.1f}" for across, down in zip(x.tolist(), y.tolist(), strict=True))
