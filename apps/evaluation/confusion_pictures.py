"""Confusion matrices as pictures: which are drawn, from where, and small ones as tables for whoever has no scripts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.urls import reverse

from apps.evaluation.class_page import ShownCell
from apps.evaluation.confusion_page import Confusions, cost_cells, one_of
from apps.evaluation.confusion_words import mistake_cell, words
from apps.runs.models import Run
from apps.tables.confusions import NORMS, Aligned

PLAIN_CLASSES = 30
PLAIN_CELLS = 6_000  # of all tables of a page


class PlainCell(NamedTuple):
    """kind: its colour: heat-0..10, against the baseline more-0..10 or less-0..10, or missing."""

    text: str
    title: str
    kind: str


class PlainRow(NamedTuple):
    name: str
    cells: list[PlainCell]


class Picture(NamedTuple):
    """A matrix that is drawn. place: of its run; far: as its difference to the baseline's.

    rows: its cells as a table, None of a large matrix.
    """

    place: int
    run: Run
    slot: int
    step: str
    cost: ShownCell
    is_base: bool
    far: bool
    missing: bool
    rows: list[PlainRow] | None


def beside(found: Confusions, *, own: bool) -> list[tuple[int, bool]]:
    """All runs, (place, far): the baseline's own matrix, and what differs from it in the others; own: theirs too."""
    base = found.aligned.base
    alone = found.tables[base] is None
    return [(place, not (own or alone or place == base or table is None)) for place, table in enumerate(found.tables)]


def pictures(
    found: Confusions, runs: Sequence[Run], slots: Mapping[int, int], norm: str, asked: Sequence[tuple[int, bool]]
) -> list[Picture]:
    """The matrices that are asked for, (place of the run, far)."""
    base = found.aligned.base
    costs = cost_cells(found, base)
    size, norm = len(found.aligned.classes), one_of(NORMS, norm)
    plain = size <= PLAIN_CLASSES and size * size * len(asked) <= PLAIN_CELLS
    shown = []
    for place, far in asked:
        table, run = found.tables[place], runs[place]
        step = "" if table is None else str(table.head.step)
        rows = _rows(found.aligned, place, norm, far) if plain and table is not None else None
        shown.append(Picture(place, run, slots[run.id], step, costs[place], place == base, far, table is None, rows))
    return shown


def _rows(aligned: Aligned, place: int, norm: str, far: bool) -> list[PlainRow]:
    """All cells of a small matrix."""
    size = len(aligned.classes)
    every = np.arange(size * size, dtype=np.int64)
    rows, shares = aligned.rows(every, norm), aligned.rows(every, "row")
    numbers = [(row.cells[place].delta if far else row.cells[place].value) or 0.0 for row in rows]
    highest = max(map(abs, numbers), default=0.0) or 1.0
    cells = []
    for row, share, number in zip(rows, shares, numbers, strict=True):
        cell = mistake_cell(row.cells[place], norm, False, row)
        heat = round(10 * (abs(number) / highest) ** 0.5)
        colour = "heat" if not far else "more" if number > 0 else "less"
        text = (cell.far or "0").removesuffix(" pp") if far else cell.text.removesuffix(" %")
        kind = "missing" if cell.missing else f"{colour}-{heat}"
        cells.append(PlainCell("" if cell.missing else text, words(share, place, aligned.base), kind))
    return [PlainRow(name, cells[at * size : (at + 1) * size]) for at, name in enumerate(aligned.classes)]


def drawn(found: Confusions, runs: Sequence[Run], shown: Sequence[Picture]) -> dict[str, Any]:
    """What the browser draws from: where the cells of each run are, and which pictures there are of them."""
    return {
        "base": found.aligned.base,
        "runs": [
            {"name": run.name, "source": "" if table is None else _source(run, found.key, table.head.step)}
            for run, table in zip(runs, found.tables, strict=True)
        ],
        "pictures": [{"run": one.place, "far": one.far} for one in shown],
    }


def _source(run: Run, key: str, step: int) -> str:
    return f"{reverse('confusion_matrix', args=[run.id, key])}?layout=places&step={step}"
