"""What is a path, and when two values are the same: hand-checked."""

import math

import pytest

from apps.comparison.trees import delta, factor, flattened, same


def test_nested_settings_have_dotted_paths():
    assert flattened({"a": {"b": 1, "c": {}}, "d": [1]}) == {"a.b": 1, "a.c": {}, "d": [1]}


def test_a_list_of_settings_has_numbered_paths_and_a_list_of_values_is_one():
    assert flattened({"stages": [{"lr": 1}, {"lr": 2}], "sizes": [64, 128]}) == {
        "stages[0].lr": 1,
        "stages[1].lr": 2,
        "sizes": [64, 128],
    }


def test_deep_settings_end_in_a_value_and_what_is_no_mapping_has_no_path():
    tree: dict = {}
    for _ in range(100):
        tree = {"a": tree}
    assert len(flattened(tree)) == 1
    assert flattened(None) == flattened([{"a": 1}]) == flattened("text") == {}


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (1, 1.0, True),
        (1, "1", False),
        (1, True, False),
        (True, True, True),
        (0, None, False),
        (None, None, True),
        (math.nan, math.nan, True),
        ([1, 2], [1.0, 2], True),
        ([1], ["1"], False),
        ([1, 2], [1], False),
        ([True], [1], False),
        ({"a": [1]}, {"a": [1.0]}, True),
        ({"a": 1}, {"b": 1}, False),
        (10**400, 10**400, True),
        (10**400, 1.0, False),
    ],
)
def test_values_are_the_same_by_kind_and_numbers_by_what_they_are(one, other, alike):
    assert same(one, other) is same(other, one) is alike


def test_numbers_have_differences_and_nothing_else_has():
    assert delta(0.003, 0.001) == pytest.approx(0.002)
    assert factor(0.003, 0.001) == pytest.approx(3)
    assert factor(-4, -2) == 2
    for value, base in ((1, "1"), (True, 0), (None, 1), (math.inf, 1.0), (10**400, 1), (1e308, -1e308)):
        assert delta(value, base) is None
    for value, base in ((1, 0), (0, 1), (-1, 1), (1, "2"), (1e308, 1e-308)):
        assert factor(value, base) is None
