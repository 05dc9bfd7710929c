"""ROC, precision-recall and calibration curves of runs as a picture: a square, and the areas beside it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from apps.core.templatetags.figures import figure, grouped, signed
from apps.evaluation.curve_page import AXES, TITLES
from apps.evaluation.drawings import Drawing, plane_of, step_words
from apps.evaluation.drawn_grids import MARKS
from apps.evaluation.found import Beside, FoundCurves
from apps.rendering.canvas import WORD_PX, Canvas
from apps.rendering.framing import Name, named
from apps.rendering.look import Look
from apps.rendering.pictures import PictureSight
from apps.runs.directions import Direction, guessed
from apps.tables.curves import KINDS, ClassCurves

AREA_OF = {"roc": "roc_auc", "pr": "average_precision", "calibration": "calibration_error"}
_LEFT, _BOTTOM, _BESIDE, _ENTRY = 44, 36, 24, 18  # px: of both axes, between square and legend, of a line of it
_LEAST_BESIDE = 200
_TICKS = (0, 0.2, 0.4, 0.6, 0.8, 1)


class _Entry(NamedTuple):
    """A run as the legend says it. far: how far its area is from the baseline's, "" without."""

    name: str
    area: str
    far: str
    colour: str
    dash: Sequence[float]
    is_base: bool


def curve_drawing(answer: FoundCurves, runs: Beside, sight: PictureSight) -> Drawing:
    """The curves of a kind of one class."""
    kind, curves = answer.kind, answer.curves
    canvas, look = Canvas(), sight.look
    width, height = plane_of(sight)
    entries = _entries(kind, curves, runs, look)
    beside = width - height - _LEFT + _BOTTOM >= _LEAST_BESIDE and len(entries) * _ENTRY <= height - 20
    side = max(60, min(width - _LEFT - (_BESIDE + _LEAST_BESIDE if beside else 0), height - _BOTTOM))
    _draw_plane(canvas, kind, side, look)
    for run, entry in zip(runs.runs, entries, strict=True):
        one = curves[run.id]
        if one is not None and kind in one.curves:
            x = [_LEFT + value * side for value in one.curves[kind].x.tolist()]
            y = [(1 - value) * side for value in one.curves[kind].y.tolist()]
            canvas.line(x, y, entry.colour, entry.dash, 1.6)
    said = [step_words(one and one.head for one in answer.tables)]
    if beside:
        _draw_entries(canvas, entries, kind, (_LEFT + side + _BESIDE, width), look)
    else:
        said.append(f"{_area_words(kind)}, behind the names")
    examples = next((one for one in curves.values() if one is not None and one.positives is not None), None)
    if examples is not None and examples.positives is not None and examples.negatives is not None:
        said.append(f"{grouped(examples.positives)} of {grouped(examples.positives + examples.negatives)} examples")
    left_out = sum(one.left_out for one in curves.values() if one is not None)
    said += [f"{grouped(left_out)} scores are no number"] if left_out else []
    return Drawing(
        canvas,
        side + _BOTTOM,
        f"{KINDS[kind].title} of {answer.name} in {answer.key}",
        [words for words in said if words],
        names=[] if beside else named([_name(entry) for entry in entries]),
    )


def _entries(kind: str, curves: Mapping[int, ClassCurves | None], runs: Beside, look: Look) -> list[_Entry]:
    area = AREA_OF[kind]
    areas = {run_id: one.areas.get(area) if one is not None else None for run_id, one in curves.items()}
    several = len(runs.runs) > 1
    before = areas[runs.base.id]
    entries = []
    for run in runs.runs:
        value, far = areas[run.id], ""
        if value is not None and before is not None and run != runs.base:
            gain = value - before if guessed(area) == Direction.MAX else before - value
            far = signed(value - before) + MARKS.get("better" if gain > 0 else "worse" if gain < 0 else "", "")
        text = "missing" if value is None else figure(value, 4)
        entries.append(_Entry(run.name, text, far, *look.of_slot(runs.slots[run.id]), several and run == runs.base))
    return entries


def _draw_plane(canvas: Canvas, kind: str, side: float, look: Look) -> None:
    """Grid, axes, and the line of chance or of what is calibrated."""
    across, up = AXES[kind]
    for tick in _TICKS:
        x, y = _LEFT + tick * side, (1 - tick) * side
        canvas.line([x, x], [0, side], look.hairline)
        canvas.line([_LEFT, _LEFT + side], [y, y], look.hairline)
        canvas.word(x, side + 10, f"{tick:g}", look.muted, size=10, align="center")
        canvas.word(_LEFT - 6, y, f"{tick:g}", look.muted, size=10, align="right")
    canvas.word(_LEFT + side / 2, side + 27, across, look.muted, align="center")
    canvas.word(8, side / 2, up, look.muted, align="center", angle=-90)
    if kind != "pr":
        canvas.line([_LEFT, _LEFT + side], [side, 0], look.muted, (3, 4))


def _draw_entries(
    canvas: Canvas, entries: Sequence[_Entry], kind: str, across: tuple[float, float], look: Look
) -> None:
    """The legend beside the square: names, areas, and their differences to the baseline's."""
    x, end = across
    far = max((len(entry.far) for entry in entries), default=0) * WORD_PX
    canvas.word(end - far, 8, _area_words(kind), look.muted, align="right")
    for place, entry in enumerate(entries):
        y = 28 + place * _ENTRY
        weight = "bold" if entry.is_base else "normal"
        canvas.line([x, x + 18], [y, y], entry.colour, entry.dash, 2)
        canvas.word(x + 24, y, entry.name, look.ink, weight=weight, limit=end - far - x - 24 - 56)
        canvas.word(end - far - 8, y, entry.area, look.ink, weight=weight, align="right")
        canvas.word(end, y, entry.far, look.ink, size=10, align="right")


def _area_words(kind: str) -> str:
    direction = "higher" if guessed(AREA_OF[kind]) == Direction.MAX else "lower"
    return f"{TITLES[AREA_OF[kind]]}, {direction} is better"


def _name(entry: _Entry) -> Name:
    cut = entry.name if len(entry.name) <= 20 else f"{entry.name[:19]}…"
    return Name(f"{cut} {entry.area}", entry.colour, entry.dash)
