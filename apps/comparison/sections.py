"""What differs between runs, by sections: pure, over documents that were flattened. No Django."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.comparison.trees import MISSING, delta, factor, same
from apps.runs.directions import Direction

MAX_NAMES = 20_000  # looked at in one section; of what comes after them it is only said how many they are
RESULTS = ("summary", "metrics", "system")
TYPED = ("config", "summary")  # sections in which 1 and "1" are different values
Ignores = Callable[[str], bool]


@dataclass(frozen=True)
class Cell:
    """What one run has. value: MISSING where it has nothing; same: as the baseline's; url: where more of it is.

    delta, factor: how much more a number is than the baseline's, and how many times it; better: whether that is the
    good way. change: "added" or "removed" where only one of the two has a value. odd: points that are not finite.
    """

    value: Any
    same: bool = True
    delta: float | None = None
    factor: float | None = None
    better: bool | None = None
    change: str = ""
    url: str = ""
    odd: int = 0

    @property
    def missing(self) -> bool:
        return self.value is MISSING


@dataclass(frozen=True)
class Row:
    """One name and what each run has, in the order of the runs.

    key: with its section, as the ignore list means it: config.optimizer.lr. figure: which of a metric's numbers these
    are; direction: which end of them is the good one.
    """

    name: str
    key: str
    cells: list[Cell]
    figure: str = ""
    direction: Direction = Direction.UNKNOWN

    @property
    def differs(self) -> bool:
        return not all(cell.same for cell in self.cells)

    @property
    def value(self) -> Any:
        """What all runs have, of a row that does not differ."""
        return self.cells[0].value


@dataclass
class Section:
    """One part of a comparison. rows: what differs; equal: what does not.

    ignored: what differs and is on the ignore list. left_out: names beyond MAX_NAMES.
    """

    name: str
    title: str
    rows: list[Row] = field(default_factory=list)
    equal: list[Row] = field(default_factory=list)
    ignored: list[Row] = field(default_factory=list)
    left_out: int = 0

    @property
    def judged(self) -> bool:
        """Whether its numbers are results: rounded where they are shown, and better or worse."""
        return self.name in RESULTS

    @property
    def typed(self) -> bool:
        """Whether a text that looks like a number may stand beside that number."""
        return self.name in TYPED

    @property
    def empty(self) -> bool:
        """Whether no run has anything in it."""
        return not (self.rows or self.equal or self.ignored)

    @property
    def better(self) -> int:
        """Rows in which some run is better than the baseline and none is worse."""
        return sum(_verdicts(row) == {True} for row in self.rows)

    @property
    def worse(self) -> int:
        return sum(_verdicts(row) == {False} for row in self.rows)


def _verdicts(row: Row) -> set[bool]:
    return {cell.better for cell in row.cells if cell.better is not None}


def section(
    name: str,
    title: str,
    documents: Sequence[Mapping[str, Any]],
    base: int,
    ignores: Ignores,
    *,
    numbers: bool = False,
    as_written: bool = False,
) -> Section:
    """A section over flat documents, one a run, by name, or in the documents' own order when they are as_written.

    base: the baseline's place; numbers: whether to subtract them.
    """
    paths = list(dict.fromkeys(path for document in documents for path in document))
    if not as_written:  # a database may keep the names of a document in any order
        paths.sort(key=lambda path: (path.lower(), path))
    rows = []
    for path in paths[:MAX_NAMES]:
        values = [document.get(path, MISSING) for document in documents]
        cells = [cell(value, values[base], numbers=numbers) for value in values]
        rows.append(Row(path, f"{name}.{path}", cells))
    return sorted_out(Section(name, title, left_out=max(0, len(paths) - MAX_NAMES)), rows, ignores)


def cell(value: Any, base: Any, *, numbers: bool = False, url: str = "") -> Cell:
    """A value beside the baseline's."""
    alike = same(value, base)
    if alike:
        return Cell(value, url=url)
    change = "added" if base is MISSING else "removed" if value is MISSING else ""
    if numbers:
        return Cell(value, False, delta(value, base), factor(value, base), url=url, change=change)
    return Cell(value, False, url=url, change=change)


def judged(value: Any, base: Any, direction: Direction, odd: int = 0) -> Cell:
    """A number beside the baseline's, with whether the difference is the good way."""
    found = cell(value, base, numbers=True)
    better = None
    if found.delta and direction != Direction.UNKNOWN:
        better = (found.delta < 0) == (direction == Direction.MIN)
    return Cell(found.value, found.same, found.delta, found.factor, better, odd=odd, change=found.change)


def sorted_out(found: Section, rows: Iterable[Row], ignores: Ignores) -> Section:
    """Put rows where they belong in a section."""
    for row in rows:
        if not row.differs:
            found.equal.append(row)
        elif ignores(row.key):
            found.ignored.append(row)
        else:
            found.rows.append(row)
    return found
