"""Rows of numbers with a column a run, as a picture: classes, or mistakes."""

from collections.abc import Sequence
from typing import NamedTuple

from apps.evaluation.class_page import ShownCell
from apps.rendering.canvas import WORD_PX, Canvas
from apps.rendering.look import Look, mixed

ROW = 20  # px
_LEVEL_HEAD, _UPRIGHT_HEAD = 28, 116  # px of names of runs, at most
_LEVEL, _BOTH, _NUMBER, _LEAST = 64, 112, 38, 14  # px of a column: named level, with number and difference, number, any
_FAR = 74  # px of a difference with its mark
_MOST, _MOST_ALONE = 170, 420  # px of a column, of one run alone
_TINTS = (0.1, 0.45)  # of the colour of better and worse, by how much it is
_BAR = 0.25  # of the accent's colour
MARKS = {"better": " ▲", "worse": " ▼"}


class GridHead(NamedTuple):
    """A run."""

    name: str
    colour: str
    dash: Sequence[float]
    is_base: bool


class GridRow(NamedTuple):
    """beside: words behind the name. shares: how much better or worse each cell is, 0 to 1 of the most; of one run
    alone how long its bar is."""

    name: str
    beside: str
    cells: Sequence[ShownCell]
    shares: Sequence[float]


class Grid(NamedTuple):
    """What was drawn: px of its height, how many rows and how many runs had room."""

    height: float
    rows: int
    runs: int


def draw_grid(
    canvas: Canvas,
    rows: Sequence[GridRow],
    heads: Sequence[GridHead],
    *,
    size: tuple[float, float],
    look: Look,
    top: float = 0,
) -> Grid:
    """Draw as many rows and runs as there is room for, the baseline among them. size: px of the plane below top."""
    width, height = size
    named = min(width * 0.36, max([60, *(len(row.name) * WORD_PX + 12 for row in rows)]))
    start = named + max((len(row.beside) * WORD_PX + 14 for row in rows if row.beside), default=0)
    places = _fitting(heads, int((width - start) // _LEAST))
    column = min(_MOST if len(heads) > 1 else _MOST_ALONE, (width - start) / len(places))
    head = _LEVEL_HEAD if column >= _LEVEL else min(_UPRIGHT_HEAD, max(len(one.name) for one in heads) * WORD_PX + 14)
    shown = rows[: max(3, int((height - head) // ROW))]
    for at, place in enumerate(places):
        _draw_head(canvas, heads[place], start + at * column, top + head, column, look)
    for line, row in enumerate(shown):
        y = top + head + line * ROW
        canvas.box(0, y + ROW - 0.5, start + column * len(places), 0.5, look.hairline)
        canvas.word(0, y + ROW / 2, row.name, look.ink, limit=named - 8)
        if row.beside:
            canvas.word(start - 10, y + ROW / 2, row.beside, look.muted, size=10, align="right")
        for at, place in enumerate(places):
            _draw_cell(canvas, row.cells[place], row.shares[place], (start + at * column, y), column, look)
    return Grid(head + len(shown) * ROW, len(shown), len(places))


def _fitting(heads: Sequence[GridHead], room: int) -> list[int]:
    """The places of as many runs as there is room for, the baseline among them."""
    places = list(range(len(heads)))
    if len(places) <= room:
        return places
    base = next(place for place in places if heads[place].is_base)
    return sorted([base, *[place for place in places if place != base][: max(0, room - 1)]])


def _draw_head(canvas: Canvas, head: GridHead, x: float, bottom: float, column: float, look: Look) -> None:
    """The name over a stroke of the run's colour: level where it fits, else upright."""
    weight = "bold" if head.is_base else "normal"
    if column >= _LEVEL:
        canvas.word(x + column - 6, bottom - 14, head.name, look.ink, weight=weight, align="right", limit=column - 12)
    else:
        middle = x + column / 2
        canvas.word(middle, bottom - 8, head.name, look.ink, weight=weight, angle=-90, limit=_UPRIGHT_HEAD - 12)
    canvas.line([x + 2, x + column - 2], [bottom - 3, bottom - 3], head.colour, head.dash, 2)


def _draw_cell(
    canvas: Canvas, cell: ShownCell, share: float, at: tuple[float, float], column: float, look: Look
) -> None:
    x, y = at
    inside = (x + 1, y + 1, column - 2, ROW - 2)
    if cell.missing:
        canvas.box(*inside, look.hairline)
        words = "missing" if column >= _LEVEL else "–"
        canvas.word(x + column / 2, y + ROW / 2, words, look.muted, size=10, align="center")
        return
    if cell.verdict:
        least, most = _TINTS
        colour = look.good if cell.verdict == "better" else look.bad
        canvas.box(*inside, mixed((look.surface, colour), least + (most - least) * share**0.5))
    elif share:
        canvas.box(x + 1, y + 4, share * (column - 2), ROW - 8, mixed((look.surface, look.accent), _BAR))
    if column >= _BOTH:
        canvas.word(x + column - _FAR, y + ROW / 2, cell.text, look.ink, align="right")
        far = cell.far + MARKS.get(cell.verdict, "")
        canvas.word(x + column - 6, y + ROW / 2, far, look.ink, size=10, align="right")
    elif column >= _NUMBER:
        canvas.word(x + column - 5, y + ROW / 2, cell.text, look.ink, size=10, align="right", limit=column - 6)
