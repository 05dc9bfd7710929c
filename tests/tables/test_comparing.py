"""Classes of several runs: what is worse, by how much, in which order."""

import math

import pytest

from apps.runs.directions import Direction
from apps.tables.comparing import compared, regressed, shared_key, shown_metric, tally, worst_classes
from tests.tables.tables import class_table

RECALLS = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6, "e": 0.5}
BASE = class_table({name: {"recall": recall, "support": 9} for name, recall in RECALLS.items()})
OTHER = class_table(
    {
        "a": {"recall": 0.95},
        "b": {"recall": 0.5},
        "c": {"recall": math.nan},
        "d": {"recall": 0.59},
        "new": {"recall": 1},
    }
)


def names(*arguments) -> list[str]:
    return [row.name for row in compared(*arguments)]


def test_the_worst_regression_comes_first_then_what_is_missing():
    assert names([BASE, OTHER], 0, "recall", Direction.MAX) == ["b", "d", "c", "e", "a", "new"]
    assert names([BASE, OTHER], 0, "recall", Direction.MIN) == ["a", "c", "e", "d", "b", "new"]
    assert names([BASE, OTHER], 0, "recall", Direction.UNKNOWN)[:2] == ["b", "a"]
    assert names([BASE, OTHER], 0, "recall", Direction.MAX, "best")[0] == "a"
    assert names([BASE, OTHER], 0, "recall", Direction.MAX, "name") == ["a", "b", "c", "d", "e", "new"]
    assert names([BASE, OTHER], 0, "recall", Direction.MAX, "support")[-1] == "new"


def test_missing_is_neither_zero_nor_worse():
    rows = {row.name: row for row in compared([BASE, OTHER, None], 0, "recall", Direction.MAX)}
    assert rows["e"].cells[1].missing
    assert rows["e"].cells[1].gain is None
    assert rows["new"].cells[0].missing
    assert rows["new"].cells[1].delta is None
    assert not rows["c"].cells[1].missing  # NaN is a value
    assert rows["c"].cells[1].delta is None
    assert all(row.cells[2].missing for row in rows.values())
    assert {row.name for row in regressed(rows.values())} == {"b", "d"}
    assert tally(rows.values()) == (1, 2)


def test_the_baseline_may_be_any_run():
    rows = compared([OTHER, BASE], 1, "recall", Direction.MAX)
    assert [(one.name, one.place, round(one.cell.delta or 0, 9)) for one in worst_classes(rows, 9)] == [
        ("b", 0, -0.3),
        ("d", 0, -0.01),
    ]


def test_one_run_alone_is_in_the_order_of_its_own_numbers():
    assert names([BASE], 0, "recall", Direction.MAX) == ["e", "d", "c", "b", "a"]
    assert names([BASE], 0, "recall", Direction.MIN) == ["a", "b", "c", "d", "e"]
    assert worst_classes(compared([BASE], 0, "recall", Direction.MAX), 3) == []


@pytest.mark.parametrize(
    ("keys", "asked", "expected"),
    [([["a", "b"], ["b"]], "", "b"), ([["a", "b"], ["b"]], "a", "a"), ([["a"], ["b"]], "z", "a"), ([[], []], "", "")],
)
def test_the_table_most_runs_have_is_shown(keys, asked, expected):
    assert shared_key(keys, asked)[0] == expected


def test_a_metric_that_tells_most_is_shown():
    known = {"epoch": Direction.UNKNOWN, "precision": Direction.MAX, "iou": Direction.MAX}
    assert shown_metric(["epoch", "precision", "iou"], known) == "iou"
    assert shown_metric(["epoch", "precision", "iou"], known, "precision") == "precision"
    assert shown_metric(["epoch"], known) == "epoch"
    assert shown_metric([], known) == ""
