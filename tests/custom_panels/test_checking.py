"""What is wrong with a document is said at its line, in words that say what to do."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.custom_panels.sources import sources_of
from apps.rendering.documents import read_document
from tests.custom_panels.asking import check, problems, reader_of
from tests.custom_panels.documents import document
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def text():
    return document({"rows": {"kind": "runs", "filter": "config.lr > 0.1"}})


@pytest.fixture
def project():
    return make_project()


def line_of(text, part):
    return next(number for number, line in enumerate(text.split("\n"), start=1) if part in line)


def source(said):
    return document({"rows": said})


@pytest.mark.parametrize(
    ("said", "at", "message"),
    [
        ([], '"rows": []', 'A source is an object: {"kind": "runs"}.'),
        ({"kind": "tables"}, '"kind"', "A source's kind is one of history, runs, config, class_table, confusion."),
        ({"kind": "runs", "keys": ["a"]}, '"keys"', "A source of the kind runs has"),
        ({"kind": "history"}, '"rows": {', '"keys" is a list of 1..50 names.'),
        ({"kind": "history", "keys": []}, '"keys"', '"keys" is a list of 1..50 names.'),
        ({"kind": "history", "keys": ["a", 3]}, "3", "A name is a text of 1..250 characters."),
        ({"kind": "history", "keys": "a", "points": 2_001}, '"points"', '"points" is a whole number of 2..2,000; 2001'),
        ({"kind": "history", "keys": "a", "points": True}, '"points"', '"points" is a whole number'),
        ({"kind": "runs", "filter": 3}, '"filter"', 'A filter is a text: "config.lr > 0.1".'),
        ({"kind": "runs", "filter": "config.lr = 3"}, '"filter"', "Compare with ==, not with =."),
        ({"kind": "runs", "fields": "config.lr"}, '"fields"', "Fields are a list of names"),
        ({"kind": "runs", "fields": ["name"]}, '"name"', '"name" is a column of every row already'),
        ({"kind": "class_table"}, '"rows": {', 'A table has a key: "key": "val".'),
        ({"kind": "class_table", "key": "val", "step": "first"}, '"step"', 'A step is a whole number, "last" or "all"'),
        ({"kind": "runs", "bin": {"column": "seconds"}}, '"bin"', 'A bin is {"column": "value", "into": 50}'),
        (
            {"kind": "runs", "bin": {"column": "x", "into": 5}},
            '"column"',
            'There is no column "x"; there are run, name',
        ),
        ({"kind": "runs", "bin": {"column": "seconds", "into": 1_001}}, '"into"', "Rows are put into 1..1,000 bins"),
        ({"kind": "runs", "aggregate": {"by": "run"}}, '"aggregate"', "Aggregate as {"),
        ({"kind": "runs", "aggregate": {"by": ["x"], "take": {"n": "count"}}}, '"x"', 'There is no column "x"'),
        ({"kind": "runs", "aggregate": {"take": {"n": "average:seconds"}}}, '"n"', "A figure is one of count, sum"),
        ({"kind": "runs", "aggregate": {"take": {"n": "mean"}}}, '"n"', 'There is no column "value"'),
        ({"kind": "runs", "aggregate": {"take": {"n": "quantile:2:seconds"}}}, '"n"', "A quantile has a share of 0..1"),
        (
            {"kind": "runs", "aggregate": {"by": ["run"], "take": {"run": "count"}}},
            '"run": "count"',
            '"run" is a column',
        ),
    ],
)
def test_a_source_that_cannot_be_read(project, said, at, message):
    text = source(said)
    ((line, found),) = problems(project, text)
    assert found.startswith(message)
    assert line == line_of(text, at)


def test_a_filter_is_wrong_at_its_very_column(project):
    text = source({"kind": "runs", "filter": "config.lr > 0.1 and nmae == 3"})
    (found,) = check(project, text)["problems"]
    line = text.split("\n")[found["line"] - 1]
    assert line[found["column"] - 1 :].startswith("nmae")
    assert "Did you mean name" in found["message"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ([], "Parameters are an object"),
        ({"a b": {"default": "x"}}, "A parameter's name has letters"),
        ({"a": "x"}, "A parameter is an object"),
        ({"a": {}}, "A parameter needs a default"),
        ({"a": {"default": "x", "type": "text"}}, 'A parameter has label, default, kind, choices; "type" is none'),
        ({"a": {"default": "x", "kind": "code"}}, "A parameter's kind is one of text, number, metric, field, choice."),
        ({"a": {"default": "3", "kind": "number"}}, "The default of a number is a number"),
        ({"a": {"default": 3}}, "The default of a text is a text."),
        ({"a": {"default": "x", "kind": "choice"}}, 'A parameter of the kind "choice", and no other, has choices.'),
        ({"a": {"default": "x", "kind": "choice", "choices": ["y"]}}, "The default is one of the choices."),
        ({"a": {"default": "x" * 501}}, "The default has 501 characters; at most 500 are allowed."),
        ({f"a{number}": {"default": "x"} for number in range(21)}, "A panel has at most 20 parameters; 21 came."),
    ],
)
def test_a_parameter_that_cannot_be_read(project, said, message):
    found = problems(project, document(parameters=said))
    assert [one for _, one in found if one.startswith(message)], found


def test_a_name_that_is_no_parameter_is_said_where_it_stands(project):
    text = document(parameters={"a": {"default": "x"}}, title="${a} and ${b}")
    assert problems(project, text) == [
        (line_of(text, "${b}"), 'There is no parameter "b"; declare it in usermeta.paceline.parameters.')
    ]


def test_a_good_document_says_what_it_declares(project):
    sources = {
        "rows": {
            "kind": "history",
            "keys": ["${metric}"],
            "fields": {"lr": "config.lr"},
            "bin": {"column": "step", "into": 10},
            "aggregate": {"by": ["lr", "step_bin"], "take": {"mean": "mean"}},
        }
    }
    parameters = {"metric": {"kind": "metric", "default": "loss"}, "width": {"kind": "number", "default": 300}}
    found = check(project, document(sources, parameters, width="${width}"))
    assert found["problems"] == []
    assert found["sources"] == [
        {"name": "rows", "kind": "history", "filter": "", "columns": ["lr", "step_bin", "step_bin_end", "mean"]}
    ]
    assert found["parameters"][0] == {
        "name": "metric",
        "label": "metric",
        "kind": "metric",
        "default": "loss",
        "choices": [],
    }
    assert found["spec"]["width"] == 300


def test_all_problems_come_at_once_in_the_order_of_the_text(project):
    text = document({"rows": {"kind": "runs", "points": 3, "filter": "x =", "fields": 3}}, mark="bars")
    found = problems(project, text)
    assert len(found) >= 3
    assert found == sorted(found, key=lambda one: one[0])


def test_a_source_that_is_wrong_is_not_missing_too(project):
    assert len(problems(project, source({"kind": "what"}))) == 1
    other = document({"other": {"kind": "runs"}})
    ((_, message),) = problems(project, other)
    assert "rows" in message


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": NaN}', '{"a": 1, "a": 2}', "\0", '{"mark": "\ud800"}'])
def test_what_is_no_document_has_a_problem(project, text):
    body = json.dumps({"document": text}).encode()
    answer = reader_of(project).send("POST", f"/api/v1/projects/{project}/panel-check/", body)
    if answer.status_code == 200:
        assert answer.json()["problems"]
    else:
        assert answer.status_code == 400


words = st.sampled_from(
    (
        *("kind", "history", "runs", "keys", "filter", "fields", "bin", "aggregate", "by", "take", "column", "into"),
        *("value", "config.lr > 1", "${a}", "mean:value", "quantile:nan:value", "default", "choice", "choices"),
        *("points", "", "‮"),
    )
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)
source_like = st.fixed_dictionaries(
    {"kind": st.sampled_from(["history", "runs", "config", "class_table", "confusion"])},
    optional=dict.fromkeys(
        ("keys", "key", "points", "step", "filter", "fields", "columns", "bin", "aggregate"), anything
    ),
)


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(words, anything | source_like, max_size=3) | st.lists(anything, max_size=2), anything)
def test_whatever_is_declared_is_read_or_has_a_problem(sources, parameters):
    found = sources_of(read_document(document(sources, parameters)))
    assert found.problems or set(found.sources) == set(sources)
