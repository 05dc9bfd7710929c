"""Which runs a filter lets pass, compared with plain Python over random runs."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.runs import filters_sql
from apps.runs.filters import parse
from apps.runs.filters_syntax import FilterError, quoted
from apps.runs.models import MetricDirection, Project, Run, State
from apps.runs.queries import filtered, runs_of
from tests.factories import make_project, make_run
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def passing(project: Project, text: str) -> set[str]:
    """The names of the runs a filter lets pass; the same with and without naming the project."""
    found = {run.name for run in filtered(runs_of(project), parse(text), project)}
    assert found == {run.name for run in filtered(runs_of(project), parse(text))}
    return found


# --- plain Python ---

NUMBERS = (0.0, -1.5, 1.0, 2.0, 1e300)
TEXTS = ("", "a", "A", "ab", "Ab%_", "ba\\", "ä", "\ud7ff", "\U0010ffff", "\U0010ffffz")
KEYS = ("x", "y.z", "k k")
TAGS = ("a", "ab", "B")
Value = float | str | None
Naive = Callable[[dict[str, Any]], bool]


def same_kind(one: Value, other: Value) -> bool:
    return one is not None and other is not None and isinstance(one, str) == isinstance(other, str)


ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda one, other: same_kind(one, other) and one < other,
    "<=": lambda one, other: same_kind(one, other) and one <= other,
    ">": lambda one, other: same_kind(one, other) and one > other,
    ">=": lambda one, other: same_kind(one, other) and one >= other,
    "==": lambda one, other: same_kind(one, other) and one == other,
    "!=": lambda one, other: one is not None and other is not None and one != other,
}
SEARCHES: dict[str, Callable[[str, str], bool]] = {
    "startswith": str.startswith,
    "endswith": str.endswith,
    "contains": str.__contains__,
}


def literal(value: Value) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


values: st.SearchStrategy[Value] = st.sampled_from([*NUMBERS, *TEXTS])
names = st.sampled_from([f"config[{quoted(key)}]" for key in KEYS] + ["config.x", "config.nowhere", "name", "group"])


def value_of(run: dict[str, Any], name: str) -> Value:
    if name in ("name", "group"):
        found: Value = run[name]
        return found
    key = name[8:-2] if "[" in name else name[7:]
    config: dict[str, Value] = run["config"]
    return config.get(key)


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[str, Naive]:
    name, how = draw(names), draw(st.sampled_from(list(ORDER)))
    value: Value = draw(st.sampled_from(TEXTS) if name in ("name", "group") else values)
    if draw(st.booleans()):
        return f"{name} {how} {literal(value)}", lambda run: ORDER[how](value_of(run, name), value)
    return f"{literal(value)} {how} {name}", lambda run: ORDER[how](value, value_of(run, name))


@st.composite
def chains(draw: st.DrawFn) -> tuple[str, Naive]:
    name = f"config[{quoted(draw(st.sampled_from(KEYS)))}]"
    low, high = draw(values), draw(values)
    one, other = draw(st.sampled_from(["<", "<=", "=="])), draw(st.sampled_from(["<", "<=", "!="]))
    return (
        f"{literal(low)} {one} {name} {other} {literal(high)}",
        lambda run: ORDER[one](low, value_of(run, name)) and ORDER[other](value_of(run, name), high),
    )


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, Naive]:
    name = f"config[{quoted(draw(st.sampled_from(KEYS)))}]"
    some = draw(st.lists(values, max_size=3))
    text = "(" + "".join(f"{literal(one)}, " for one in some) + ")"
    if draw(st.booleans()):
        return f"{name} in {text}", lambda run: any(ORDER["=="](value_of(run, name), one) for one in some)
    return (
        f"{name} not in {text}",
        lambda run: value_of(run, name) is not None and not any(ORDER["=="](value_of(run, name), one) for one in some),
    )


@st.composite
def searches(draw: st.DrawFn) -> tuple[str, Naive]:
    name, how = draw(names), draw(st.sampled_from(list(SEARCHES)))
    text = draw(st.sampled_from(TEXTS))

    def holds(run: dict[str, Any]) -> bool:
        value = value_of(run, name)
        return isinstance(value, str) and SEARCHES[how](value, text)

    if how == "contains" and draw(st.booleans()):
        return f"{quoted(text)} in {name}", holds
    return f"{name}.{how}({quoted(text)})", holds


@st.composite
def pairs(draw: st.DrawFn) -> tuple[str, Naive]:
    one, other = (f"config[{quoted(draw(st.sampled_from(KEYS)))}]" for _ in range(2))
    how = draw(st.sampled_from(list(ORDER)))
    return f"{one} {how} {other}", lambda run: ORDER[how](value_of(run, one), value_of(run, other))


@st.composite
def presences(draw: st.DrawFn) -> tuple[str, Naive]:
    name = f"config[{quoted(draw(st.sampled_from([*KEYS, 'nowhere'])))}]"
    how, missing = draw(st.sampled_from([("is", True), ("==", True), ("is not", False), ("!=", False)]))
    return f"{name} {how} None", lambda run: (value_of(run, name) is None) == missing


@st.composite
def tags(draw: st.DrawFn) -> tuple[str, Naive]:
    tag = draw(st.sampled_from([*TAGS, "nowhere"]))
    kinds: list[tuple[str, Naive]] = [
        (f"tag == {quoted(tag)}", lambda run: tag in run["tags"]),
        (f"tag != {quoted(tag)}", lambda run: tag not in run["tags"]),
        (f"{quoted(tag)} in tags", lambda run: tag in run["tags"]),
        (f"{quoted(tag)} not in tags", lambda run: tag not in run["tags"]),
        (f"tag in ('a', {quoted(tag)})", lambda run: bool({"a", tag} & set(run["tags"]))),
        (f"tags.startswith({quoted(tag[:1])})", lambda run: any(one.startswith(tag[:1]) for one in run["tags"])),
    ]
    return draw(st.sampled_from(kinds))


@st.composite
def states(draw: st.DrawFn) -> tuple[str, Naive]:
    state = draw(st.sampled_from(State.values))
    kinds: list[tuple[str, Naive]] = [
        (f"state == {quoted(state)}", lambda run: run["state"] == state),
        (f"state != {quoted(state)}", lambda run: run["state"] != state),
        (f"state in ('finished', {quoted(state)})", lambda run: run["state"] in ("finished", state)),
    ]
    return draw(st.sampled_from(kinds))


def joined(parts: st.SearchStrategy[tuple[str, Naive]]) -> st.SearchStrategy[tuple[str, Naive]]:
    return st.one_of(
        st.tuples(parts, parts).map(
            lambda two: (f"({two[0][0]}) and ({two[1][0]})", lambda run: two[0][1](run) and two[1][1](run))
        ),
        st.tuples(parts, parts).map(
            lambda two: (f"({two[0][0]}) or ({two[1][0]})", lambda run: two[0][1](run) or two[1][1](run))
        ),
        parts.map(lambda one: (f"not ({one[0]})", lambda run: not one[1](run))),
    )


simple = st.one_of(comparisons(), chains(), lists(), searches(), pairs(), presences(), tags(), states())
conditions = st.recursive(simple, joined, max_leaves=5)


@pytest.fixture
def crowd() -> tuple[Project, dict[str, dict[str, Any]]]:
    """Forty runs with few values, so that most filters let some of them pass; and what plain Python knows of them."""
    project = make_project()
    facts: dict[str, dict[str, Any]] = {}
    some: list[Any] = [*NUMBERS, *TEXTS, None]
    for place in range(40):
        config = {key: some[(place * (3 + turn) + turn) % len(some)] for turn, key in enumerate(KEYS)}
        nested = {"x": config["x"], "y": {"z": config["y.z"]}, "k k": config["k k"]}
        state = State.values[place % 5]
        run = make_run(
            project,
            name=TEXTS[place % len(TEXTS)] or "-",
            group=TEXTS[place % 3],
            tags=[tag for turn, tag in enumerate(TAGS) if place >> turn & 1],
            config=nested if place % 7 else {},
            state=state,
            client_id=str(place),
            heartbeat_at=timezone.now() - timedelta(minutes=6 if place % 2 else 0),
        )
        silent = state == State.RUNNING and place % 2
        facts[run.slug] = {
            "name": run.name,
            "group": run.group,
            "tags": run.tags,
            "config": config if place % 7 else {},
            "state": State.CRASHED if silent else state,
        }
    return project, facts


@pytest.mark.parametrize("narrow", [0, 10, 5_000])
def test_a_filter_lets_those_runs_pass_that_plain_python_does(
    crowd: tuple[Project, dict[str, dict[str, Any]]], narrow: int, monkeypatch: pytest.MonkeyPatch
):
    project, facts = crowd
    monkeypatch.setattr(filters_sql, "NARROW", narrow)
    make_run(config={"x": 1.0, "y": {"z": "a"}}, tags=["a"])  # of another project

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(conditions)
    def check(condition: tuple[str, Naive]) -> None:
        text, holds = condition
        found = {run.slug for run in filtered(runs_of(project), parse(text), project)}
        assert found == {slug for slug, run in facts.items() if holds(run)}, text

    check()


# --- by hand ---


def test_a_missing_name_passes_no_comparison_and_its_not_does():
    project = make_project()
    make_run(project, name="with", config={"lr": 1})
    make_run(project, name="without")
    assert passing(project, "config.lr == 1") == {"with"}
    assert passing(project, "config.lr != 1") == set()
    assert passing(project, "config.lr not in (1, 2)") == set()
    assert passing(project, "not config.lr == 1") == {"without"}
    assert passing(project, "not config.lr < 2 or config.lr < 2") == {"with", "without"}
    assert passing(project, "config.lr is None") == {"without"}
    assert passing(project, "config.nowhere == 1") == set()
    assert passing(project, "not config.nowhere == 1") == {"with", "without"}


def test_metrics_are_compared_by_their_figures_and_direction():
    project = make_project()
    for name, points in (("good", [0.9, 0.1, 0.5]), ("bad", [0.7, 0.6, 0.6])):
        settled(make_run(project, name=name), val__loss=points, acc=points, odd=points)
    assert passing(project, 'metric["val/loss"].max > 0.8') == {"good"}
    assert passing(project, 'metric["val/loss"].min < 0.2') == {"good"}
    assert passing(project, 'metric["val/loss"] > 0.55') == {"bad"}
    assert passing(project, 'metric["val/loss"].best == 0.1') == {"good"}
    assert passing(project, "metric.acc.best == 0.7") == {"bad"}
    assert passing(project, "metric.acc.last < metric.acc.max") == {"good", "bad"}
    with pytest.raises(FilterError, match=r"Column 16 of the filter: Whether odd is better low or high is not known"):
        passing(project, "tag == 'a' or  metric.odd.best > 1")
    MetricDirection.objects.create(project=project, name="odd", direction="min")
    assert {run.name for run in filtered(runs_of(project), parse("metric.odd.best > 0.5"), project)} == {"bad"}


def test_classes_can_be_asked_for_and_nobody_has_any_yet():
    project = make_project()
    make_run(project, name="a")
    assert passing(project, 'class_["pedestrian"].iou >= 0.9') == set()
    assert passing(project, 'not class_["pedestrian"].iou >= 0.9') == {"a"}


def test_times_ids_and_notes_are_compared():
    project = make_project()
    old = make_run(project, name="old", finished_at=timezone.now() - timedelta(days=2), notes="Slow, but 100% good")
    Run.objects.filter(id=old.id).update(created_at=timezone.now() - timedelta(days=9))
    old.refresh_from_db()
    settled(old, loss=[1.0])
    new = make_run(project, name="new")
    assert passing(project, "created > ago(days=7)") == {"new"}
    assert passing(project, "created < ago(days=7)") == {"old"}
    assert passing(project, "started > ago(hours=1)") == {"old", "new"}
    assert passing(project, "finished < ago(days=1)") == {"old"}
    assert passing(project, "not finished < ago(days=1)") == {"new"}
    assert passing(project, "finished is None") == {"new"}
    assert passing(project, "finished != '2026-01-01'") == {"old"}
    assert passing(project, f"id == '{new.slug}'") == {"new"}
    assert passing(project, f"id not in ('{new.slug}',)") == {"old"}
    assert passing(project, "notes.contains('100%')") == {"old"}
    assert passing(project, "'slow' in notes") == set()
    assert passing(project, "notes.startswith('Slow')") == {"old"}
    assert passing(project, "notes == ''") == {"new"}


def test_a_long_filter_is_answered():
    project = make_project()
    make_run(project, name="a", config={"k1": 1.0})
    text = " or ".join(f"config.k{n} == {n} and not tag == 't{n}'" for n in range(50))
    assert passing(project, text) == {"a"}
    listed = ", ".join(str(n) for n in range(1_000))
    assert passing(project, f"config.k1 in ({listed})") == {"a"}


def test_a_filter_costs_as_many_queries_for_many_runs_as_for_few():
    project = make_project()
    counts = []
    for _ in range(2):
        for place in range(5):
            make_run(project, config={"a": place}, tags=["t"])
        with CaptureQueriesContext(connection) as queries:
            list(filtered(runs_of(project), parse("config.a < 3 and tag == 't' and config.b != 2"), project))
        counts.append(len(queries))
    assert counts[0] == counts[1]
