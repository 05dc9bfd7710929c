"""Rows made fewer on the server: values in bins, and figures of the rows that are alike. No Django.

A million rows take some tenths of a second: groups are found by sorting whole columns, never row by row.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from apps.custom_panels.columns import Coded, Column, Columns, Floats, Ints, Numbers, numbers_of, rows_of

BIN, BIN_END = "_bin", "_bin_end"  # after the name of the column that is binned
_EDGE = 1e-9  # of a bin: 0.3 / 0.1 is a little less than 3
_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)


class Bin(NamedTuple):
    """Put the numbers of a column into at most so many bins. log: of equal ratio, of those above 0."""

    column: str
    into: int
    log: bool = False


class Figure(NamedTuple):
    """What is taken of the rows of a group: one of FIGURES, or a quantile of a column."""

    how: str
    column: str
    share: float = 0.5


class Aggregate(NamedTuple):
    """Rows that are alike in some columns become one, with these figures by the name of their new column."""

    by: tuple[str, ...]
    take: Mapping[str, Figure]


def binned(columns: Columns, asked: Bin) -> dict[str, Column]:
    """The columns with where the bin of each row begins and ends, named x_bin and x_bin_end; no bin for no number.

    Bins are of one round width, so that their ends can be read, and as many as fit into `into`; those of log are of one
    ratio.
    """
    values = numbers_of(columns[asked.column])
    with np.errstate(invalid="ignore"):
        there = np.isfinite(values) & ((values > 0) | (not asked.log))
    low, high = np.full(len(values), np.nan), np.full(len(values), np.nan)
    if there.any():
        some = np.log10(values[there]) if asked.log else values[there]
        width, first = _bins(float(some.min()), float(some.max()), asked.into, round_ends=not asked.log)
        place = np.clip(np.floor((some - first) / width + _EDGE), 0, asked.into - 1)
        ends = first + place * width, first + (place + 1) * width
        low[there], high[there] = (10.0 ** ends[0], 10.0 ** ends[1]) if asked.log else (_tidy(ends[0]), _tidy(ends[1]))
    return {**columns, asked.column + BIN: Numbers(low), asked.column + BIN_END: Numbers(high)}


def _bins(low: float, high: float, into: int, *, round_ends: bool) -> tuple[float, float]:
    """The width of the bins from low to high, and where the first begins."""
    if high <= low:
        return (1.0, math.floor(low)) if round_ends and abs(low) < 2**52 else (max(abs(low), 1.0), low)
    exact = high / into - low / into  # high - low may be beyond a float64
    if not round_ends:
        return exact, low
    power = 10.0 ** math.floor(math.log10(exact))
    for step in (*_ROUND, 20.0):
        width = step * power
        first = math.floor(low / width) * width
        if math.isfinite(first) and first + into * width > high:
            return width, first
    return exact, low


def _tidy(ends: Floats) -> Floats:
    """0.30000000000000004 as 0.3: equal ends of neighbours stay equal."""
    with np.errstate(all="ignore"):
        digits = 12 - np.ceil(np.log10(np.maximum(np.abs(ends).max(initial=0), 1e-300)))
    return np.round(ends, int(digits)) if 0 <= digits < 300 else ends


def aggregated(columns: Columns, asked: Aggregate) -> dict[str, Column]:
    """One row for each group of rows that are alike in asked.by, in the order of those columns."""
    size = len(next(iter(columns.values()))) if columns else 0
    group, first = _groups([columns[name] for name in asked.by], size)
    found: dict[str, Column] = {name: rows_of(columns[name], first) for name in _carried(asked.by, columns)}
    for name, figure in asked.take.items():
        found[name] = Numbers(_figure(figure, columns, group, len(first)))
    return found


def _carried(by: Sequence[str], columns: Columns) -> list[str]:
    """The columns of groups; the end of a bin goes with its beginning."""
    ends = {name: name.removesuffix(BIN) + BIN_END for name in by if name.endswith(BIN)}
    names = [one for name in by for one in (name, ends.get(name)) if one in columns and one is not None]
    return list(dict.fromkeys(names))


def _groups(by: Sequence[Column], size: int) -> tuple[Ints, Ints]:
    """The group of each row (n,), and the first row of each group, groups in the order of the columns."""
    if not by:
        return np.zeros(size, np.int64), np.zeros(min(size, 1), np.int64)
    group, count = np.zeros(size, np.int64), 1
    for column in by:
        codes, different = _codes(column)
        group = group * different + codes
        count *= different
        if count > 4 * size + 1_000:  # before it overflows
            group = np.unique(group, return_inverse=True)[1].reshape(-1)
            count = int(group.max(initial=0)) + 1
    _, first, group = np.unique(group, return_index=True, return_inverse=True)
    return group.reshape(-1), first


def _codes(column: Column) -> tuple[Ints, int]:
    """A number for each row's value, in order, and how many there are; what is missing comes last."""
    if isinstance(column, Coded):
        codes = np.where(column.codes < 0, len(column.values), column.codes)
        return _joined_values(column, codes), len(column.values) + 1
    values, codes = np.unique(column.values, return_inverse=True)  # NaN is one value, the last
    return codes.reshape(-1), len(values)


