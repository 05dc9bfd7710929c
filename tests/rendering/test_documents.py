"""Documents read with the place of every value: the same values as json.loads, and errors where they are."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.rendering.documents import read_document
from apps.rendering.errors import BadDocument
from apps.rendering.limits import MAX_BYTES, MAX_DEPTH
from apps.rendering.problems import path_text

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(TEXTS, VALUES, max_size=5), st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_a_document_is_what_json_reads_and_each_value_is_where_its_place_says(spec, indent, ascii):
    text = json.dumps(spec, indent=indent, ensure_ascii=ascii)
    document = read_document(text)
    assert document.spec == json.loads(text)
    starts = text.split("\n")
    for path, (line, column) in document.lines.items():
        value = spec
        for part in path:
            value = value[part]
        rest = "\n".join([starts[line - 1][column - 1 :], *starts[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == value
    assert len(document.lines) == 1 + sum(1 for path in document.lines if path)


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_broken_text_is_refused_by_both_or_read_by_both(data):
    """But for what is refused on purpose: names given twice, NaN and infinities, numbers beyond float64."""
    text = json.dumps(data.draw(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=3)))
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from(["", ",", "}", "]", "{", '"', "\\", "0", "-", "e", " ", "\n", "x"]))
    broken = text[:at] + letter + text[at + 1 :]
    try:
        expected = json.loads(broken)
    except ValueError:
        with pytest.raises(BadDocument):
            read_document(broken)
        return
    try:
        assert read_document(broken).spec == expected
    except BadDocument as error:
        message = error.problems[0].message
        assert any(why in message for why in ("twice", "larger", "no NaN", "one object", "surrogate", "Infinity"))


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ('{\n  "mark": "line",\n}', 2, 17, "This comma is the last thing before the }"),
        ('{"a": [1, 2,]}', 1, 12, "This comma is the last thing before the ]"),
        ("{mark: 1}", 1, 2, 'in double quotes: "mark"'),
        ("{'mark': 1}", 1, 2, "in double quotes"),
        ('{"a" 1}', 1, 6, 'A colon is expected after the name "a"'),
        ('{"a": 1\n "b": 2}', 2, 2, "a comma or } is expected"),
        ('{"a": [1 2]}', 1, 10, "a comma or ] is expected"),
        ('{\n "a": [1}', 2, 9, "] is expected for the [ of line 2"),
        ('{"a": 1', 1, 8, "the { of line 1 is still open"),
        ('{"a": 1}}', 1, 9, "a comma or bracket too much?"),
        ('{"a": True}', 1, 7, "JSON writes true, not True"),
        ('{"a": NaN}', 1, 7, "JSON has no NaN"),
        ('{"a": -Infinity}', 1, 7, "JSON has no -Infinity"),
        ('{"a": 01}', 1, 7, "01 is no number"),
        ('{"a": .5}', 1, 7, ".5 is no number"),
        ('{"a": 1e999}', 1, 7, "larger than a number can be"),
        ('{"a": line}', 1, 7, 'a text stands in quotes, "line"'),
        ('{"a": "x\ny"}', 1, 9, "write \\n or \\t"),
        ('{"a": "\\q"}', 1, 8, "after a backslash"),
        ('{"a": "\\ud800"}', 1, 7, "half of a surrogate pair"),
        ('{"a": 1, "a": 2}', 1, 10, "given twice"),
        ('{"a": 1 // what it is\n}', 1, 9, "no comments"),
        ("", 1, 1, "empty"),
        ("[1]", 1, 1, "one object"),
        ("\ufeff{}", 1, 1, "byte order mark"),
    ],
)
def test_an_error_is_said_where_it_is_with_what_was_expected(text, line, column, said):
    with pytest.raises(BadDocument) as refused:
        read_document(text)
    problem = refused.value.problems[0]
    assert (problem.line, problem.column) == (line, column)
    assert said in problem.message[:1].lower() + problem.message[1:] or said in problem.message


def test_a_document_nested_too_deep_is_refused_where_it_is_and_before_anything_recurses():
    read_document('{"a": ' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}")
    for depth in (MAX_DEPTH, 100_000):
        with pytest.raises(BadDocument, match=f"deeper than {MAX_DEPTH} levels"):
            read_document('{"a": ' + "[" * depth + "]" * depth + "}")


def test_a_document_that_is_too_long_is_refused_with_both_figures():
    with pytest.raises(BadDocument, match=f"at most {MAX_BYTES:,} bytes; {MAX_BYTES + 1:,} came"):
        read_document('{"a": "' + "x" * (MAX_BYTES - 8) + '"}')


def test_a_number_keeps_its_kind():
    read = read_document('{"a": 1, "b": 1.0, "c": 9007199254740993, "d": -0.0}').spec
    assert [type(one) for one in read.values()] == [int, float, int, float]
    assert read["c"] == 9007199254740993
    assert math.copysign(1, read["d"]) == -1


def test_a_path_is_written_as_people_write_it():
    assert path_text(("layer", 0, "encoding", "x")) == "layer[0].encoding.x"
    assert path_text(()) == ""
    assert path_text(("a.b", 3)) == '["a.b"][3]'
