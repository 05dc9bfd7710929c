"""Groups of all runs that pass a filter: how many are alike in some values, and how their numbers spread."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from apps.runs.filters_sql import compiled
from apps.runs.filters_syntax import Filter, FilterError, Name, quoted
from apps.runs.models import Project, RunValue
from apps.runs.run_order import MISSING, NUMBER, TEXT, Mark, Place, Sort, ordered
from apps.runs.run_table import Chosen, passing_ids
from apps.runs.value_columns import Ints, number_rows, placed

MAX_FIELDS = 5


class Spread(NamedTuple):
    """How a number spreads over a group. n: runs that have it. std: of a sample (n − 1), None for one run."""

    n: int
    mean: float
    std: float | None
    min: float
    max: float


class Group(NamedTuple):
    """Runs that are alike. values: of the fields, None where they have none; filter: what lets just these runs pass."""

    values: tuple[float | str | None, ...]
    runs: int
    spreads: tuple[Spread | None, ...]
    filter: str


class GroupPage(NamedTuple):
    """Some groups in order. total: how many there are; runs: in all of them."""

    groups: list[Group]
    total: int
    runs: int


def group_page(
    project: Project,
    chosen: Chosen,
    fields: Sequence[Name],
    columns: Sequence[Name],
    sorts: Sequence[Sort] = (),
    *,
    begin: int = 0,
    limit: int,
) -> GroupPage:
    """Groups of every run that passes, by the values of fields, with the spread of columns in each.

    sorts: by fields, or by the means of columns; others are passed over. Without one groups are in the order of their
    values: numbers, texts, none. Two queries for each field, one for each column. Raises FilterError.
    """
    if not 1 <= len(fields) <= MAX_FIELDS:
        raise FilterError(f"Runs are grouped by 1 to {MAX_FIELDS} names; {len(fields)} came.", 1, what="group")
    try:
        keys = compiled(Filter("", None), project, also=[*fields, *columns]).keys
    except FilterError as error:
        raise error.of("group") from None
    runs = np.sort(np.array(passing_ids(project, chosen), np.int64))
    kinds = [_values(runs, keys.ids(field)) for field in fields]
    codes = np.zeros(len(runs), np.int64)
    for values, code in kinds:
        codes = codes * len(values) + code
    found, group_of = np.unique(codes, return_inverse=True)
    counts = np.bincount(group_of, minlength=len(found))
    spreads = [_spreads(runs, group_of, len(found), keys.ids(column)) for column in columns]

    def group(place: int) -> Group:
        values = _decoded(int(found[place]), [values for values, _ in kinds])
        return Group(values, int(counts[place]), tuple(one[place] for one in spreads), _filter(fields, values))

    places: Sequence[int] = range(len(found))
    used = [sort for sort in sorts if sort.name in fields or sort.name in columns]
    if used:
        marks = [
            Place(tuple(_mark(group(place), fields, columns, sort.name) for sort in used), place) for place in places
        ]
        places = [place.run_id for place in ordered(marks, used)]
    shown = [group(place) for place in places[begin : begin + limit]]
    return GroupPage(shown, len(found), len(runs))


def _values(runs: Ints, key_ids: tuple[int, ...]) -> tuple[list[float | str | None], Ints]:
    """The different values that runs have, in order and last None, and for each run which of them is its."""
    rows = RunValue.objects.filter(key_id__in=key_ids)
    texts: list[Any] = list(rows.filter(text__isnull=False).values_list("run_id", "text"))
    at, number = placed(runs, number_rows(key_ids))
    different, which = np.unique(number, return_inverse=True)
    known = {text: place for place, text in enumerate(sorted({text for _, text in texts}), len(different))}
    code = np.full(len(runs), len(different) + len(known), np.int64)
    code[at] = which
    there, place = placed(runs, [(run_id, known[text]) for run_id, text in texts])
    code[there] = place.astype(np.int64)
    return [*different.tolist(), *known, None], code


def _spreads(runs: Ints, group_of: Ints, groups: int, key_ids: tuple[int, ...]) -> list[Spread | None]:
    at, values = placed(runs, number_rows(key_ids))
    group = group_of[at]
    order = np.argsort(group, kind="stable")
    group, values = group[order], values[order]
    present, starts, counts = np.unique(group, return_index=True, return_counts=True)
    found: list[Spread | None] = [None] * groups
    if not len(present):
        return found
    with np.errstate(all="ignore"):  # infinities have no mean
        means = np.add.reduceat(values, starts) / counts
        squares = np.add.reduceat((values - np.repeat(means, counts)) ** 2, starts)
        deviations = np.sqrt(squares / np.maximum(counts - 1, 1))
    least, most = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    columns = (present, counts, means, deviations, least, most)
    for place, count, mean, std, low, high in zip(*(column.tolist() for column in columns), strict=True):
        found[place] = Spread(count, mean, std if count > 1 else None, low, high)
    return found


def _decoded(code: int, kinds: Sequence[list[float | str | None]]) -> tuple[float | str | None, ...]:
    values = []
    for kind in reversed(kinds):
        code, place = divmod(code, len(kind))
        values.append(kind[place])
    return tuple(reversed(values))


def _filter(fields: Sequence[Name], values: Sequence[float | str | None]) -> str:
    return " and ".join(alike(field, value) for field, value in zip(fields, values, strict=True))


def alike(field: Name, value: float | str | None) -> str:
    """The filter of runs with this value, None of those without one."""
    if value is None:
        return f"{field.text} is None"
    return f"{field.text} == {quoted(value) if isinstance(value, str) else _number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


def _mark(group: Group, fields: Sequence[Name], columns: Sequence[Name], name: Name) -> Mark:
    """Where a group stands by one sort; those without a value keep the order they had among themselves."""
    if name in fields:
        value: Any = group.values[fields.index(name)]
    else:
        spread = group.spreads[columns.index(name)]
        value = None if spread is None or math.isnan(spread.mean) else spread.mean
    if value is None:
        return Mark(MISSING, 0)
    return Mark(TEXT if isinstance(value, str) else NUMBER, value)
