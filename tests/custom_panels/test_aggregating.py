"""Bins and figures of groups, compared with what plain Python makes of the same rows."""

import math
import statistics
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.custom_panels.aggregating import Aggregate, Bin, Figure, aggregated, binned
from apps.custom_panels.columns import Columns, Numbers, coded, plain

numbers = st.one_of(st.none(), st.floats(-1e6, 1e6, allow_nan=False))
words = st.sampled_from(["a", "b", None])
table = st.lists(st.tuples(words, st.sampled_from([1.0, 2.0, None]), numbers), max_size=40)
FIGURES = ("count", "sum", "mean", "median", "min", "max", "stdev", "quantile")


def columns_of(rows: list[tuple[Any, Any, Any]]) -> Columns:
    values = [np.array([np.nan if row[place] is None else row[place] for row in rows]) for place in (1, 2)]
    return {"word": coded(row[0] for row in rows), "number": Numbers(values[0]), "value": Numbers(values[1])}


def naive(how: str, values: list[float], share: float) -> float | None:
    if how == "count":
        return len(values)
    if not values or (how == "stdev" and len(values) < 2):
        return None
    return {
        "sum": lambda: math.fsum(values),
        "mean": lambda: statistics.fmean(values),
        "median": lambda: statistics.median(values),
        "min": lambda: min(values),
        "max": lambda: max(values),
        "stdev": lambda: statistics.stdev(values),
        "quantile": lambda: float(np.quantile(values, share)),
    }[how]()


@settings(deadline=None, max_examples=80)
@given(table, st.sampled_from(FIGURES), st.floats(0, 1))
def test_figures_of_groups_are_those_of_plain_python(rows, how, share):
    share = 0.5 if how == "median" else share
    found = aggregated(columns_of(rows), Aggregate(("word", "number"), {"out": Figure(how, "value", share)}))
    expected = defaultdict(list)
    for word, number, value in rows:
        expected[word, number].extend([] if value is None else [value])
    keys = zip(plain(found["word"]), plain(found["number"]), strict=True)
    seen = dict(zip(keys, plain(found["out"]), strict=True))
    assert seen.keys() == expected.keys()
    for key, values in expected.items():
        wanted = naive(how, values, share)
        # A group of equal values has no spread; the mean of many is off by some last digits.
        assert seen[key] == (wanted if wanted is None else pytest.approx(wanted, rel=1e-9, abs=1e-6))


def test_rows_are_counted_with_and_without_a_column():
    columns = columns_of([("a", 1.0, 1.0), ("a", 1.0, None), ("b", 1.0, None)])
    take = {"rows": Figure("count", ""), "values": Figure("count", "value")}
    found = aggregated(columns, Aggregate(("word",), take))
    assert [plain(column) for column in found.values()] == [["a", "b"], [2, 1], [1, 0]]


def test_no_rows_have_no_groups():
    assert plain(aggregated(columns_of([]), Aggregate((), {"n": Figure("count", "")}))["n"]) == []
    assert plain(aggregated(columns_of([]), Aggregate(("word",), {"n": Figure("mean", "value")}))["n"]) == []


def test_all_rows_are_one_group():
    columns = columns_of([("a", 1.0, 1.0), ("b", 2.0, 3.0)])
    assert plain(aggregated(columns, Aggregate((), {"mean": Figure("mean", "value")}))["mean"]) == [2.0]


def test_equal_settings_of_several_runs_are_one_group():
    """Their column names a value a run, not a value once; true is not 1."""
    columns: Columns = {"lr": coded([0.1, True, 0.1, 1]), "value": Numbers(np.array([1.0, 2.0, 3.0, 4.0]))}
    found = aggregated(columns, Aggregate(("lr",), {"n": Figure("count", "value")}))
    assert dict(zip(map(repr, plain(found["lr"])), plain(found["n"]), strict=True)) == {"0.1": 2, "True": 1, "1": 1}


@settings(deadline=None, max_examples=150)
@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=30), st.integers(1, 60))
def test_every_number_lies_in_its_bin_and_bins_are_no_more_than_asked(values, into):
    found = binned({"x": Numbers(np.array(values))}, Bin("x", into))
    low, high = (np.array(plain(found[name])) for name in ("x_bin", "x_bin_end"))
    slack = 1e-9 * max(map(abs, values)) + 1e-12
    assert len(set(low.tolist())) <= into
    assert (low - slack <= values).all()
    assert (np.array(values) <= high + slack).all()


def test_bins_have_round_ends():
    found = binned({"x": Numbers(np.array([0.0, 0.3, 0.31, 0.97]))}, Bin("x", 10))
    assert plain(found["x_bin"]) == [0.0, 0.3, 0.3, 0.9]
    assert plain(found["x_bin_end"]) == [0.1, 0.4, 0.4, 1.0]


def test_steps_from_1_stay_steps():
    found = binned({"x": Numbers(np.arange(1.0, 151.0))}, Bin("x", 150))
    assert plain(found["x_bin"]) == list(range(1, 151))


def test_logarithmic_bins_leave_out_what_has_no_logarithm():
    found = binned({"x": Numbers(np.array([0.0, -1.0, 1.0, 10.0, 100.0, np.inf]))}, Bin("x", 2, log=True))
    ends = list(zip(plain(found["x_bin"]), plain(found["x_bin_end"]), strict=True))
    assert ends[:2] == [(None, None)] * 2
    assert [pytest.approx(one) for one in ends[2:5]] == [(1, 10), (10, 100), (10, 100)]
    assert ends[5] == (None, None)
