"""Confusion matrices of runs beside each other as a picture, and of many classes the mistakes in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from apps.core.templatetags.figures import grouped, signed
from apps.evaluation.class_page import ShownCell
from apps.evaluation.confusion_page import NORM_TITLES, Confusions
from apps.evaluation.confusion_words import mistake_cells, percent
from apps.evaluation.drawings import Drawing, plane_of, step_words
from apps.evaluation.drawn_classes import grid_heads
from apps.evaluation.drawn_grids import ROW, GridHead, GridRow, draw_grid
from apps.evaluation.found import Beside, FoundMatrices
from apps.evaluation.matrix_colours import SCALES, Scales
from apps.rendering.canvas import WORD_PX, Canvas
from apps.rendering.look import Look, is_dark, mixed
from apps.rendering.pictures import PictureSight
from apps.tables.confusions import ConfusionRow
from apps.tables.matrices import Ints
from apps.tables.matrix_blocks import Blocks, blocks_of

MOST_CELLS = 12_000  # of all matrices of a picture
MOST_MATRICES = 24
MISTAKES = 10  # said in words where classes have no names
_GAP, _CAPTION, _AXIS, _LEGEND = 18, 20, 15, 26  # px
_NAMED, _NUMBERED = 9, 25  # px of a cell that is named, and whose number is written in
_NAMES = 0.28  # of a matrix's side, at most, for the names of classes
_LEAST_SIDE = 90
_SHADES = 36  # of a ramp in the legend
_WORDY_SIDE = 220  # px of a matrix whose caption has room for words


@dataclass(frozen=True)
class _Sheet:
    """Where matrices are. gap: px for names of classes, 0 without; cell: px of a block."""

    side: float
    columns: int
    gap: float
    cell: float


class _Matrix(NamedTuple):
    """What is drawn of a run. far: as the difference to the baseline's; highest: the value of the darkest colour."""

    head: GridHead
    blocks: Blocks
    far: bool
    highest: float
    missing: bool


