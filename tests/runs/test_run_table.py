"""Sorted keyset pages of the runs that pass a filter."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.errors import Invalid
from apps.runs import filters_sql
from apps.runs.filters import parse
from apps.runs.filters_syntax import FilterError
from apps.runs.models import Project, Run, State
from apps.runs.run_table import Chosen, parse_sort, parse_sorts, table_page
from tests.factories import make_project, make_run
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["wide", "narrow"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways to make a page: every filter here is narrow, or none is."""
    monkeypatch.setattr(filters_sql, "NARROW", -1 if request.param == "wide" else 5_000)
    return str(request.param)


def pages(project: Project, sort: str, text: str = "", limit: int = 3, **more: Any) -> list[list[str]]:
    """The names of the runs on every page, in order. sort: names with blanks between them."""
    found: list[list[str]] = []
    cursor = ""
    while True:
        page = table_page(project, Chosen(parse(text), **more), parse_sorts(sort.split()), limit=limit, cursor=cursor)
        found.append([run.name for run in page.runs])
        seen = sum(len(one) for one in found)
        assert page.total >= seen
        assert not page.exact or page.total >= seen
        if page.next is None:
            assert page.exact
            assert page.total == seen
            return found
        cursor = page.next


def flat(found: list[list[str]]) -> list[str]:
    return [name for page in found for name in page]


def test_runs_come_by_value_numbers_first_missing_last(way: str):
    project = make_project()
    mixed: list[Any] = [3, "b", None, 1.5, True, "a", "Z", None, 3, 2]
    runs = [make_run(project, name=f"{place}", config={"x": value}, tags=["t"]) for place, value in enumerate(mixed)]
    make_run(project, name="none", config={"x": 1})
    hidden = make_run(project, name="hidden", config={"x": 1}, tags=["t"], archived_at=timezone.now())
    make_run(project, name="gone", config={"x": 1}, tags=["t"], deleted_at=timezone.now())
    make_run(name="elsewhere", config={"x": 1}, tags=["t"])
    threes = sorted((runs[0], runs[8]), key=lambda run: run.id)
    up = ["4", "3", "9", *(run.name for run in threes), "6", "5", "1", "7", "2"]
    down = [*(run.name for run in reversed(threes)), "9", "3", "4", "1", "5", "6", "7", "2"]
    for limit in (1, 3, 4, 20):
        assert flat(pages(project, "config.x", "tag == 't'", limit)) == up
        assert flat(pages(project, "-config.x", "tag == 't'", limit)) == down
    Run.objects.filter(id=hidden.id).update(archived_at=None)
    assert "hidden" in flat(pages(project, "config.x", "tag == 't'"))


@pytest.mark.parametrize(
    "sort", ["name", "-name", "created", "-created", "started", "metric.loss.max", "-metric.loss.best"]
)
def test_pages_hold_each_run_once_in_one_order(way: str, sort: str):
    project = make_project()
    made = []
    for place in range(10):
        run = make_run(project, name=f"run {place * 7 % 10}", config={"a": place % 2})
        made.append(settled(run, loss=[float(place * 3 % 5), 9.0 - place % 4]))
    key: Any = {
        "name": lambda run: run.name,
        "created": lambda run: run.created_at,
        "started": lambda run: run.started_at,
        "metric.loss.max": lambda run: (max(made.index(run) * 3 % 5, 9.0 - made.index(run) % 4), run.id),
        "metric.loss.best": lambda run: (min(made.index(run) * 3 % 5, 9.0 - made.index(run) % 4), run.id),
    }[sort.lstrip("-")]
    wanted = sorted((run for run in made if run.config["a"] == 1), key=key, reverse=sort.startswith("-"))
    assert flat(pages(project, sort, "config.a == 1")) == [run.name for run in wanted]
    if way == "wide":
        everything = sorted(made, key=key, reverse=sort.startswith("-"))
        assert flat(pages(project, sort)) == [run.name for run in everything]


@pytest.mark.parametrize(
    "sort",
    [
        "config.a config.b",
        "-config.a config.b",
        "config.a -config.b name",
        "-config.c config.a -config.b",
        "config.c created",
        "config.b -config.c -name",
        "config.none -config.a",
    ],
)
def test_runs_that_are_equal_by_one_name_come_by_the_next(way: str, sort: str, monkeypatch: pytest.MonkeyPatch):
    project = make_project()
    made = []
    for place in range(24):
        values = {"a": place % 3, "b": "xyz"[place * 7 % 3], "c": [1.5, "text", None, 2][place * 5 % 4]}
        made.append(make_run(project, name=f"{place * 7 % 24:02d}", config=values, tags=["t"]))
    wanted = in_plain_order(made, sort.split())
    for limit in (1, 2, 5, 24, 30):
        assert flat(pages(project, sort, "tag == 't'", limit)) == wanted
    monkeypatch.setattr(filters_sql, "NARROW", 7)  # equal runs are few, all are many
    assert flat(pages(project, sort, limit=5)) == wanted


