"""What we lay out ourselves, in px: boxes, lines and words at their places, as layers of one chart. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

WORD_PX = 5.8  # of a letter of look.FONT at 11 px, on the wide side
MOST_LETTERS = 250  # of a word: one that is longer is cut before it is measured


@dataclass
class Canvas:
    """Rows of what is drawn, what comes later over what comes first; px from the left and from the top."""

    boxes: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    words: list[dict[str, Any]] = field(default_factory=list)

    def box(self, x: float, y: float, wide: float, high: float, colour: str, opacity: float = 1) -> None:
        self.boxes.append({"x": x, "x2": x + wide, "y": y, "y2": y + high, "colour": colour, "opacity": opacity})

    def line(
        self, x: Sequence[float], y: Sequence[float], colour: str, dash: Sequence[float] = (), width: float = 1
    ) -> None:
        """The line through some points, in their order."""
        known = {"line": self._line, "colour": colour, "dash": list(dash), "width": width}
        self.lines += [{"x": across, "y": down, **known} for across, down in zip(x, y, strict=True)]
        self._line += 1

    def word(self, x: float, y: float, text: str, colour: str, **looks: Any) -> None:
        """looks: as of word_row."""
        self.words.append(word_row(x, y, text, colour, **looks))

    @property
    def data(self) -> dict[str, list[dict[str, Any]]]:
        """The rows by the names that the layers ask for."""
        return {"canvas_boxes": self.boxes, "canvas_lines": self.lines, "canvas_words": self.words}

    _line: int = 0


def word_row(
    x: float,
    y: float,
    text: str,
    colour: str,
    *,
    size: float = 11,
    weight: str = "normal",
    align: str = "left",
    limit: float = 0,
    angle: float = 0,
) -> dict[str, Any]:
    """A word whose middle line goes through y. limit: px it may take, 0 of any; angle: it is turned by, in degrees."""
    looks = {"colour": colour, "size": size, "weight": weight, "align": align, "limit": limit, "angle": angle}
    return {"x": x, "y": y, "text": text[:MOST_LETTERS], **looks}


def canvas_spec() -> dict[str, Any]:
    """The chart of a canvas, to be framed."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "autosize": {"type": "none"},
        "layer": [boxes_layer("canvas_boxes"), lines_layer("canvas_lines"), words_layer("canvas_words")],
        "config": {"view": {"stroke": None}, "aria": False},
    }


def boxes_layer(name: str) -> dict[str, Any]:
    return {
        "data": {"name": name},
        "mark": {"type": "rect"},
        "encoding": {
            "x": placed("x"),
            "x2": {"field": "x2"},
            "y": placed("y"),
            "y2": {"field": "y2"},
            "fill": as_given("colour"),
            "opacity": as_given("opacity", "quantitative"),
        },
    }


def lines_layer(name: str) -> dict[str, Any]:
    return {
        "data": {"name": name},
        "mark": {"type": "line", "strokeJoin": "round", "invalid": None},
        "encoding": {
            "x": {**placed("x"), "sort": None},
            "y": placed("y"),
            "detail": {"field": "line", "type": "nominal"},
            "stroke": as_given("colour"),
            "strokeDash": as_given("dash"),
            "strokeWidth": as_given("width", "quantitative"),
        },
    }


def words_layer(name: str) -> dict[str, Any]:
    return {
        "data": {"name": name},
        "mark": {
            "type": "text",
            "baseline": "middle",
            "align": {"expr": "datum.align"},
            "fontWeight": {"expr": "datum.weight"},
            "fontSize": {"expr": "datum.size"},
            "limit": {"expr": "datum.limit"},
            "angle": {"expr": "datum.angle"},
        },
        "encoding": {
            "x": placed("x"),
            "y": placed("y"),
            "text": {"field": "text", "type": "nominal"},
            "color": as_given("colour"),
        },
    }


def placed(name: str) -> dict[str, Any]:
    """A place in px."""
    return {"field": name, "type": "quantitative", "scale": None, "axis": None}


def as_given(name: str, kind: str = "nominal") -> dict[str, Any]:
    """A look that rows say themselves."""
    return {"field": name, "type": kind, "scale": None, "legend": None}