def matrix_drawing(answer: FoundMatrices, runs: Beside, sight: PictureSight) -> Drawing:
    """The matrices that are asked for, as many as there is room for."""
    found, asked, norm, classes = answer
    canvas, look = Canvas(), sight.look
    width, height = plane_of(sight)
    shown = asked[:MOST_MATRICES]
    places = _places(found, classes)
    names = [found.aligned.classes[place] for place in places.tolist()]
    sheet = _sheet(names, len(shown), (width, height - _LEGEND))
    if not sheet.gap:
        sheet = _sheet([], len(shown), (width, height - _LEGEND - ROW * (MISTAKES + 3)))
    heads = grid_heads(runs, look)
    matrices = _matrices(found, heads, norm, shown, places, sheet)
    for at, matrix in enumerate(matrices):
        x = (at % sheet.columns) * (sheet.side + _GAP)
        y = (at // sheet.columns) * (sheet.side + _CAPTION + _GAP)
        _draw_matrix(canvas, matrix, names if sheet.gap else [], (x, y), sheet, norm, sight)
    down = -(-len(shown) // sheet.columns) * (sheet.side + _CAPTION + _GAP)
    _draw_legend(canvas, matrices, down, norm, sight)
    down += _LEGEND
    if not sheet.gap:
        down += _draw_mistakes(canvas, found, heads, norm, names, (width, down), look)
    left = len(asked) - len(shown)
    return Drawing(
        canvas,
        down,
        f"confusions in {found.key}",
        _said(found, runs.base.name, norm, matrices, len(names)),
        f"and {left} more runs" if left else "",
    )


def _said(found: Confusions, base: str, norm: str, matrices: Sequence[_Matrix], size: int) -> list[str]:
    total = len(found.aligned.classes)
    said = [NORM_TITLES[norm].lower(), f"{size:,} of {total:,} classes" if size < total else f"{total:,} classes"]
    per = max((one.blocks.per for one in matrices), default=1)
    if per > 1:
        said.append(f"each cell the largest of {per} × {per}")
    said.append(step_words(one and one.head for one in found.tables))
    if any(one.far for one in matrices):
        said.append(f"differences to {base}")
    return [words for words in said if words]


def _places(found: Confusions, classes: Sequence[str]) -> Ints:
    """The places of the classes that are named, in this order; of all without."""
    place_of = {name: place for place, name in enumerate(found.aligned.classes)}
    chosen = [place_of[name] for name in dict.fromkeys(classes) if name in place_of]
    return np.array(chosen if classes else list(place_of.values()), np.int64)


def _sheet(names: Sequence[str], count: int, size: tuple[float, float]) -> _Sheet:
    """The arrangement in which matrices are largest."""
    width, height = size

    def side(columns: int) -> float:
        rows = -(-count // columns)
        return min((width - _GAP * (columns - 1)) / columns, height / rows - _CAPTION - _GAP)

    columns = max(range(1, max(1, count) + 1), key=side)
    largest = max(_LEAST_SIDE, side(columns))
    longest = max((len(name) for name in names), default=0) * WORD_PX + 6
    gap = min(largest * _NAMES, max(14.0, longest))
    inner = largest - gap - _AXIS
    if names and inner / len(names) >= _NAMED:
        return _Sheet(largest, columns, gap, inner / len(names))
    return _Sheet(largest, columns, 0, 0)


def _matrices(
    found: Confusions,
    heads: Sequence[GridHead],
    norm: str,
    shown: Sequence[tuple[int, bool]],
    places: Ints,
    sheet: _Sheet,
) -> list[_Matrix]:
    """One colour is one value in all that are drawn alike."""
    most = len(places) if sheet.gap else max(1, min(int(sheet.side / 2), int((MOST_CELLS / max(1, len(shown))) ** 0.5)))
    each = [blocks_of(found.aligned, place, norm, far=far, classes=places, most=max(1, most)) for place, far in shown]
    highest = {False: 0.0, True: 0.0}
    for (_, far), one in zip(shown, each, strict=True):
        highest[far] = max(highest[far], float(np.abs(one.values).max(initial=0)))
    if norm in ("row", "column") and not sheet.gap:
        highest[False] = 1.0
    return [
        _Matrix(heads[place], one, far, highest[far], found.tables[place] is None)
        for (place, far), one in zip(shown, each, strict=True)
    ]


def _draw_matrix(
    canvas: Canvas,
    matrix: _Matrix,
    names: Sequence[str],
    at: tuple[float, float],
    sheet: _Sheet,
    norm: str,
    sight: PictureSight,
) -> None:
    (x, y), look, scales = at, sight.look, SCALES[sight.theme]
    head, count = matrix.head, len(matrix.blocks.values)
    far = "minus baseline" if sheet.side >= _WORDY_SIDE else "Δ"
    words = "no matrix" if matrix.missing else far if matrix.far else "baseline" if head.is_base else ""
    canvas.line([x, x + 14], [y + 7, y + 7], head.colour, head.dash, 2)
    beside = len(words) * WORD_PX
    canvas.word(x + 20, y + 7, head.name, look.ink, weight="bold", limit=sheet.side - 26 - beside)
    canvas.word(x + sheet.side, y + 7, words, look.muted, size=10, align="right")
    left, top = x + _AXIS + sheet.gap, y + _CAPTION
    inner = sheet.side - _AXIS - sheet.gap
    canvas.box(left, top, inner, inner, scales.missing if matrix.missing else scales.heat[0])
    canvas.word(x + _AXIS / 2, top + inner / 2, "actual", look.muted, size=10, align="center", angle=-90)
    canvas.word(left + inner / 2, y + _CAPTION + sheet.side - _AXIS / 2, "called", look.muted, size=10, align="center")
    cell = inner / max(1, count)
    for place, name in enumerate(names):
        middle = (place + 0.5) * cell
        canvas.word(left - 4, top + middle, name, look.muted, size=10, align="right", limit=sheet.gap - 4)
        if len(name) * WORD_PX <= cell - 2:
            canvas.word(left + middle, top + inner + 9, name, look.muted, size=10, align="center")
        else:
            canvas.word(
                left + middle,
                top + inner + 4,
                name,
                look.muted,
                size=10,
                align="right",
                angle=-90,
                limit=sheet.gap - 4,
            )
    if not matrix.missing:
        _draw_cells(canvas, matrix, (left, top), cell, norm, scales)


def _draw_cells(
    canvas: Canvas, matrix: _Matrix, at: tuple[float, float], cell: float, norm: str, scales: Scales
) -> None:
    left, top = at
    blocks, whole = matrix.blocks, cell * len(matrix.blocks.values)
    line = 0.5 if cell >= 6 else 0
    for place in np.flatnonzero(blocks.missing_rows).tolist():
        canvas.box(left, top + place * cell, whole, cell, scales.missing)
    for place in np.flatnonzero(blocks.missing_columns).tolist():
        canvas.box(left + place * cell, top, cell, whole, scales.missing)
    for row, column, value in _filled(blocks):
        x, y = left + column * cell, top + row * cell
        colour = scales.colour(value, matrix.highest, far=matrix.far)
        canvas.box(x + line, y + line, cell - 2 * line, cell - 2 * line, colour)
        text = _number(value, norm, far=matrix.far) if cell >= _NUMBERED and blocks.per == 1 else ""
        if text and len(text) * 5.2 <= cell - 2:
            ink = "#ffffff" if is_dark(colour) else "#16181d"
            canvas.word(x + cell / 2, y + cell / 2, text, ink, size=9.5, align="center")


def _filled(blocks: Blocks) -> Iterator[tuple[int, int, float]]:
    rows, columns = np.nonzero(blocks.values)
    yield from zip(rows.tolist(), columns.tolist(), blocks.values[rows, columns].tolist(), strict=True)


def _number(value: float, norm: str, *, far: bool) -> str:
    """What is written in a cell: shares in per cent, differences to a tenth of a point."""
    if norm == "counts":
        return signed(int(value)) if far else grouped(int(value))
    if far:
        return signed(round(value * 100, 1)) if round(value * 100, 1) else ""
    return percent(value).removesuffix(" %")


def _draw_legend(canvas: Canvas, matrices: Sequence[_Matrix], top: float, norm: str, sight: PictureSight) -> None:
    """What colours mean: of what there is, and of what is more and less."""
    x, look, scales = 0.0, sight.look, SCALES[sight.theme]
    for far in (False, True):
        one = next((matrix for matrix in matrices if matrix.far == far and not matrix.missing), None)
        if one is None or not one.highest:
            continue
        ramp = (*scales.less[::-1], *scales.more[1:]) if far else scales.heat
        high = grouped(round(one.highest)) if norm == "counts" else percent(one.highest)
        ends = (f"−{high}".replace(" %", " pp"), f"+{high}".replace(" %", " pp")) if far else ("0", high)
        x = _draw_ramp(canvas, ramp, (x, top), ends, min(144, sight.width * 0.17), look) + 24
    if any(one.blocks.missing_rows.any() or one.blocks.missing_columns.any() or one.missing for one in matrices):
        canvas.box(x, top + 5, 14, 8, scales.missing)
        canvas.word(x + 20, top + 9, "missing", look.muted, size=10)


def _draw_ramp(
    canvas: Canvas, ramp: Sequence[str], at: tuple[float, float], ends: tuple[str, str], length: float, look: Look
) -> float:
    """Returns where it ends, with its words. length: px without them."""
    (x, top), (low, high) = at, ends
    canvas.word(x, top + 9, low, look.muted, size=10)
    x += len(low) * WORD_PX + 6
    for step in range(_SHADES):
        wide = length / _SHADES
        canvas.box(x + step * wide, top + 5, wide + 0.5, 8, mixed(ramp, step / (_SHADES - 1)))
    canvas.word(x + length + 7, top + 9, high, look.muted, size=10)
    return x + length + 7 + len(high) * WORD_PX


def _draw_mistakes(
    canvas: Canvas,
    found: Confusions,
    heads: Sequence[GridHead],
    norm: str,
    names: Sequence[str],
    at: tuple[float, float],
    look: Look,
) -> float:
    """The mistakes that rose most, else the most frequent. at: px of the width, and from where on down."""
    width, top = at
    aligned = found.aligned
    cells = aligned.mistakes(None if len(names) == len(aligned.classes) else names)
    rows = aligned.rows(aligned.ranked(cells, norm, "worst", MISTAKES), norm)
    if not rows:
        return 0
    grid = draw_grid(
        canvas,
        mistake_rows(rows, norm, aligned.base),
        heads,
        size=(width, 200 + ROW * MISTAKES),
        look=look,
        top=top,
    )
    return grid.height


def mistake_rows(rows: Sequence[ConfusionRow], norm: str, base: int) -> list[GridRow]:
    """Kinds of mistakes as rows of a grid."""
    most = max((abs(cell.delta) for row in rows for cell in row.cells if cell.delta), default=0.0)
    return [
        GridRow(
            f"{row.actual} called {row.predicted}",
            "",
            [_short(cell) for cell in mistake_cells(row, norm, base)],
            [abs(cell.delta) / most if cell.delta else 0.0 for cell in row.cells],
        )
        for row in rows
    ]


def _short(cell: ShownCell) -> ShownCell:
    """Without the count before a share, for which a picture has no room."""
    return cell._replace(text=cell.text.rpartition(" · ")[2], far=cell.far.removesuffix(" pp"))