def in_plain_order(runs: list[Run], sorts: list[str]) -> list[str]:
    """The names of runs as the documentation says they are sorted, the plain way."""
    found = sorted(runs, key=lambda run: run.id, reverse=sorts[-1].startswith("-"))
    for text in reversed(sorts):
        name = text.lstrip("-")

        def value(run: Run, name: str = name) -> Any:
            return run.config.get(name.removeprefix("config.")) if "." in name else getattr(run, _FIELDS[name])

        numbers = [run for run in found if isinstance(value(run), (int, float))]
        texts = [run for run in found if value(run) is not None and run not in numbers]
        missing = [run for run in found if value(run) is None]
        if text == sorts[-1]:
            missing.sort(key=lambda run: (run.created_at, run.id), reverse=True)
        down = text.startswith("-")
        found = [*sorted(numbers, key=value, reverse=down), *sorted(texts, key=value, reverse=down), *missing]
    return [run.name for run in found]


_FIELDS = {"name": "name", "created": "created_at"}


def test_archived_runs_are_a_list_of_their_own(way: str):
    project = make_project()
    for place in range(5):
        make_run(project, name=f"{place}", config={"x": -place}, archived_at=timezone.now() if place % 2 else None)
    make_run(project, name="gone", config={"x": 1}, archived_at=timezone.now(), deleted_at=timezone.now())
    assert flat(pages(project, "config.x", archived=True, limit=1)) == ["3", "1"]
    assert flat(pages(project, "config.x", "config.x > -2", archived=True)) == ["1"]
    assert flat(pages(project, "config.x")) == ["4", "2", "0"]


def test_runs_that_arrive_meanwhile_move_nothing(way: str):
    project = make_project()
    for place in range(6):
        make_run(project, name=f"{place}", config={"x": place})
    asked: dict[str, Any] = {"limit": 2}
    first = table_page(project, Chosen(parse("config.x >= 0")), [parse_sort("config.x")], **asked)
    make_run(project, name="before", config={"x": 0.5})
    make_run(project, name="after", config={"x": 4.5})
    Run.objects.filter(name="3").update(archived_at=timezone.now())
    cursor = first.next
    rest = []
    while cursor:
        page = table_page(project, Chosen(parse("config.x >= 0")), [parse_sort("config.x")], cursor=cursor, **asked)
        rest += [run.name for run in page.runs]
        cursor = page.next
    assert rest == ["2", "4", "after", "5"]


def test_states_are_asked_for_as_they_are_now(way: str):
    project = make_project()
    make_run(project, name="silent", config={"x": 1}, heartbeat_at="2020-01-01T00:00:00Z")
    make_run(project, name="running", config={"x": 1})
    make_run(project, name="done", state=State.FINISHED)
    assert flat(pages(project, "config.x", "config.x == 1", states=("crashed",))) == ["silent"]
    assert flat(pages(project, "config.x", "config.x == 1 and state == 'running'")) == ["running"]
    assert flat(pages(project, "config.y", states=("finished",))) == ["done"]


def test_a_cursor_belongs_to_its_question():
    project = make_project()
    for place in range(3):
        make_run(project, config={"x": place})
    cursor = table_page(project, Chosen(parse("config.x >= 0")), [parse_sort("config.x")], limit=1).next
    assert cursor
    for text, sort in (("config.x >= 1", "config.x"), ("config.x >= 0", "-config.x")):
        with pytest.raises(Invalid, match="another filter or order"):
            table_page(project, Chosen(parse(text)), [parse_sort(sort)], limit=1, cursor=cursor)
    for bad in ("!", "YWJj", "bnVsbA", cursor[:-4], cursor + "A"):
        with pytest.raises(Invalid, match="cursor"):
            table_page(project, Chosen(parse("config.x >= 0")), [parse_sort("config.x")], limit=1, cursor=bad)


@pytest.mark.parametrize("sort", ["state", "-notes", "tag", "", "-", "config.a == 1", "--name"])
def test_what_runs_cannot_be_sorted_by_is_refused(sort: str):
    with pytest.raises(FilterError):
        parse_sort(sort)


def test_a_page_costs_as_many_queries_for_many_runs_as_for_few(way: str):
    project = make_project()
    counts = []
    for _ in range(2):
        for place in range(5):
            make_run(project, config={"x": place, "a": 1})
        with CaptureQueriesContext(connection) as queries:
            table_page(project, Chosen(parse("config.a == 1 and config.x < 9")), [parse_sort("-config.x")], limit=3)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 8
