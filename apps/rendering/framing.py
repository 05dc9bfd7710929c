"""A chart of ours as a picture that stands alone: with its title, what is said of it, and what its colours mean.

The page's picture.js frames charts the same way. No Django.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.rendering.look import FONT, Look

HEAD, FOOT, ROW, EDGE = 50, 24, 18, 14  # px above the chart, below it, of a row of the legend, and around
_ENTRY = 196  # px of a name in the legend
_STROKE = 18
_NAME_LENGTH = 30
_WORD_PX = 5.8  # of a letter of FONT at 11 px, on the wide side
MOST_NAMES = 60


class Name(NamedTuple):
    """A line of the legend; without a colour words alone."""

    text: str
    colour: str = ""
    dash: Sequence[float] = ()


class Framed(NamedTuple):
    """A spec with its frame, and the rows of the frame, to be drawn beside the chart's own."""

    spec: dict[str, Any]
    data: dict[str, list[dict[str, Any]]]


def named(names: Sequence[Name]) -> list[Name]:
    """At most MOST_NAMES, and how many more there are."""
    if len(names) <= MOST_NAMES:
        return list(names)
    return [*names[:MOST_NAMES], Name(f"and {len(names) - MOST_NAMES:,} more")]


def framed(
    layers: Mapping[str, Any],
    *,
    width: int,
    height: int,
    gutters: Mapping[str, int],
    title: str,
    said: str,
    foot: str,
    names: Sequence[Name],
    look: Look,
) -> Framed:
    """A layered spec in a frame. width, height: px of all but the legend, which adds its rows below.

    gutters: px that the chart keeps for its axes: left, right, top, bottom.
    """
    left, right = gutters["left"] + EDGE, gutters["right"] + EDGE
    plot = {
        "width": max(40, width - left - right),
        "height": max(40, height - HEAD - FOOT - gutters["top"] - gutters["bottom"]),
    }
    columns = max(1, (width - EDGE) // _ENTRY)
    rows = -(-len(names) // columns)
    below = plot["height"] + gutters["bottom"]
    letters = int((width - 2 * EDGE) / _WORD_PX)
    words = [
        _word(EDGE - left, 20 - HEAD - gutters["top"], _cut(title, int(letters * 11 / 14)), look.ink, 14, "bold"),
        _word(EDGE - left, 38 - HEAD - gutters["top"], _cut(said, letters), look.muted, 11),
        {**_word(plot["width"] / 2, below + 10, _cut(foot, letters), look.muted, 11), "align": "center"},
    ]
    strokes = []
    for place, name in enumerate(names):
        x, y = EDGE - left + (place % columns) * _ENTRY, below + FOOT + 10 + (place // columns) * ROW
        words.append(_word(x + _STROKE + 6, y, _cut(name.text, _NAME_LENGTH), look.ink, 11))
        if name.colour:
            strokes.append({"x": x, "x2": x + _STROKE, "y": y, "colour": name.colour, "dash": list(name.dash)})
    spec = {
        **layers,
        **plot,
        "layer": [*layers["layer"], _STROKES, _WORDS],
        "padding": {
            "left": left,
            "right": right,
            "top": gutters["top"] + HEAD,
            "bottom": gutters["bottom"] + FOOT + rows * ROW + (EDGE if rows else 0),
        },
        "background": look.surface,
        "config": {**layers.get("config", {}), "font": FONT, "background": look.surface},
    }
    return Framed(spec, {"frame_words": words, "frame_strokes": strokes})


def plot_width(width: int, gutters: Mapping[str, int]) -> int:
    """px of a chart's own plane in a frame of this width."""
    return max(40, width - gutters["left"] - gutters["right"] - 2 * EDGE)


def plot_height(height: int, gutters: Mapping[str, int]) -> int:
    return max(40, height - HEAD - FOOT - gutters["top"] - gutters["bottom"])


def _word(x: float, y: float, text: str, colour: str, size: int, weight: str = "normal") -> dict[str, Any]:
    return {"x": x, "y": y, "text": text, "colour": colour, "size": size, "weight": weight, "align": "left"}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(1, most - 1)]}…"


def _placed(name: str) -> dict[str, Any]:
    return {"field": name, "type": "quantitative", "scale": None, "axis": None}


def _as_given(name: str, kind: str = "nominal") -> dict[str, Any]:
    return {"field": name, "type": kind, "scale": None, "legend": None}


_WORDS = {
    "data": {"name": "frame_words"},
    "mark": {
        "type": "text",
        "baseline": "middle",
        "align": {"expr": "datum.align"},
        "fontWeight": {"expr": "datum.weight"},
        "fontSize": {"expr": "datum.size"},
    },
    "encoding": {
        "x": _placed("x"),
        "y": _placed("y"),
        "text": {"field": "text", "type": "nominal"},
        "color": _as_given("colour"),
    },
}
_STROKES = {
    "data": {"name": "frame_strokes"},
    "mark": {"type": "rule", "strokeWidth": 2},
    "encoding": {
        "x": _placed("x"),
        "x2": {"field": "x2"},
        "y": _placed("y"),
        "color": _as_given("colour"),
        "strokeDash": _as_given("dash"),
    },
}