def _joined_values(column: Coded, codes: Ints) -> Ints:
    """The codes with one for each value: runs of the same setting have it at several places."""
    first: dict[tuple[bool, object], int] = {}
    same = [first.setdefault((isinstance(value, bool), value), place) for place, value in enumerate(column.values)]
    return np.array([*same, len(column.values)])[codes]


def _figure(asked: Figure, columns: Columns, group: Ints, count: int) -> Floats:
    if asked.how == "count" and not asked.column:
        return np.bincount(group, minlength=count).astype(np.float64)
    values = numbers_of(columns[asked.column])
    there = np.isfinite(values)
    if asked.how == "count":
        there = there | _is_there(columns[asked.column])
    return FIGURES[asked.how](values[there], group[there], count, asked.share)


def _is_there(column: Column) -> np.ndarray:
    return column.codes >= 0 if isinstance(column, Coded) else np.isfinite(column.values)


def _counts(values: Floats, group: Ints, count: int, share: float) -> Floats:  # noqa: ARG001
    return np.bincount(group, minlength=count).astype(np.float64)


def _sums(values: Floats, group: Ints, count: int, share: float) -> Floats:  # noqa: ARG001
    sums = np.bincount(group, values, minlength=count)
    return np.where(np.bincount(group, minlength=count) > 0, sums, np.nan)


def _means(values: Floats, group: Ints, count: int, share: float) -> Floats:
    with np.errstate(invalid="ignore"):
        return _sums(values, group, count, share) / _counts(values, group, count, share)


def _stdevs(values: Floats, group: Ints, count: int, share: float) -> Floats:
    """Of a sample, n - 1; missing where a group has one value."""
    off = values - _means(values, group, count, share)[group]
    n = _counts(values, group, count, share)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 1, np.sqrt(np.bincount(group, off * off, minlength=count) / (n - 1)), np.nan)


def _lowest(values: Floats, group: Ints, count: int, share: float) -> Floats:  # noqa: ARG001
    found = np.full(count, np.inf)
    np.minimum.at(found, group, values)
    return np.where(np.isfinite(found), found, np.nan)


def _highest(values: Floats, group: Ints, count: int, share: float) -> Floats:
    return -_lowest(-values, group, count, share)


def _quantiles(values: Floats, group: Ints, count: int, share: float) -> Floats:
    """Linear between the two nearest values, as numpy.quantile."""
    order = np.lexsort((values, group))
    n = np.bincount(group, minlength=count)
    begin = np.concatenate([[0], np.cumsum(n)[:-1]])
    at = (n - 1) * share
    below = np.floor(at).astype(np.int64)
    some = n > 0
    found = np.full(count, np.nan)
    ranked = values[order]
    one = ranked[begin[some] + below[some]]
    other = ranked[begin[some] + np.minimum(below + 1, n - 1)[some]]
    found[some] = one + (other - one) * (at - below)[some]
    return found


FIGURES: dict[str, Callable[[Floats, Ints, int, float], Floats]] = {
    "count": _counts,
    "sum": _sums,
    "mean": _means,
    "median": _quantiles,
    "min": _lowest,
    "max": _highest,
    "stdev": _stdevs,
    "quantile": _quantiles,
}
