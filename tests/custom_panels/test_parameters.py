"""Parameters: values stand where they were asked for, and never as code."""

from typing import Any

import pytest

from apps.core.errors import Invalid
from apps.custom_panels.parameters import Parameter, filled, filled_filter, filled_text, values_of
from apps.runs.filters import parse
from apps.runs.filters_syntax import Comparison

HOSTILE = ["'); alert(1); ('", '" or True or "', "\\", "a\\'b", "</script>", "‮abc", "`x`", "${other}", "\n"]


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_text_stays_inside_the_quotes_of_an_expression(value, quote):
    text = filled_text(f"datum.key == {quote}${{x}}{quote} && true", {"x": value}, code=True)
    assert isinstance(text, str)
    inner = text.removeprefix(f"datum.key == {quote}").removesuffix(f"{quote} && true")
    assert quote not in inner
    assert "\n" not in inner
    assert len(inner) - len(inner.rstrip("\\")) in (0, 2, 4)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_text_without_quotes_is_a_quoted_text_in_an_expression(value):
    text = filled_text("datum.v > ${x}", {"x": value}, code=True)
    assert isinstance(text, str)
    assert text.startswith('datum.v > "')
    assert text.endswith('"')
    assert '"' not in text[len('datum.v > "') : -1]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_filter_compares_with_the_very_text(value):
    parameters = {"x": Parameter("x", "x", "text", "", [])}
    read = parse(filled_filter('tag == "a" or name == "${x}"', {"x": value}, parameters))
    bare = parse(filled_filter("name == ${x}", {"x": value}, parameters)).condition
    assert isinstance(bare, Comparison)
    assert bare.operand == value
    assert read.condition.parts[1] == bare  # type: ignore[union-attr]


def test_a_field_is_a_name_in_a_filter_and_a_number_a_number():
    parameters = {"f": Parameter("f", "f", "field", "", []), "n": Parameter("n", "n", "number", 0, [])}
    assert filled_filter("${f} > ${n}", {"f": "config.lr", "n": 1e-4}, parameters) == "config.lr > 0.0001"


def test_only_what_is_an_expression_by_its_name_is_one():
    spec = {
        "encode": {"update": {"x": {"field": "${f}"}, "y": {"signal": "${f}"}}},
        "transform": [{"filter": {"and": ["datum.a == ${f}", {"not": "${f}"}]}}],
        "title": "${f} of ${n}",
        "width": "${n}",
    }
    assert filled(spec, {"f": "lr", "n": 3}) == {
        "encode": {"update": {"x": {"field": "lr"}, "y": {"signal": '"lr"'}}},
        "transform": [{"filter": {"and": ['datum.a == "lr"', {"not": '"lr"'}]}}],
        "title": "lr of 3",
        "width": 3,
    }


def test_values_are_taken_or_named_with_what_is_wrong():
    parameters = {
        "n": Parameter("n", "n", "number", 1, []),
        "c": Parameter("c", "c", "choice", "a", ["a", 2]),
        "t": Parameter("t", "t", "text", "x", []),
    }
    assert values_of(parameters, {"n": "0.5", "c": "2", "t": None}) == {"n": 0.5, "c": 2, "t": "x"}
    with pytest.raises(Invalid) as refused:
        values_of(parameters, {"n": "many", "c": "b", "t": "x" * 501, "z": 1})
    assert refused.value.fields.keys() == {"parameters.n", "parameters.c", "parameters.t", "parameters.z"}
    odd_values: list[Any] = [float("nan"), float("inf"), True, [], {}, "nan"]
    for odd in odd_values:
        with pytest.raises(Invalid):
            values_of(parameters, {"n": odd})
