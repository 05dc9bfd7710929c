"""Values of many runs as arrays: each name read once from its index, whole, and placed among the runs here.

A database that joins them takes ten times as long.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.runs.models import RunValue

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
FEW = 2_000  # runs that are looked up one by one rather than read with all others


class RunValues(NamedTuple):
    """What each of n runs has by one name, at most one of a number and a text.

    numbers: float64 (n,), NaN where a run has none. words: the different texts, in order; word: int64 (n,), the place
    of a run's text among them, -1 without one.
    """

    numbers: Floats
    words: list[str]
    word: Ints


def run_values(runs: Ints, key_ids: Sequence[int]) -> RunValues:
    """The values of runs (n,), ids in ascending order, by the ids of a name: two queries, one for few runs."""
    numbers = np.full(len(runs), np.nan)
    texts: list[Any]
    if len(runs) <= FEW:  # each by its primary key
        rows: Any = RunValue.objects.filter(run_id__in=runs.tolist(), key_id__in=list(key_ids))
        found = list(rows.values_list("run_id", "number", "text"))
        known = [(run_id, number) for run_id, number, text in found if text is None]
        texts = [(run_id, text) for run_id, _, text in found if text is not None]
    else:
        known = number_rows(key_ids)
        rows = RunValue.objects.filter(key_id__in=list(key_ids), text__isnull=False)
        texts = list(rows.values_list("run_id", "text"))
    at, values = placed(runs, known)
    numbers[at] = values
    return RunValues(numbers, *worded(runs, texts))


def worded(runs: Ints, rows: Sequence[tuple[int, str]]) -> tuple[list[str], Ints]:
    """The different texts of those rows that belong to one of the runs, in order, and each run's place among them."""
    place_of = {text: place for place, text in enumerate(sorted({text for _, text in rows}))}
    at, places = placed(runs, [(run_id, place_of[text]) for run_id, text in rows])
    used, which = np.unique(places.astype(np.int64), return_inverse=True)
    word = np.full(len(runs), -1, np.int64)
    word[at] = which
    every = list(place_of)
    return [every[place] for place in used.tolist()], word


def number_rows(key_ids: Iterable[int]) -> list[Any]:
    """(run id, number) of every run that has one: one query."""
    rows = RunValue.objects.filter(key_id__in=list(key_ids), number__isnull=False)
    return list(rows.values_list("run_id", "number"))


def placed(runs: Ints, rows: Sequence[tuple[int, float]]) -> tuple[Ints, Floats]:
    """The places among runs, in ascending order, of those rows that belong to one of them, and their values."""
    table = np.array(rows, [("run", np.int64), ("value", np.float64)])
    if not len(runs):
        return table["run"][:0], table["value"][:0]
    at = np.minimum(np.searchsorted(runs, table["run"]), len(runs) - 1)
    ours = runs[at] == table["run"]
    return at[ours], table["value"][ours]
