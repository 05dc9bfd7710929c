"""Plots as pictures: what the page draws of the same answers. A kind of plot registers itself in SPECS, at the end."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from apps.plots.drawn_axes import (
    Axis,
    Range,
    Ticks,
    colours_of,
    extent,
    is_log,
    lost_words,
    place_text,
    ticks_of,
    titled,
)
from apps.rendering.framing import Name, framed, named, plot_height, plot_width, told
from apps.rendering.look import Look
from apps.rendering.pictures import PictureSight, Rows, picture

NAME_PX = 7  # of a character
_BAR_PX = 13  # the least a bar takes, so that its name can be read
_MOST_PX = 26
_HALF = 0.36  # of a bar's room
_AREA = (18.0, 160.0)  # px² of a dot by its size
_LINE_OPACITY = "66"  # 0.4, in two hexadecimal digits

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class PlotSight(PictureSight):
    """How a plot is looked at. logs: whether an axis is logarithmic, by its name; left out where nobody said."""

    logs: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Plane:
    """What is drawn, before its frame: spec and rows, both axes with their range, and words around."""

    spec: dict[str, Any]
    rows: Mapping[str, Rows]
    x: tuple[Range, Ticks]
    y: tuple[Range, Ticks]
    titles: tuple[str, str]
    title: str
    said: Sequence[str]
    names: Sequence[Name] = ()


def plot_picture(plot: str, answer: Answer, sight: PlotSight) -> bytes:
    """The picture of a plot's answer. plot: a name of SPECS. Raises CannotRender and PicturesBusy."""
    left = _left(plot, answer)
    gutters = {"left": left, "right": 14, "top": 22, "bottom": 40}
    size = plot_width(sight.width, gutters), plot_height(sight.height, gutters)
    plane = SPECS[plot](answer, sight, size)
    axes: dict[str, Any] = {}
    for name, (span, ticks) in (("x", plane.x), ("y", plane.y)):
        axes |= {f"{name}_from": span.start, f"{name}_to": span.end}
        axes |= {f"{name}_ticks": list(ticks.at), f"{name}_labels": list(ticks.labels)}
    titles = [
        {"x": size[0], "y": size[1] + gutters["bottom"] - 9, "text": plane.titles[0], "align": "right"},
        {"x": 6 - left, "y": -12, "text": plane.titles[1], "align": "left"},
    ]
    frame = framed(
        told(plane.spec, sight.look, axes),
        width=sight.width,
        height=sight.height,
        gutters=gutters,
        title=plane.title,
        said=" · ".join(plane.said),
        foot="",
        names=named(list(plane.names)),
        look=sight.look,
    )
    data: dict[str, Rows] = {**plane.rows, "titles": titles, **frame.data}
    return picture(frame.spec, data, kind=sight.kind, scale=sight.scale, own=True)


def _left(plot: str, answer: Answer) -> int:
    """px for the labels of y: names of bars are long."""
    if plot != "bars":
        return 54
    group = answer["axes"].get("group")
    longest = max((len(_bar_name(bar, group)) for bar in answer["bars"]), default=4)
    return min(170, 16 + max(4, longest) * NAME_PX)


def _scatter(answer: Answer, sight: PlotSight, size: tuple[int, int]) -> Plane:
    """A dot a run, and the line of the best."""
    from apps.plots.specs import dot_plot  # takes a second, which a start of the site need not pay

    x, y, area = answer["axes"]["x"], answer["axes"]["y"], answer["axes"].get("size")
    colour = answer["axes"].get("colour")
    spans = {
        name: extent(axis, axis["values"], log=is_log(sight.logs.get(name), axis)) or _NOTHING
        for name, axis in (("x", x), ("y", y))
    }
    colours = colours_of(colour, sight.look)
    areas = _areas(area, answer["drawn"])
    dots = [
        {
            "x": across,
            "y": along,
            "colour": colours.of(shade),
            "size": px,
            "opacity": 0.55 if answer["drawn"] > 400 else 0.8,
        }
        for across, along, shade, px in zip(
            x["values"], y["values"], colour["values"] if colour else [None] * answer["drawn"], areas, strict=True
        )
    ]
    front = [{"x": x["values"][place], "y": y["values"][place]} for place in (answer["front"] or {"at": ()})["at"]]
    said = [_have(answer, "both"), *lost_words(x), *lost_words(y)]
    if answer["best"] is not None:
        said.append(f"best: {answer['names'][answer['best']]} {place_text(y, y['values'][answer['best']])}")
    return Plane(
        dot_plot(x="log" if spans["x"].log else "linear", y="log" if spans["y"].log else "linear"),
        {"dots": dots, "front": front},
        (spans["x"], ticks_of(x, spans["x"], size[0], 64)),
        (spans["y"], ticks_of(y, spans["y"], size[1], 36)),
        (titled(x, log=spans["x"].log), titled(y, log=spans["y"].log)),
        f"{y['title']} over {x['title']}",
        said,
        colours.names,
    )


