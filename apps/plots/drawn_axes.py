"""Axes and colours of plots as pictures have them. The page's axes.js and plot-colours.js do the same."""

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from apps.core.templatetags.figures import duration, figure
from apps.panels.drawn_ranges import duration_ticks
from apps.rendering.framing import Name
from apps.rendering.look import Look, mixed
from apps.rendering.ticks import round_ticks

ROOM = 0.04  # of the range, at either end
MAGNITUDES = 100
WORDS = 10  # as many as there are colours; the less frequent ones share a muted one
_MOMENTS = (  # least seconds between two ticks, and how they are written
    *((60.0 * many, "%H:%M") for many in (1, 5, 15, 30)),
    *((3600.0 * many, "%d %b %H:%M") for many in (1, 3, 6, 12)),
    *((86400.0 * many, "%d %b %Y") for many in (1, 2, 7, 30, 91, 365, 1825)),
)

Axis = Mapping[str, Any]  # as the API answers it


class Range(NamedTuple):
    """From where to where an axis goes, and whether it is logarithmic."""

    start: float
    end: float
    log: bool


class Ticks(NamedTuple):
    at: Sequence[float]
    labels: Sequence[str]


class Colours(NamedTuple):
    """The colour of a run by its place on an axis, and the legend that says so."""

    of: Callable[[float | None], str]
    names: list[Name]


def is_log(said: bool | None, axis: Axis) -> bool:
    """As it was said; else where numbers are positive, of several magnitudes, and spread evenly over them."""
    if axis["kind"] != "number":
        return False
    if said is not None:
        return said
    numbers = sorted(value for value in axis["values"] if value is not None)
    if not numbers or numbers[0] <= 0 or numbers[-1] / numbers[0] < MAGNITUDES:
        return False
    low, high, middle = numbers[0], numbers[-1], numbers[len(numbers) // 2]
    even = abs((middle - low) / (high - low) - 0.5)
    return abs(math.log(middle / low) / math.log(high / low) - 0.5) < even


def extent(axis: Axis, values: Sequence[float | None], *, log: bool) -> Range | None:
    """Around the values; None without one."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    low, high = min(there), max(there)
    if axis["kind"] == "text":
        return Range(-0.6, max(high, 0) + 0.6, log=False)
    if log:
        room = (high / low) ** ROOM if (high / low) ** ROOM > 1.02 else 1.1
        return Range(low / room, min(high * room, 1.7e308), log=True)
    room = (high / 2 - low / 2) * 2 * ROOM or abs(high) * 0.1 or 1.0
    return Range(max(low - room, -1.7e308), min(high + room, 1.7e308), log=False)


def place_text(axis: Axis, place: float | None) -> str:
    """What a place on an axis is called."""
    if place is None:
        return "–"
    if axis["kind"] == "text":
        return str(axis["words"][int(place)])
    if axis["kind"] == "time":
        return _moment(place, "%d %b %Y %H:%M")
    return duration(datetime.timedelta(seconds=place)) if axis["kind"] == "took" else figure(place)


def ticks_of(axis: Axis, span: Range, pixels: int, room: int) -> Ticks:
    """Of an axis of so many px. room: px that a label takes."""
    count = max(2, pixels // room)
    if axis["kind"] == "text":
        return Ticks(range(len(axis["words"])), [word or "(empty)" for word in axis["words"]])
    if axis["kind"] == "took":
        at = [ms / 1000 for ms in duration_ticks(span.start * 1000, span.end * 1000, pixels)]
        return Ticks(at, [duration(datetime.timedelta(seconds=seconds)) for seconds in at])
    if axis["kind"] == "time":
        return _moments(span, max(2, pixels // 110))
    if span.log:
        return _magnitudes(span, count)
    at = round_ticks(span.start, span.end, count)
    return Ticks(at, [figure(float(one), 6) for one in at])


def _magnitudes(span: Range, count: int) -> Ticks:
    """Powers of ten, every so many; and the numbers between where there are few of them."""
    first, last = math.floor(math.log10(span.start)), math.ceil(math.log10(span.end))
    between = (1,) if last - first > 3 else (1, 2, 5)
    every = max(1, math.ceil((last - first) * len(between) / max(1, count))) if between == (1,) else 1
    at = [many * 10.0**power for power in range(first, last + 1, every) for many in between]
    at = [one for one in at if span.start <= one <= span.end]
    return Ticks(at, [figure(one, 6) for one in at])


def _moments(span: Range, count: int) -> Ticks:
    wanted = (span.end - span.start) / count
    step, form = next((one for one in _MOMENTS if one[0] >= wanted), _MOMENTS[-1])
    first = math.ceil(span.start / step)
    at = [place * step for place in range(first, min(first + 40, math.floor(span.end / step) + 1))]
    return Ticks(at, [_moment(seconds, form) for seconds in at])


def _moment(seconds: float, form: str) -> str:
    try:
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime(form)
    except (OverflowError, ValueError, OSError):
        return figure(seconds)


def colours_of(axis: Axis | None, look: Look) -> Colours:
    """Texts have the colours of runs' charts, the most frequent ones; numbers a ramp; without an axis all are alike."""
    if axis is None:
        return Colours(lambda _: look.accent, [])
    return _by_word(axis, look) if axis["kind"] == "text" else _by_number(axis, look)


def _by_word(axis: Axis, look: Look) -> Colours:
    words = axis["words"]
    counts = [0] * len(words)
    for place in axis["values"]:
        if place is not None:
            counts[int(place)] += 1
    frequent = sorted(sorted(range(len(words)), key=lambda place: (-counts[place], place))[:WORDS])
    colours = {place: look.runs[slot] for slot, place in enumerate(frequent)}
    names = [Name(words[place] or "(empty)", colours[place]) for place in frequent]
    if len(words) > len(frequent):
        names.append(Name(f"{len(words) - len(frequent)} others", look.muted))
    if None in axis["values"]:
        names.append(Name("none", look.muted))
    return Colours(lambda place: look.muted if place is None else colours.get(int(place), look.muted), names)


def _by_number(axis: Axis, look: Look) -> Colours:
    there = [value for value in axis["values"] if value is not None]
    low, high = (min(there), max(there)) if there else (0.0, 0.0)
    log = is_log(None, axis)

    def along(value: float) -> float:
        if low == high:
            return 0.5
        return math.log(value / low) / math.log(high / low) if log else (value - low) / (high - low)

    def at(share: float) -> float:
        return low * (high / low) ** share if log else low + (high - low) * share

    shares = (0, 0.25, 0.5, 0.75, 1) if there else ()
    names = [
        Name(f"{'' if share else axis['title'] + ' '}{place_text(axis, at(share))}", mixed(look.ramp, share))
        for share in shares
    ]
    return Colours(lambda value: look.muted if value is None else mixed(look.ramp, along(value)), names)


def titled(axis: Axis, *, log: bool, short: bool = False) -> str:
    """An axis's title, with its good end and its scale. short: the good end as an arrow alone."""
    arrow, words = {"min": (" ↓", " lower is better"), "max": (" ↑", " higher is better")}.get(
        axis["direction"], ("", "")
    )
    return f"{axis['title']}{', log' if log else ''}{arrow}{'' if short else words}"


def lost_words(axis: Axis) -> list[str]:
    """What an axis has no place for, in words."""
    words = {
        "not_positive": f"≤ 0 in {axis['title']}, not on log",
        "other_kind": f"{'numbers' if axis['kind'] == 'text' else 'texts'} in {axis['title']}",
    }
    return [f"{lost:,} {words[why]}" for why, lost in axis["lost"].items()]
