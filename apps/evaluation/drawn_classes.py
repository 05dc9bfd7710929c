"""The classes of runs as a picture: a row a class, a column a run, what got worst first."""

from collections.abc import Sequence

from apps.core.templatetags.figures import figure
from apps.evaluation.class_page import shown_cell
from apps.evaluation.drawings import Drawing, plane_of, step_words
from apps.evaluation.drawn_grids import GridHead, GridRow, draw_grid
from apps.evaluation.found import Beside, FoundClasses
from apps.rendering.canvas import Canvas
from apps.rendering.look import Look
from apps.rendering.pictures import PictureSight
from apps.runs.directions import Direction
from apps.tables.comparing import ClassRow, tally

_GOOD_ENDS = {Direction.MAX: ["higher is better"], Direction.MIN: ["lower is better"]}


def class_drawing(answer: FoundClasses, runs: Beside, sight: PictureSight) -> Drawing:
    """The first of the rows, as many as there is room for."""
    found, rows = answer
    canvas = Canvas()
    width, height = plane_of(sight)
    grid = draw_grid(canvas, _grid_rows(rows), grid_heads(runs, sight.look), size=(width, height), look=sight.look)
    more = len(rows) - grid.rows
    said = [step_words(one and one.head for one in found.tables), *_GOOD_ENDS.get(found.direction, [])]
    if len(runs.runs) > 1:
        better, worse = tally(rows)
        said += [f"against {runs.base.name}: {better:,} better ▲, {worse:,} worse ▼"]
    if grid.runs < len(runs.runs):
        said.append(f"{grid.runs} of {len(runs.runs)} runs fit")
    return Drawing(
        canvas,
        grid.height,
        f"{found.metric or 'support'} of each class in {found.key}",
        [words for words in said if words],
        f"and {more:,} more class{'' if more == 1 else 'es'}" if more else "" if rows else "No such class.",
    )


def grid_heads(runs: Beside, look: Look) -> list[GridHead]:
    several = len(runs.runs) > 1
    return [GridHead(run.name, *look.of_slot(runs.slots[run.id]), several and run == runs.base) for run in runs.runs]


def _grid_rows(rows: Sequence[ClassRow]) -> list[GridRow]:
    return [
        GridRow(
            row.name,
            "" if row.support is None else f"n {figure(row.support)}",
            [shown_cell(cell) for cell in row.cells],
            shares,
        )
        for row, shares in zip(rows, _shares(rows), strict=True)
    ]


def _shares(rows: Sequence[ClassRow]) -> list[list[float]]:
    """How much better or worse than the baseline each cell is; of one run alone its value, where all are shares."""
    most = max((abs(cell.gain) for row in rows for cell in row.cells if cell.gain), default=0.0)
    if most:
        return [[abs(cell.gain) / most if cell.gain else 0.0 for cell in row.cells] for row in rows]
    values = [[cell.value or 0.0 for cell in row.cells] for row in rows]
    alone = all(len(of_row) == 1 and 0 <= of_row[0] <= 1 for of_row in values)
    return values if alone else [[0.0] * len(of_row) for of_row in values]
