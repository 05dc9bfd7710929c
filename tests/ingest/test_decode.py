"""From JSON to groups of points: hand-checked. No database."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.bodies import parse_json
from apps.ingest.decode import decode
from apps.ingest.errors import BadBatch, TooManyPoints


def points_of(body):
    """Every point of a decoded body: sorted (key, step, time, value); NaN as "nan"."""
    decoded = decode(parse_json(body if isinstance(body, bytes) else json.dumps(body).encode()))
    found = []
    for group in decoded.stamped(arrival=77).groups:
        assert group.step.dtype == group.time.dtype == np.int64
        assert group.values.shape == (len(group.keys), len(group.step))
        for name, row in zip(group.keys, group.values.tolist(), strict=True):
            for step, time, value in zip(group.step.tolist(), group.time.tolist(), row, strict=True):
                found.append((name, step, time, "nan" if value != value else value))
    return sorted(found, key=order)


def refusals_of(body, **more):
    """The bad fields of a body that is refused."""
    body = body if isinstance(body, bytes) else json.dumps({"writer": "w", "seq": 0, **body}).encode()
    with pytest.raises(BadBatch) as refused:
        decode(parse_json(body))
    return refused.value.fields


def rows(*several):
    return {"writer": "w", "seq": 0, "rows": [{"step": s, "time": t, "values": v} for s, t, v in several]}


def test_rows_keep_what_was_logged_together_together():
    body = rows((1, 10, {"a": 1, "b": 2.5}), (2, 20, {"a": 3}), (3, 30, {"b": 4, "a": 5}), (4, 40, {}))
    assert points_of(body) == [
        ("a", 1, 10, 1.0),
        ("a", 2, 20, 3.0),
        ("a", 3, 30, 5.0),
        ("b", 1, 10, 2.5),
        ("b", 3, 30, 4.0),
    ]
    decoded = decode(body)
    assert sorted(tuple(sorted(group.keys)) for group in decoded.batch.groups) == [("a",), ("a", "b")]


def test_shared_columns_leave_out_null():
    body = {
        "writer": "w",
        "seq": 0,
        "step": [1, 2, 3, 4],
        "time": [10, 20, 30, 40],
        "values": {"a": [1, None, 3, None], "b": [5, 6, None, None], "c": [None] * 4},
    }
    expected = [("a", 1, 10, 1.0), ("a", 3, 30, 3.0), ("b", 1, 10, 5.0), ("b", 2, 20, 6.0)]
    assert points_of(body) == expected
    assert len(decode(body).batch.groups) == 3


def test_null_in_a_row_or_a_series_was_not_logged_either():
    assert points_of(rows((1, 10, {"a": None, "b": 2}), (2, 20, {"a": 1, "b": None}))) == [
        ("a", 2, 20, 1.0),
        ("b", 1, 10, 2.0),
    ]
    series = {"a": {"step": [1, 2], "time": [1, 2], "value": [None, 3]}, "b": {"step": [1], "value": [None]}}
    assert points_of({"writer": "w", "seq": 0, "series": series}) == [("a", 2, 2, 3.0)]


def test_series_have_steps_of_their_own():
    series = {"a": {"step": [1, 2], "value": [3, 4]}, "b": {"step": [9], "time": [-5.7], "value": ["-Infinity"]}}
    assert points_of({"writer": "w", "seq": 0, "series": series}) == [
        ("a", 1, 77, 3.0),
        ("a", 2, 77, 4.0),
        ("b", 9, -5, -np.inf),
    ]


def test_an_empty_batch_has_no_points():
    empty: list[dict[str, Any]] = [
        {"rows": []},
        {"rows": [{"step": 1, "values": {}}]},
        {"step": [], "values": {}},
        {"step": [], "values": {"a": []}},
        {"step": [1], "values": {}},
        {"step": [1], "values": {"a": [None]}},
        {"series": {}},
    ]
    for body in empty:
        assert points_of({"writer": "w", "seq": 0, **body}) == []


@pytest.mark.parametrize(
    ("sent", "step"),
    [
        ("0", 0),
        ("-1", -1),
        ("3.0", 3),
        ("-0.0", 0),
        ("9007199254740993", 2**53 + 1),
        ('"9007199254740993"', 2**53 + 1),
        ("9223372036854775807", 2**63 - 1),
        ('"9223372036854775807"', 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ('"-9223372036854775808"', -(2**63)),
        ("9007199254740992.0", 2**53),
    ],
)
def test_steps_are_exact(sent, step):
    body = b'{"writer": "w", "seq": 0, "step": [%s, 7], "time": [1, 2], "values": {"a": [1, 2]}}' % sent.encode()
    assert points_of(body) == sorted([("a", step, 1, 1.0), ("a", 7, 2, 2.0)])
    row = b'{"writer": "w", "seq": 0, "rows": [{"step": %s, "time": 1, "values": {"a": 1}}]}' % sent.encode()
    assert points_of(row) == [("a", step, 1, 1.0)]


@pytest.mark.parametrize(
    "sent",
    [
        "9223372036854775808",
        "-9223372036854775809",
        "18446744073709551616",
        '"9223372036854775808"',
        "1e19",
        "1e300",
        "1e999",
        "3.5",
        "NaN",
        "Infinity",
        "null",
        "true",
        '"x"',
        '""',
        '"1.0"',
        "[1]",
        "9007199254740994.0",
    ],
)
def test_a_step_that_is_no_64_bit_integer_is_named(sent):
    body = b'{"writer": "w", "seq": 0, "step": [1, %s], "values": {"a": [1, 2]}}' % sent.encode()
    assert set(refusals_of(body)) == {"step[1]"}
    row = (
        b'{"writer": "w", "seq": 0, "rows": [{"step": 1, "values": {"a": 1}}, {"step": %s, "values": {"a": 1}}]}'
        % sent.encode()
    )
    assert set(refusals_of(row)) == {"rows[1].step"}
    one = b'{"writer": "w", "seq": 0, "series": {"a.b": {"step": [1, %s], "value": [1, 1]}}}' % sent.encode()
    assert set(refusals_of(one)) == {"series.a.b.step[1]"}


@pytest.mark.parametrize(
    ("sent", "time"),
    [("1.9", 1), ("-1.9", -1), ("-62135596800000", -62135596800000), ("null", 77), ("9007199254740993", 2**53 + 1)],
)
def test_times_lose_their_fraction_and_may_lie_before_1970(sent, time):
    body = b'{"writer": "w", "seq": 0, "step": [1, 2], "time": [%s, 5], "values": {"a": [1, 2]}}' % sent.encode()
    assert points_of(body) == [("a", 1, time, 1.0), ("a", 2, 5, 2.0)]


@pytest.mark.parametrize("sent", ["1e19", "NaN", '"1"', "true", "9223372036854775808", "1e999"])
def test_a_time_that_is_none_is_named(sent):
    body = b'{"writer": "w", "seq": 0, "step": [1, 2], "time": [5, %s], "values": {"a": [1, 2]}}' % sent.encode()
    assert set(refusals_of(body)) == {"time[1]"}


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("1e308", 1e308),
        ("-1e308", -1e308),
        ("5e-324", 5e-324),
        ("12345678901234567890123", 12345678901234567890123.0),
        ("18446744073709551615", 2.0**64),
        ("true", 1.0),
        ("false", 0.0),
        ("NaN", "nan"),
        ('"NaN"', "nan"),
        ('"nan"', "nan"),
        ("Infinity", np.inf),
        ("-Infinity", -np.inf),
        ('"Infinity"', np.inf),
        ('"inf"', np.inf),
        ('"-inf"', -np.inf),
    ],
)
def test_values_are_float64_and_may_be_non_finite(sent, value):
    head = b'{"writer": "w", "seq": 0, '
    column = b'"step": [1, 2, 3], "time": [1, 2, 3], "values": {"a": [%s, 0.5, null]}}' % sent.encode()
    assert points_of(head + column) == [("a", 1, 1, value), ("a", 2, 2, 0.5)]
    row = b'"rows": [{"step": 1, "time": 1, "values": {"a": %s, "b": 0.5}}]}' % sent.encode()
    assert points_of(head + row) == [("a", 1, 1, value), ("b", 1, 1, 0.5)]


@pytest.mark.parametrize("sent", ["1e309", "-1e999", '"high"', '"1.5"', "[1]", '{"x": 1}', "1" + "0" * 400])
def test_a_value_that_is_no_number_is_named_among_good_ones(sent):
    head = b'{"writer": "w", "seq": 0, '
    column = b'"step": [1, 2, 3], "values": {"ok": [1, 2, 3], "lo{ss}": [1, %s, 3]}}' % sent.encode()
    assert set(refusals_of(head + column)) == {"values.lo{ss}[1]"}
    row = b'"rows": [{"step": 1, "values": {"a": 1}}, {"step": 2, "values": {"a": 1, "b": %s}}]}' % sent.encode()
    assert set(refusals_of(head + row)) == {"rows[1].values.b"}
    one = b'"series": {"loss": {"step": [1, 2], "value": [1, %s]}}}' % sent.encode()
    assert set(refusals_of(head + one)) == {"series.loss.value[1]"}


def test_every_bad_field_is_listed_up_to_a_count():
    fields = refusals_of({"step": ["x", 2], "time": [1, "y"], "values": {"a": [1, "z"], "": [1, 2]}, "attempt": 0})
    assert set(fields) == {"step[0]", "time[1]", "values.a[1]", "values.", "attempt"}
    with pytest.raises(BadBatch) as refused:
        decode({"writer": "w", "seq": 0, "step": list(range(100)), "values": {"a": ["x"] * 100}})
    assert len(refused.value.fields) == 20
    assert "100 values" in refused.value.message


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"rows": {}}, {"rows"}),
        ({"rows": [1, {"step": 1}, {"values": {}}, {"step": 1, "values": []}]},
         {"rows[0]", "rows[1].values", "rows[2].step", "rows[3].values"}),
        ({"values": {}}, {"step"}),
        ({"step": 1, "values": {}}, {"step"}),
        ({"step": [1], "values": []}, {"values"}),
        ({"step": [1, 2], "values": {"a": [1], "b": 3}, "time": [1]}, {"values.a", "values.b", "time"}),
        ({"step": [1], "values": {"a": [1]}, "time": 5}, {"time"}),
        ({"series": []}, {"series"}),
        ({"series": {"a": 1, "b": {}, "c": {"step": [1, 2], "value": [1], "time": 1}}},
         {"series.a", "series.b.step", "series.b.value", "series.c.step", "series.c.time"}),
        ({}, {"body"}),
        ({"rows": [], "series": {}}, {"body"}),
        ({"writer": "", "rows": []}, {"writer"}),
        ({"writer": "x" * 65, "rows": []}, {"writer"}),
        ({"writer": 5, "rows": []}, {"writer"}),
        ({"writer": "a\0b", "rows": []}, {"writer"}),
        ({"seq": -1, "rows": []}, {"seq"}),
        ({"seq": 2**63, "rows": []}, {"seq"}),
        ({"seq": True, "rows": []}, {"seq"}),
        ({"seq": 1.0, "rows": []}, {"seq"}),
        ({"attempt": 2**31, "rows": []}, {"attempt"}),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_explained(body, paths):
    assert set(refusals_of(body)) == paths


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"x"'])
def test_a_body_that_is_no_object_is_refused(body):
    assert set(refusals_of(body)) == {"body"}


def test_keys_come_from_every_plane_of_unicode():
    names = [
        "loss",
        "Verlust/Größe",
        "損失",
        "𝛼.β",
        "🙂 a",
        "\U0002a6d6",
        "\U000e0001",
        "\U0010ffff",
        "x" * 250,
        " ",
        "{}",
    ]
    body = {"writer": "w", "seq": 0, "step": [1], "time": [1], "values": {name: [1] for name in names}}
    assert {point[0] for point in points_of(body)} == set(names)
    assert {point[0] for point in points_of(rows((1, 1, dict.fromkeys(names, 1))))} == set(names)


@pytest.mark.parametrize("name", ["", "x" * 251, "\\ud800", "a\\udfffb", "a\\u0000b"])
def test_a_key_that_cannot_be_stored_is_refused_in_each_form(name):
    head = b'{"writer": "w", "seq": 0, '
    for form in (
        b'"step": [1], "values": {"ok": [1], "%s": [1]}}',
        b'"rows": [{"step": 1, "values": {"ok": 1, "%s": 1}}]}',
        b'"series": {"ok": {"step": [1], "value": [1]}, "%s": {"step": [1], "value": [1]}}}',
    ):
        fields = refusals_of(head + form % name.encode())
        assert len(fields) == 1
        json.dumps(fields).encode()
        "".join(fields).encode()  # no lone surrogate gets into an answer


def test_a_batch_has_at_most_a_million_points():
    full: dict[str, Any] = {
        "writer": "w",
        "seq": 0,
        "step": list(range(100_000)),
        "values": {f"k{i}": [0.5] * 100_000 for i in range(10)},
    }
    assert decode(full).batch.points == 1_000_000
    full["values"]["more"] = [None] * 99_999 + [1]
    with pytest.raises(TooManyPoints, match="1,000,001 points"):
        decode(full)
    with pytest.raises(TooManyPoints):
        decode({"writer": "w", "seq": 0, "rows": [{"step": 1, "values": {str(i): 1 for i in range(101)}}] * 10_000})
    with pytest.raises(TooManyPoints):
        decode(
            {"writer": "w", "seq": 0, "series": {str(i): {"step": [1] * 5001, "value": [1] * 5001} for i in range(200)}}
        )


def test_many_patterns_of_missing_values_cost_one_group_each():
    generator = np.random.default_rng(0)
    columns = {f"k{i}": [None if hole else 1.0 for hole in generator.random(1000) < 0.5] for i in range(12)}
    body = {"writer": "w", "seq": 0, "step": list(range(1000)), "time": [0] * 1000, "values": columns}
    expected = sorted(
        (name, step, 0, 1.0)
        for name, column in columns.items()
        for step, value in enumerate(column)
        if value is not None
    )
    assert points_of(body) == expected


CELLS = st.one_of(
    st.none(), st.integers(-(10**6), 10**6), st.floats(), st.sampled_from(["NaN", "Infinity", "-inf"]), st.booleans()
)


@st.composite
def tables(draw):
    """Steps, times and a table of values with holes: ([step], [time], {key: [value or None]})."""
    size = draw(st.integers(0, 30))
    names = draw(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1), unique=True, max_size=5)
    )
    steps = draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=size, max_size=size))
    times = draw(st.lists(st.integers(-(10**15), 10**15), min_size=size, max_size=size))
    columns = {name: draw(st.lists(CELLS, min_size=size, max_size=size)) for name in names}
    return steps, times, columns


@given(tables())
def test_the_three_forms_say_the_same(table):
    steps, times, columns = table
    said = {"NaN": "nan", "Infinity": np.inf, "-inf": -np.inf}
    expected = []
    for name, column in columns.items():
        for step, time, value in zip(steps, times, column, strict=True):
            if value is not None:
                number = said[value] if isinstance(value, str) else float(value)
                expected.append((name, step, time, "nan" if number != number else number))
    head = {"writer": "w", "seq": 0}
    by_row = [
        {"step": step, "time": time, "values": {name: column[place] for name, column in columns.items()}}
        for place, (step, time) in enumerate(zip(steps, times, strict=True))
    ]
    by_key = {name: {"step": steps, "time": times, "value": column} for name, column in columns.items()}
    for body in ({"rows": by_row}, {"step": steps, "time": times, "values": columns}, {"series": by_key}):
        assert points_of({**head, **body}) == sorted(expected, key=order)


def order(point):
    """ "nan" after every number."""
    name, step, time, value = point
    return name, step, time, value == "nan", 0.0 if value == "nan" else value
