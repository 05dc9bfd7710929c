"""What a comparison says, cut to what a page can hold and as it is written there."""

from typing import NamedTuple

from apps.comparison import words
from apps.comparison.sections import Cell, Row, Section

MAX_ROWS = 300  # that differ, of one section
MAX_EQUAL = 500
MAX_LENGTH = 500  # characters of a value
COMMIT_LENGTH = 12


class ShownCell(NamedTuple):
    """A cell as it is written. kind: its classes; exact: all of its value; far: from the baseline, verdict: how."""

    text: str
    kind: str
    exact: str
    far: str
    verdict: str
    cell: Cell


class ShownRow(NamedTuple):
    """A row as it is written."""

    row: Row
    cells: list[ShownCell]


def shown_rows(section: Section, base: int) -> list[ShownRow]:
    """What differs in a section, up to MAX_ROWS. base: the baseline's place."""
    return [
        ShownRow(row, [_cell(cell, section, place == base) for place, cell in enumerate(row.cells)])
        for row in section.rows[:MAX_ROWS]
    ]


def shown_equal(section: Section) -> list[tuple[str, str]]:
    """What does not differ in a section, up to MAX_EQUAL: names with the value that all have."""
    return [(row.name, _cut(words.shown(row.cells[0], section))) for row in section.equal[:MAX_EQUAL]]


def _cell(cell: Cell, section: Section, is_base: bool) -> ShownCell:
    kinds = ["number"] if section.judged else []
    if cell.same and not is_base:
        kinds.append("same")
    if cell.change:
        kinds.append(cell.change)
    text = words.shown(cell, section)
    shown = text[:COMMIT_LENGTH] if cell.url else _cut(text)
    verdict = {True: "better", False: "worse", None: ""}[cell.better]
    exact = "" if cell.missing else str(cell.value)
    return ShownCell(shown, " ".join(kinds), exact, words.apart(cell, section), verdict, cell)


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else text[: MAX_LENGTH - 1] + "…"
