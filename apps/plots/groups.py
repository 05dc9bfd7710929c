"""Runs that are alike along an axis, and how the numbers of another axis spread over them."""

from typing import NamedTuple

import numpy as np

from apps.plots.axes import Axis
from apps.runs.filters_syntax import Name, quoted
from apps.runs.group_table import alike
from apps.runs.value_columns import Floats, Ints


class Spreads(NamedTuple):
    """Of g groups: n runs with a number, their mean, standard deviation (of a sample, NaN of one run), least, most."""

    n: Ints
    mean: Floats
    std: Floats
    least: Floats
    most: Floats


def group_codes(axis: Axis) -> tuple[list[float | str | None], Ints]:
    """The different values along an axis, in order, None last; and for each run (n,) which of them is its."""
    if axis.kind == "text":
        return [*axis.words, None], np.where(axis.values.word >= 0, axis.values.word, len(axis.words))
    there = ~np.isnan(axis.places)
    different, which = np.unique(axis.places[there], return_inverse=True)
    code = np.full(len(axis.places), len(different), np.int64)
    code[there] = which
    return [*different.tolist(), None], code


def group_filter(axis: Axis, value: float | str | None) -> str | None:
    """The filter of a group's runs, None when runs cannot be filtered by the axis."""
    if isinstance(axis.subject, Name):
        return alike(axis.subject, value)
    return f"{axis.text} == {quoted(value)}" if axis.filters and isinstance(value, str) else None


def spreads(group: Ints, numbers: Floats, groups: int) -> Spreads:
    """How finite numbers (n,) spread over groups: group (n,) is 0..groups-1."""
    n = np.bincount(group, minlength=groups)
    with np.errstate(all="ignore"):  # 0 / 0 of groups without a number; squares of huge numbers
        mean = np.bincount(group, numbers, groups) / n
        squares = np.bincount(group, (numbers - mean[group]) ** 2, groups)
        std = np.sqrt(squares / np.where(n > 1, n - 1, np.nan))
    least, most = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(least, group, numbers)
    np.maximum.at(most, group, numbers)
    return Spreads(n, mean, std, least, most)
