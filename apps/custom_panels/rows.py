"""The rows of a source, whatever its kind. No Django."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from apps.custom_panels.aggregating import aggregated, binned
from apps.custom_panels.columns import Coded, Column, Ints, coded, spread
from apps.custom_panels.sources import Source


@dataclass(frozen=True)
class Rows:
    """columns: by name, all of n rows. of: points, cells or rows behind them; note: what is to be said of them.

    shown, runs: how many of how many runs of the source's filter are in it.
    """

    columns: Mapping[str, Column]
    of: int
    note: str = ""
    shown: int = 0
    runs: int = 0

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0


@dataclass(frozen=True)
class Facts:
    """What each of some runs is, in their order: a column of r rows by name. seconds since epoch each one started."""

    ids: Sequence[int]
    columns: Mapping[str, Coded]
    started: Sequence[float] = field(default_factory=list)

    def spread(self, at: Ints) -> dict[str, Column]:
        """The columns for rows of which each belongs to the run at a place."""
        return {name: spread(column, at) for name, column in self.columns.items()}


def shaped(rows: Rows, source: Source) -> Rows:
    """The rows after the source's bins and aggregation."""
    columns: Mapping[str, Column] = rows.columns
    for one in source.bins:
        columns = binned(columns, one)
    if source.aggregate is not None:
        columns = aggregated(columns, source.aggregate)
    return replace(rows, columns=columns)


def places(counts: Sequence[int]) -> Ints:
    """For rows that stand together by what they belong to, the place of that: [2, 1] is 0, 0, 1."""
    return np.repeat(np.arange(len(counts)), counts)


def texts(values: Sequence[str], counts: Sequence[int]) -> Coded:
    """A column in which each text stands for so many rows."""
    once = coded(values)
    return spread(once, places(counts))