def _areas(axis: Axis | None, drawn: int) -> list[float]:
    if axis is None:
        return [22.0 if drawn > 1500 else 44.0] * drawn
    there = [value for value in axis["values"] if value is not None]
    low, high = (min(there), max(there)) if there else (0.0, 0.0)
    least, most = _AREA
    return [
        least / 2
        if value is None
        else least * 2
        if low == high
        else least + (value - low) / (high - low) * (most - least)
        for value in axis["values"]
    ]


def _bars(answer: Answer, sight: PlotSight, size: tuple[int, int]) -> Plane:
    """A bar a run or group, as many as there is room for."""
    from apps.plots.specs import box_plot

    value, group = answer["axes"]["value"], answer["axes"].get("group")
    bars = answer["bars"][: max(3, size[1] // _BAR_PX)]
    words = [f"{place_text(value, bar['mean'])}{'  n ' + str(bar['n']) if group else ''}" for bar in bars]
    room = 12 + max((len(one) for one in words), default=0) * NAME_PX
    log = bool(sight.logs.get("log"))
    span = _bar_range(value, bars, log, size[0] / max(40, size[0] - room))
    half = min(_HALF, _MOST_PX * max(1, len(bars)) / size[1] / 2)
    base = span.start if span.log or value["kind"] == "time" else 0.0
    ends = [bar["mean"] + (bar.get("std") or 0) for bar in bars]
    boxes = [
        {"x": base, "x2": bar["mean"], "y": place - half, "y2": place + half, "colour": sight.look.accent}
        for place, bar in enumerate(bars)
    ]
    spans = [
        {
            "x": max(span.start, bar["mean"] - bar["std"]) if span.log else bar["mean"] - bar["std"],
            "x2": end,
            "y": place,
        }
        for place, (bar, end) in enumerate(zip(bars, ends, strict=True))
        if bar.get("std")
    ]
    beside = [{"x": max(base, end), "y": place, "text": words[place]} for place, end in enumerate(ends)]
    first = "the highest" if value["direction"] == "unknown" else "the best"
    said = [f"{len(bars)} of {answer['bars_total']:,} {'groups' if group else 'runs'}, {first} first"]
    said += [_have(answer, value["title"]), *lost_words(value), *(["mean ± standard deviation"] if group else [])]
    names = [_bar_name(bar, group) for bar in bars]
    return Plane(
        box_plot(x="log" if span.log else "linear", lying=True),
        {"boxes": boxes, "spans": spans, "words": beside},
        (span, ticks_of({**value, "words": []}, span, size[0], 64)),
        (Range(len(bars) - 0.4, -0.6, log=False), Ticks(range(len(bars)), names)),
        (titled(value, log=span.log), group["title"] if group else "run"),
        f"{value['title']} of {'groups by ' + group['title'] if group else 'runs'}",
        said,
    )


def _bar_range(value: Axis, bars: Sequence[Mapping[str, Any]], log: bool, wider: float) -> Range:
    """From zero, where that can be, and so many times wider for the words behind the bars."""
    ends = [end for bar in bars for end in (bar["mean"] - (bar.get("std") or 0), bar["mean"] + (bar.get("std") or 0))]
    if log:
        ends = [end for end in ends if end > 0]
    span = extent(value, ends, log=log) or _NOTHING
    if span.log:
        return Range(span.start, span.start * (span.end / span.start) ** wider, log=True)
    start, end = span.start, span.end
    if value["kind"] != "time":
        start, end = min(0.0, min(ends, default=0.0) * 1.04), max(0.0, max(ends, default=1.0))
        end = end if end > start else start + 1
    return Range(start, start + (end - start) * wider, log=False)


def _bar_name(bar: Mapping[str, Any], group: Axis | None) -> str:
    if group is None:
        return str(bar["label"])
    return _group_name(bar["label"], group)


def _group_name(label: Any, group: Axis) -> str:
    if label is None:
        return "none"
    return (str(label) or "(empty)") if group["kind"] == "text" else place_text(group, label)


def _histogram(answer: Answer, sight: PlotSight, size: tuple[int, int]) -> Plane:
    """Counts of runs by a value, in parts by a group."""
    from apps.plots.specs import box_plot

    value, group = answer["axes"]["value"], answer["axes"].get("group")
    edges, words, parts = answer["edges"], answer["words"], answer["parts"]
    colours = [_part_colour(part, place, group, sight.look) for place, part in enumerate(parts)]
    log = bool(sight.logs.get("log")) and not words
    places = [(at - _HALF, at + _HALF) for at in range(len(words))] if words else list(pairwise(edges))
    boxes, most = [], 0
    for column, (start, end) in enumerate(places):
        height = 0
        for part, colour in zip(parts, colours, strict=True):
            if count := part["counts"][column]:
                boxes.append({"x": start, "x2": end, "y": height, "y2": height + count, "colour": colour})
            height += count
        most = max(most, height)
    across = (
        Range(-0.6, len(words) - 0.4, log=False) if words else Range(edges[0], edges[-1], log) if edges else _NOTHING
    )
    along = Range(0, max(1, most) * 1.06, log=False)
    said = [_have(answer, value["title"]), *lost_words(value)]
    if edges:
        said.append(f"{len(edges) - 1} bin{'' if len(edges) == 2 else 's'}")
    names = [
        Name(part["label"] if part.get("others") else _group_name(part["label"], group), colour)
        for part, colour in zip(parts, colours, strict=True)
        if group
    ]
    return Plane(
        box_plot(x="log" if across.log else "linear", lying=False),
        {"boxes": boxes, "spans": [], "words": []},
        (across, ticks_of({**value, "words": words}, across, size[0], 64)),
        (along, ticks_of({"kind": "number"}, along, size[1], 36)),
        (titled(value, log=across.log), "runs"),
        f"runs by {value['title']}{' in ' + group['title'] if group else ''}",
        said,
        names,
    )


def _part_colour(part: Mapping[str, Any], place: int, group: Axis | None, look: Look) -> str:
    if part.get("others"):
        return look.muted
    return look.runs[place % len(look.runs)] if group else look.accent


def _parallel(answer: Answer, sight: PlotSight, size: tuple[int, int]) -> Plane:
    """A line a run through several axes, each from its least value at the bottom to its greatest."""
    from apps.plots.specs import parallel_plot

    axes = answer["axes"]
    colours = colours_of(answer["colour"], sight.look)
    spans = [extent(axis, axis["values"], log=is_log(None, axis)) or _NOTHING for axis in axes]
    shades = answer["colour"]["values"] if answer["colour"] else [None] * answer["drawn"]
    lines: dict[str, list[Any]] = {"line": [], "x": [], "y": [], "colour": []}
    for line, shade in enumerate(shades):
        for place, (axis, span) in enumerate(zip(axes, spans, strict=True)):
            lines["line"].append(line)
            lines["x"].append(place)
            lines["y"].append(_share(span, axis["values"][line]))
            lines["colour"].append(colours.of(shade) + _LINE_OPACITY)
    marks = [
        {"x": place, "y": _share(span, at), "text": label}
        for place, (axis, span) in enumerate(zip(axes, spans, strict=True))
        for at, label in zip(*ticks_of(axis, span, size[1], 36), strict=True)
    ]
    names = [titled(axis, log=span.log, short=True) for axis, span in zip(axes, spans, strict=True)]
    return Plane(
        parallel_plot(),
        {"lines": lines, "rules": [{"x": place} for place in range(len(axes))], "words": marks},
        (Range(-0.25, len(axes) - 0.55, log=False), Ticks(range(len(axes)), names)),
        (Range(0, 1, log=False), Ticks((), ())),
        ("", ""),
        "parallel coordinates" + (f" in {answer['colour']['title']}" if answer["colour"] else ""),
        [_have(answer, "a value on every axis"), *(word for axis in axes for word in lost_words(axis))],
        colours.names,
    )


def _share(span: Range, value: float) -> float:
    """How far along its axis a value is, 0 to 1."""
    if span.log:
        return math.log(value / span.start) / math.log(span.end / span.start)
    return (value - span.start) / (span.end - span.start)


def _have(answer: Answer, what: str) -> str:
    total, some = answer["total"], answer["with"]
    return f"{some:,} of {total:,} runs have {what}" if some < total else f"{total:,} runs"


_NOTHING = Range(0.1, 1, log=False)

# To add a plot: a function from its answer to a Plane, over a spec of specs.py.
SPECS: Mapping[str, Callable[[Answer, PlotSight, tuple[int, int]], Plane]] = {
    "scatter": _scatter,
    "bars": _bars,
    "histogram": _histogram,
    "parallel": _parallel,
}
