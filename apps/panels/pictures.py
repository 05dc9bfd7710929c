"""Line panels as pictures: the page's lines, bands, colours and marks, with a title and a legend.

To add a picture of another kind of panel: docs/pictures.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from apps.core import ids
from apps.core.templatetags.figures import count
from apps.history.bands import Band
from apps.history.charts import Answer, Line, Question
from apps.panels.colours import run_slots
from apps.panels.drawn_ranges import Ends, ValueRange, duration_ticks, place_range, value_range
from apps.panels.drawn_shapes import MARK_PX, Drawn, Shapes, Spread, drawn_of, panel_shapes, placed_marks
from apps.rendering.framing import Name, framed, named, plot_height, plot_width, told
from apps.rendering.look import Look
from apps.rendering.pictures import PictureSight, Rows, picture

POINT_BUDGET = 5_000  # pixel columns of all lines together, as on a page
MEAN_FROM_RUNS = 8
_MEAN_PIXELS = 2  # a mean is drawn every so many px
_BANDS = 10  # so many share the budget, as a rule
_LEAST_PX = 100
SPREADS: Mapping[Spread, str] = {
    "std": "mean ± std + extremes",
    "stderr": "mean ± standard error + extremes",
    "range": "mean, lowest to highest",
}
_AXIS_NAMES = {"relative": "time since the start", "active": "active time since the start"}


@dataclass(frozen=True)
class Sight(PictureSight):
    """How a chart is looked at, beside its question. y_range: of values, an open end None."""

    log: bool = False
    y_range: Ends | None = None
    clip: bool = False
    spread: Spread = "std"


def gutters() -> dict[str, int]:
    """px that a line panel keeps for its axes."""
    from apps.panels.specs import BOTTOM, LEFT, RIGHT, TOP  # takes a second, which a start of the site need not pay

    return {"left": LEFT, "right": RIGHT, "top": TOP, "bottom": BOTTOM}


def usual_draw(runs: int, x: str) -> Literal["lines", "mean"]:
    """What a page draws of so many runs: from 8 on their means over their extremes."""
    return "mean" if runs >= MEAN_FROM_RUNS and x != "key" else "lines"


def usual_px(question: Question, width: int) -> int:
    """Pixel columns that a page asks for."""
    plane = plot_width(width, gutters())
    if question.draw == "lines":
        wanted, lines = plane, len(question.run_ids)
    else:
        wanted, lines = plane // _MEAN_PIXELS, _BANDS if question.draw == "band" else len(question.run_ids)
    return max(_LEAST_PX, min(wanted, POINT_BUDGET // max(1, lines)))


def series_picture(
    answer: Answer, names: Mapping[int, str], sight: Sight, slots: Mapping[int, int] | None = None
) -> bytes:
    """The picture of an answer. names: of its runs; slots: their colours, where more runs than these share them.

    Raises CannotRender and PicturesBusy.
    """
    spec, data = series_spec(answer, names, sight, slots)
    return picture(spec, data, kind=sight.kind, scale=sight.scale, own=True)


def series_spec(
    answer: Answer, names: Mapping[int, str], sight: Sight, slots: Mapping[int, int] | None = None
) -> tuple[dict[str, object], dict[str, Rows]]:
    """The spec with its frame, and the rows of its named data."""
    from apps.panels.specs import XAxis, line_panel

    question, look = answer.question, sight.look
    drawn = drawn_of(answer, sight.spread)
    looks = _looks(answer, drawn, look, slots)
    shapes = panel_shapes(drawn, lambda name: looks[name], log=sight.log, shade=look.muted)
    values = value_range(shapes, log=sight.log, chosen=sight.y_range, clip=sight.clip)
    start, end = place_range(answer.start, answer.end, metric=question.x == "key")
    axis = cast(XAxis, {"relative": "duration", "active": "duration", "key": "value"}.get(question.x, question.x))
    spec = line_panel(x=axis, y="log" if sight.log else "linear")
    room = gutters()
    inner = plot_width(sight.width, room), plot_height(sight.height, room)
    ranges = {"x_from": start, "x_to": end, "y_from": values.start, "y_to": values.end}
    ticks = {"x_ticks": duration_ticks(start, end, inner[0])} if axis == "duration" else {}
    frame = framed(
        told(spec, look, {**ranges, **ticks}),
        width=sight.width,
        height=sight.height,
        gutters=room,
        title=question.key,
        said=" · ".join(_facts(answer, shapes, values, sight)),
        foot=question.x_key or _AXIS_NAMES.get(question.x, question.x),
        names=_legend(drawn, looks, names),
        look=look,
    )
    marks = placed_marks(shapes, inner[1], (end - start) / inner[0] * MARK_PX)
    return frame.spec, {
        "lines": shapes.lines,
        "bands": shapes.bands,
        "dots": shapes.dots,
        "marks": marks,
        **frame.data,
    }


def _looks(
    answer: Answer, drawn: Sequence[Drawn], look: Look, slots: Mapping[int, int] | None
) -> dict[str, tuple[str, tuple[float, ...]]]:
    """Colour and dashes of each line: a run has the colour that it has on a page of these runs."""
    if answer.question.draw == "band":
        return {one.name: look.of_slot(place) for place, one in enumerate(drawn)}
    slots = run_slots(answer.question.run_ids) if slots is None else slots
    return {ids.to_text(run_id): look.of_slot(slots[run_id]) for run_id in answer.question.run_ids}


def _legend(
    drawn: Sequence[Drawn], looks: Mapping[str, tuple[str, tuple[float, ...]]], names: Mapping[int, str]
) -> list[Name]:
    texts = {ids.to_text(run_id): name for run_id, name in names.items()}
    return named([Name(texts.get(one.name, one.name), *looks[one.name]) for one in drawn])


def _facts(answer: Answer, shapes: Shapes, values: ValueRange, sight: Sight) -> list[str]:
    """What the chart says of itself, in the words of the page (panel-facts.js)."""
    parts: list[Line | Band] = [*answer.lines, *answer.bands]
    runs = "run" if answer.selected == 1 else "runs"
    drawn = sum(line.drawn for line in answer.lines) + sum(int((band.n > 0).sum()) for band in answer.bands)
    words = [
        f"{answer.shown} of {answer.selected} {runs}",
        f"{count(drawn)}/{count(sum(one.stored for one in parts))} points",
    ]
    superseded = sum(one.superseded for one in parts)
    nonfinite = sum(n for one in parts for _, _, n in one.nonfinite)
    unplaced = sum(line.unplaced for line in answer.lines)
    for number, text in (
        (superseded, "superseded"),
        (nonfinite, "not finite"),
        (shapes.below, "≤ 0 not on log"),
        (unplaced, f"without {answer.question.x_key}"),
    ):
        if number:
            words.append(f"{count(number)} {text}")
    mean = any(line.method == "mean" for line in answer.lines)
    if any(line.smooth is not None for line in answer.lines):
        words.append("smoothed + extremes" if mean else "smoothed")
    elif mean:
        words.append("mean + extremes")
    if answer.bands:
        words.append(SPREADS[sight.spread])
    if values.why:
        chosen = "clipped to 1–99 %" if values.why == "clipped" else "y range chosen"
        words.append(f"{chosen}, {count(values.outside) if values.outside else 'no'} points outside")
    if answer.shown == 0:
        words = ["None of these runs logged this."]
    return words
