"""Columns of a source's rows: numbers, or texts and other values by their place in a list. No Django."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Scalar = str | float | int | bool | None
EXACT = 2.0**53


class Numbers(NamedTuple):
    """float64 (n,); NaN is missing."""

    values: Floats

    def __len__(self) -> int:  # rows, not fields
        return len(self.values)


class Coded(NamedTuple):
    """Values that many rows share. codes: int64 (n,), each row's place among values; -1 is missing."""

    values: Sequence[Scalar]
    codes: Ints

    def __len__(self) -> int:  # rows, not fields
        return len(self.codes)


Column = Numbers | Coded
Columns = Mapping[str, Column]


def coded(values: Iterable[Scalar]) -> Coded:
    """A column of values as they come, None where one is missing."""
    places: dict[tuple[type, Scalar], int] = {}
    codes = [
        -1
        if value is None
        else places.setdefault((bool if isinstance(value, bool) else type(value), value), len(places))
        for value in values
    ]
    return Coded([value for _, value in places], np.array(codes, np.int64))


def spread(column: Coded, at: Ints) -> Coded:
    """The column of those rows of it, in that order: what a run is, for each of its rows."""
    return Coded(column.values, column.codes[at])


def rows_of(column: Column, at: NDArray[Any]) -> Column:
    """The rows of a mask or of places."""
    return Numbers(column.values[at]) if isinstance(column, Numbers) else spread(column, at)


def numbers_of(column: Column) -> Floats:
    """The numbers of a column, NaN for what is none; true and false are 1 and 0."""
    if isinstance(column, Numbers):
        return column.values
    of_value = [float(value) if isinstance(value, (bool, int, float)) else np.nan for value in column.values]
    return np.array([*of_value, np.nan])[column.codes]  # -1 is the last


def joined(parts: Sequence[Column]) -> Column:
    """Columns of one name, one after the other."""
    if all(isinstance(part, Numbers) for part in parts):
        return Numbers(np.concatenate([part.values for part in parts if isinstance(part, Numbers)] or [np.zeros(0)]))
    return coded(value for part in parts for value in plain(part))


def plain(column: Column) -> list[Scalar]:
    """The values as Python has them, None where one is missing."""
    if isinstance(column, Numbers):
        return [None if value != value else value for value in column.values.tolist()]
    values = [*column.values, None]
    return [values[code] for code in column.codes.tolist()]


def as_json(column: Column) -> list[Scalar] | NDArray[Any]:
    """What orjson writes of a column: whole numbers without a fraction, null where a value is missing."""
    if isinstance(column, Coded):
        return plain(column)
    values = column.values
    with np.errstate(invalid="ignore"):
        whole = np.isfinite(values).all() and (np.abs(values) <= EXACT).all() and (values == np.floor(values)).all()
    return values.astype(np.int64) if whole else values
