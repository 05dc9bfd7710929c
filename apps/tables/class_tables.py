"""A class table: per class a support and any number of metrics. Pure, no Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SUPPORT = "support"  # the column of how many examples a class has


class Column(NamedTuple):
    """Numbers of the classes, shape (n,). there: which of them there are; what is missing is NaN in values, too."""

    values: NDArray[np.float64]
    there: NDArray[np.bool_]

    def cell(self, place: int) -> float | None:
        """The number of one class, None where it is missing; NaN is a number here."""
        return float(self.values[place]) if self.there[place] else None


@dataclass(frozen=True)
class ClassTable:
    """classes: their names, each once, in the order they were sent. columns: by name, the support among them."""

    classes: list[str]
    columns: dict[str, Column]

    @property
    def metrics(self) -> list[str]:
        """The names of the columns but for the support."""
        return [name for name in self.columns if name != SUPPORT]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """Each class's row, from 0."""
        return {name: place for place, name in enumerate(self.classes)}

    def cell(self, name: str, column: str) -> float | None:
        """One number, None where class, column or number is missing."""
        place, found = self.places.get(name), self.columns.get(column)
        return None if place is None or found is None else found.cell(place)


def joined(table: ClassTable, other: ClassTable) -> ClassTable:
    """A table with the classes and columns of another that it has not; where both have a column, its own stands."""
    classes = list(dict.fromkeys([*table.classes, *other.classes]))
    columns = {**other.columns, **table.columns}
    return ClassTable(
        classes,
        {
            name: column_of([(table if name in table.columns else other).cell(one, name) for one in classes])
            for name in columns
        },
    )


def column_of(values: Sequence[float | None]) -> Column:
    """A column of numbers, None where one is missing."""
    there = np.fromiter((value is not None for value in values), bool, len(values))
    numbers = np.fromiter((np.nan if value is None else value for value in values), np.float64, len(values))
    return Column(numbers, there)
