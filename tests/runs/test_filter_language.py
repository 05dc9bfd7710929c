"""The filter language as text: what can be read, and what is said of what cannot."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from apps.runs.filters import MAX_DEPTH, MAX_LENGTH, MAX_LISTED, MAX_TESTS, parse, parse_name
from apps.runs.filters_syntax import All, Comparison, Field, FilterError, Name, Not, Tagged


def refused(text: str) -> FilterError:
    with pytest.raises(FilterError) as caught:
        parse(text)
    return caught.value


def test_a_filter_is_read_into_conditions():
    found = parse('0.001 < config.lr <= 0.1 and tag == "baseline" and not name.startswith("debug")')
    lr = Name("config", "lr")
    assert found.condition == All(
        (
            All((Comparison(lr, ">", 0.001), Comparison(lr, "<=", 0.1))),
            Tagged("==", "baseline"),
            Not(Comparison(Name("run", "name"), "starts", "debug")),
        )
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("config.optimizer.lr", Name("config", "optimizer.lr")),
        ('config["a.b c"]', Name("config", "a.b c")),
        ('config["optimizer"].lr', Name("config", "optimizer.lr")),
        ("summary.best", Name("summary", "best")),
        ("system.host", Name("system", "host")),
        ("metric.loss", Name("metric", "loss", "last")),
        ("metric.val.loss.min", Name("metric", "val.loss", "min")),
        ('metric["val/acc"].best', Name("metric", "val/acc", "best")),
        ('metric["max"].max', Name("metric", "max", "max")),
        ('metric["größe"]', Name("metric", "größe", "last")),
        ('class_["x"].iou', Name("class", "x", "iou")),
        ("created", Name("run", "created")),
        (" group ", Name("run", "group")),
        ("state", Field("state")),
    ],
)
def test_names_are_read(text: str, name: Name | Field):
    assert parse_name(text) == name
    if isinstance(name, Name):
        assert parse_name(name.text) == name


def test_a_blank_filter_lets_everything_pass():
    assert parse(" \n ").condition is None


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("config.a == -1", -1.0),
        ("config.a == +1e-3", 0.001),
        ("config.a == True", 1.0),
        ("config.a == 'x'", "x"),
        ("config.a == [64, [1.5, None, False]]", "[64, [1.5, null, false]]"),
        ("config.a == ()", "[]"),
        ("config.a in (1, 'x')", (1.0, "x")),
        (f"config.a == {'x' * 600!r}", "x" * 500),
        ('finished > "2026-01-31"', datetime(2026, 1, 31, tzinfo=UTC)),
        ('finished > "2026-01-31 12:00+02:00"', datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_literals_are_read(text: str, literal: object):
    condition = parse(text).condition
    assert isinstance(condition, Comparison)
    assert condition.operand == literal


def test_a_time_ago_is_counted_from_now():
    condition = parse("finished > ago(days=7, hours=1.5)").condition
    assert isinstance(condition, Comparison)
    assert isinstance(condition.operand, datetime)
    assert abs(timezone.now() - timedelta(days=7, hours=1.5) - condition.operand) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "column", "message", "near"),
    [
        ("confg.lr < 1", 1, "There is no confg here", ("config",)),
        ("config.lr < 1 and nmae == 'x'", 19, "There is no nmae here", ("name",)),
        ("größe == 1", 1, "There is no größe here", ()),
        ("config.ä == 1 and nmae == 'x'", 19, "There is no nmae here", ("name",)),
        ('metric["a"].mx > 1', 1, "A metric has .last", ("max",)),
        ("state == 'runing'", 10, "A state is one of", ("running",)),
        ("state < 'running'", 1, "A state has no order", ()),
        ("name > 3", 8, "name is a text; 3 is a number", ()),
        ('metric.loss.min < "x"', 19, "metric.loss.min is a number", ()),
        ("metric.loss.contains('x')", 1, "metric.loss is no text", ()),
        ("created > 5", 11, "created is a time", ()),
        ("created > 'yesterday'", 11, "This is no time", ()),
        ("created > ago(7)", 11, "Say how long", ()),
        ("created > ago(dayz=7)", 20, "ago counts", ("days",)),
        ("created > ago(days=1e300)", 20, "longer ago than the year 1", ()),
        ("created > now()", 11, "The one function is ago", ()),
        ("created in ('2026-01-01',)", 1, "created is a time", ()),
        ("config.lr", 1, "Compare it with something", ()),
        ("tag", 1, "Compare it with something", ()),
        ("tag < 'a'", 1, "A tag is compared with ==", ()),
        ("config == 1", 1, "Say which", ()),
        ("class_['a'] == 1", 1, "A class is asked for", ()),
        ("name.first == 'x'", 1, "name has no parts", ()),
        ("1 < 2", 1, "One side", ()),
        ("config.a == config.b + 1", 13, "There is no arithmetic", ()),
        ("config.a == name", 13, "compared with a plain value", ()),
        ("config.lr = 1", 11, "Compare with ==", ()),
        ("config.a == 1 && config.b == 2", 15, "Write and", ()),
        ("config.a == 1 || config.b == 2", 15, "Write or", ()),
        ("!(config.a == 1)", 1, "Write not", ()),
        ("config.lambda == 1", 8, "write it in brackets", ()),
        ("config.a == true", 13, "There is no true here", ("True",)),
        ("config.a == 'a\\d'", 15, "Write \\\\", ()),
        ("config.a == 1e999", 13, "larger than a float64", ()),
        (f"config.a == 1{'0' * 400}", 13, "larger than a float64", ()),
        ("config.a == 1j", 13, "is no number and no text", ()),
        ("config.a == f'{1}'", 13, "is no number and no text", ()),
        ("config.a is 1", 13, "Only None is asked for with is", ()),
        ("config.a < None", 12, "None has no order", ()),
        ("name == None", 9, "name cannot be None", ()),
        ("name.lower() == 'x'", 1, "", ()),
        ("name.startwith('x')", 1, "A text can be asked", ("startswith",)),
        ("config[1] == 1", 8, "In brackets there must be a name", ()),
        ("config.a in 'abc'", 13, "After in there must be a list", ()),
        ("(lambda: 1)() == 1", 1, "", ()),
        ("__import__('os').system('x')", 1, "", ()),
        ("config.a == '\x00'", 1, "NUL", ()),
        ("config.a == '\\x00'", 13, "NUL", ()),
        ("id == 'x'", 7, "13 characters", ()),
        ("config.a ==", 12, "Something is missing", ()),
        ("config.a == 1 2", 15, "This is no filter", ()),
        ("(config.a == 1", 1, "This is no filter", ()),
    ],
)
def test_what_cannot_be_read_is_said_with_its_column(text: str, column: int, message: str, near: tuple[str, ...]):
    error = refused(text)
    assert message in error.message
    assert (error.column, error.near) == (column, near)
    assert error.fields["filter.column"] == str(column)
    assert all(name in error.message for name in near)


def test_limits_are_named():
    assert f"{MAX_LENGTH:,} characters; this one has 10,001" in refused("x" * (MAX_LENGTH + 1)).message
    assert f"at most {MAX_TESTS} comparisons" in refused(" or ".join(["tag == 'a'"] * (MAX_TESTS + 1))).message
    assert f"at most {MAX_LISTED:,} values" in refused(f"config.a in ({'1,' * (MAX_LISTED + 1)})").message
    for deep in ("not " * 1_000 + "tag == 'a'", "not " * 60 + "tag == 'a'", "-" * 9_000 + "1 < config.a"):
        assert f"nested at most {MAX_DEPTH} deep" in refused(deep).message
    assert "parentheses" in refused("(" * 3_000 + "tag == 'a'" + ")" * 3_000).message
    assert refused("config.a == " + "[" * 150 + "]" * 150).column > 1
    assert parse(" or ".join(["tag == 'a'"] * MAX_TESTS)).condition


@given(st.text(max_size=60) | st.text(alphabet="ab.=<>()[]'\" \\\n\tnotandorconfig1,-{}:@*", max_size=60))
@example("\\")
@example("\r'\\\n'")
@example("a\x0cb")
@example("id")
def test_any_text_is_read_or_refused_with_a_column(text: str):
    error = None
    try:
        parse(text)
    except FilterError as refusal:
        error = refusal
    assert error is None or 1 <= error.column <= len(text) + 2
    assert error is None or error.message.endswith((".", "?"))
