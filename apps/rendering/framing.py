"""A chart of ours as a picture that stands alone: with its title, what is said of it, and what its colours mean.

The page's picture.js frames charts the same way. No Django.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from apps.rendering.canvas import WORD_PX, as_given, placed, word_row, words_layer
from apps.rendering.look import FONT, Look

HEAD, FOOT, ROW, EDGE = 50, 24, 18, 14  # px above the chart, below it, of a row of the legend, and around
_ENTRY = 196  # px of a name in the legend
_STROKE = 18
_NAME_LENGTH = 30
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
    letters = int((width - 2 * EDGE) / WORD_PX)
    words = [
        word_row(
            EDGE - left,
            20 - HEAD - gutters["top"],
            _cut(title, int(letters * 11 / 14)),
            look.ink,
            size=14,
            weight="bold",
        ),
        word_row(EDGE - left, 38 - HEAD - gutters["top"], _cut(said, letters), look.muted),
        word_row(plot["width"] / 2, below + 10, _cut(foot, letters), look.muted, align="center"),
    ]
    strokes = []
    for place, name in enumerate(names):
        x, y = EDGE - left + (place % columns) * _ENTRY, below + FOOT + 10 + (place // columns) * ROW
        words.append(word_row(x + _STROKE + 6, y, _cut(name.text, _NAME_LENGTH), look.ink))
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


def told(spec: Mapping[str, Any], look: Look, values: Mapping[str, Any]) -> dict[str, Any]:
    """A spec whose params have the theme's colours and these values."""
    known = {"ink": look.ink, "muted": look.muted, "hairline": look.hairline, "accent": look.accent, **values}
    return {**spec, "params": [{**one, "value": known[one["name"]]} for one in spec["params"]]}


def plot_width(width: int, gutters: Mapping[str, int]) -> int:
    """px of a chart's own plane in a frame of this width."""
    return max(40, width - gutters["left"] - gutters["right"] - 2 * EDGE)


def plot_height(height: int, gutters: Mapping[str, int]) -> int:
    return max(40, height - HEAD - FOOT - gutters["top"] - gutters["bottom"])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: max(1, most - 1)]}…"


_WORDS = words_layer("frame_words")
_STROKES = {
    "data": {"name": "frame_strokes"},
    "mark": {"type": "rule", "strokeWidth": 2},
    "encoding": {
        "x": placed("x"),
        "x2": {"field": "x2"},
        "y": placed("y"),
        "color": as_given("colour"),
        "strokeDash": as_given("dash"),
    },
}
