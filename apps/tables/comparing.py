"""The classes of several runs beside each other: what got worse, and by how much. Pure, no Django."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from apps.runs.directions import Direction
from apps.tables.class_tables import SUPPORT, ClassTable

FIRST_SHOWN = ("recall", "iou", "f1", "f1-score", "ap", "accuracy", "precision")  # of the metrics a table may have
SORTS = ("worst", "best", "name", "support")


class ClassCell(NamedTuple):
    """A class in one run. value: None where it is missing, and NaN is a value.

    delta: from the baseline's; gain: the same with the good direction up, None where nobody knows it.
    """

    value: float | None
    support: float | None
    delta: float | None = None
    gain: float | None = None

    @property
    def missing(self) -> bool:
        return self.value is None


class ClassRow(NamedTuple):
    """A class in every run. support: the baseline's, or of the first run that has one."""

    name: str
    cells: list[ClassCell]
    support: float | None

    @property
    def worst(self) -> ClassCell | None:
        """The cell that lost most beside the baseline, or moved most where no direction is known."""
        moved = [cell for cell in self.cells if cell.delta is not None]
        return min(moved, key=_order) if moved else None


class Worst(NamedTuple):
    """A class that got worse. place: of the run among those compared."""

    name: str
    place: int
    cell: ClassCell


def _order(cell: ClassCell) -> float:
    return -abs(cell.delta or 0.0) if cell.gain is None else cell.gain


def shared_key(keys: Iterable[Iterable[str]], asked: str = "") -> tuple[str, list[str]]:
    """The table that is shown, and all there are by name: the one asked for, else the one that most runs have."""
    counts = Counter(key for some in keys for key in some)
    every = sorted(counts)
    if asked in counts:
        return asked, every
    return (min(every, key=lambda key: (-counts[key], key)) if every else ""), every


def metrics_of(tables: Iterable[ClassTable | None]) -> list[str]:
    """The metrics of some tables, in the order they first come."""
    return list(dict.fromkeys(name for table in tables if table is not None for name in table.metrics))


def shown_metric(metrics: Sequence[str], directions: Mapping[str, Direction], asked: str = "") -> str:
    """The metric asked for, else the one that tells most of a class; "" of a table without any."""
    if asked in metrics:
        return asked
    known = [name for name in metrics if directions.get(name, Direction.UNKNOWN) != Direction.UNKNOWN]
    usual = [name for name in FIRST_SHOWN if name in known]
    return next(iter([*usual, *known, *metrics]), "")


def compared(
    tables: Sequence[ClassTable | None], base: int, metric: str, direction: Direction, sort: str = "worst"
) -> list[ClassRow]:
    """Every class that any of the tables has, by what got worst first unless sort says otherwise.

    tables: of each run, None without one. base: the place of the baseline among them.
    """
    names = dict.fromkeys(name for table in tables if table is not None for name in table.classes)
    rows = [_row(name, tables, base, metric, direction) for name in names]
    if sort == "name":
        return sorted(rows, key=lambda row: row.name)
    if sort == "support":
        return sorted(rows, key=lambda row: (row.support is None, -(row.support or 0), row.name))
    return sorted(rows, key=lambda row: _rank(row, base, direction, turned=sort == "best"))


def _row(name: str, tables: Sequence[ClassTable | None], base: int, metric: str, direction: Direction) -> ClassRow:
    before = tables[base]
    reference = None if before is None else before.cell(name, metric)
    cells = []
    for place, table in enumerate(tables):
        value = None if table is None else table.cell(name, metric)
        support = None if table is None else table.cell(name, SUPPORT)
        delta = None
        if place != base and value is not None and reference is not None:
            delta = value - reference
            delta = delta if math.isfinite(delta) else None
        gain = None if delta is None or direction == Direction.UNKNOWN else delta
        if gain is not None and direction == Direction.MIN:
            gain = -gain
        cells.append(ClassCell(value, support, delta, gain))
    supports = [cell.support for cell in [cells[base], *cells] if cell.support is not None]
    return ClassRow(name, cells, supports[0] if supports else None)


def _rank(row: ClassRow, base: int, direction: Direction, *, turned: bool) -> tuple[int, float, str]:
    """Regressions first, then classes a run has no number for, then the others; one run alone by its own numbers."""
    if turned:
        moved = [cell for cell in row.cells if cell.delta is not None]
        gains = [abs(cell.delta or 0.0) if cell.gain is None else cell.gain for cell in moved]
        return (0, -max(gains), row.name) if gains else (1, 0.0, row.name)
    if len(row.cells) == 1:
        value = row.cells[0].value
        if value is None or math.isnan(value):
            return 1, 0.0, row.name
        return 0, -value if direction == Direction.MIN else value, row.name
    worst, reference = row.worst, row.cells[base].value
    lost = reference is not None and any(cell.value is None or math.isnan(cell.value) for cell in row.cells)
    if worst is not None and _order(worst) < 0:
        return 0, _order(worst), row.name
    if lost:
        return 1, 0.0, row.name
    return (2, _order(worst), row.name) if worst is not None else (3, 0.0, row.name)


def regressed(rows: Iterable[ClassRow]) -> list[ClassRow]:
    """The rows in which a run is worse than the baseline."""
    return [row for row in rows if any((cell.gain or 0) < 0 for cell in row.cells)]


def tally(rows: Iterable[ClassRow]) -> tuple[int, int]:
    """How many cells are better and how many worse than the baseline."""
    gains = [cell.gain for row in rows for cell in row.cells if cell.gain]
    return sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)


def worst_classes(rows: Iterable[ClassRow], most: int) -> list[Worst]:
    """The classes that got worst, one cell each, the worst first."""
    found = []
    for row in rows:
        worst = row.worst
        if worst is not None and (worst.gain or 0) < 0:
            place = next(place for place, cell in enumerate(row.cells) if cell is worst)
            found.append(Worst(row.name, place, worst))
    return sorted(found, key=lambda one: (one.cell.gain, one.name))[:most]
