"""What a filter is once it is read: a tree of conditions over fields and values of a run. No Django but its errors."""

import keyword
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from apps.core.errors import Invalid

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 50  # conditions within conditions
MAX_TESTS = 100  # comparisons
MAX_LISTED = 1_000  # values in all lists


class FilterError(Invalid):
    """A filter, or a name in its language, that cannot be read.

    problem: what is wrong; column: where, from 1, and length characters from there; near: names that may have been
    meant; what: of which parameter it is said.
    """

    code = "bad_filter"

    def __init__(
        self, message: str, column: int, length: int = 1, near: tuple[str, ...] = (), what: str = "filter"
    ) -> None:
        self.problem = with_near(message, near)
        fields = {what: self.problem, f"{what}.column": str(column)}
        if near:
            fields[f"{what}.near"] = ", ".join(near)
        super().__init__(f"Column {column} of the {what}: {self.problem}", fields=fields)
        self.plain = message
        self.column = column
        self.length = length
        self.near = near

    def of(self, what: str) -> "FilterError":
        """The same of another parameter than the filter."""
        return FilterError(self.plain, self.column, self.length, self.near, what)


def with_near(message: str, near: Iterable[str]) -> str:
    """A sentence about a name, with those that may have been meant."""
    names = list(near)
    return f"{message} Did you mean {' or '.join(names)}?" if names else message


@dataclass(frozen=True)
class Field:
    """A fact of the run itself that the values index does not hold: state, notes, id and times that change."""

    name: str


@dataclass(frozen=True)
class Name:
    """A name of the values index. figure: of a metric last, min, max or best, of a class its column in class tables.

    column, length: where it stands, for what is to be said of it. table: of a class, "" where none is named.
    """

    namespace: str
    name: str
    figure: str = ""
    column: int = field(default=1, compare=False)
    length: int = field(default=1, compare=False)
    table: str = ""

    @property
    def text(self) -> str:
        """The name as one writes it."""
        if self.namespace == "run":
            return self.name
        if self.namespace == "class":
            return self._class_text
        path = f"[{quoted(self.name)}]"
        if self.name.isidentifier() and self.name not in FIGURES:
            path = f".{self.name}"
        return f"{self.namespace}{path}" + (f".{self.figure}" if self.figure else "")

    @property
    def _class_text(self) -> str:
        """class_["pedestrian"].iou, class_["val", "8"]["f1-score"]; without a column what comes before it."""
        names = ", ".join(quoted(one) for one in ((self.table, self.name) if self.table else (self.name,)))
        word = self.figure.isascii() and self.figure.isidentifier() and not keyword.iskeyword(self.figure)
        column = f".{self.figure}" if word else f"[{quoted(self.figure)}]"
        return f"class_[{names}]" + (column if self.figure else "")


FIGURES = ("last", "min", "max", "best")

Literal = float | str | datetime


@dataclass(frozen=True)
class Comparison:
    """One comparison. A name a run has no value for passes none but "missing".

    how: < <= > >= == != in, "not in", starts, ends, contains, missing, there. operand: as how needs it.
    """

    subject: Field | Name
    how: str
    operand: Literal | tuple[Literal, ...] | Name | None = None


@dataclass(frozen=True)
class Tagged:
    """Whether the run has a tag for which how holds: ==, in, starts, ends, contains."""

    how: str
    operand: str | tuple[str, ...]

    @property
    def asked(self) -> tuple[str, ...]:
        return self.operand if isinstance(self.operand, tuple) else (self.operand,)


@dataclass(frozen=True)
class All:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Any:
    parts: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    part: "Condition"


Condition = Comparison | Tagged | All | Any | Not


@dataclass(frozen=True)
class Filter:
    """A filter that was read. condition: None lets every run pass."""

    text: str
    condition: Condition | None

    def names(self) -> list[Name]:
        """Every name of the values index in it, in the order they stand."""
        return [] if self.condition is None else list(_names(self.condition))


def _names(condition: Condition) -> Iterator[Name]:
    if isinstance(condition, All | Any):
        for part in condition.parts:
            yield from _names(part)
    elif isinstance(condition, Not):
        yield from _names(condition.part)
    elif isinstance(condition, Comparison):
        yield from (one for one in (condition.subject, condition.operand) if isinstance(one, Name))


def quoted(text: str) -> str:
    """A text as one writes it in a filter."""
    escaped = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    )
    return f'"{escaped}"'
