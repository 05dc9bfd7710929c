"""Groups of all runs of a project: by hand-checked numbers, and as a plain computation over the runs has them."""

import statistics
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.runs import filters_sql
from apps.runs.filters import parse, parse_name
from apps.runs.filters_syntax import FilterError, Name
from apps.runs.group_table import Group, group_page
from apps.runs.models import Project, Run
from apps.runs.queries import filtered, runs_of
from apps.runs.run_table import Chosen, parse_sort
from tests.factories import make_project, make_run
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def name(text: str) -> Name:
    found = parse_name(text)
    assert isinstance(found, Name)
    return found


def groups(project: Project, *fields: str, of: str = "metric.acc.last", text: str = "", **more: Any) -> list[Group]:
    asked = [name(field) for field in fields]
    return group_page(project, Chosen(parse(text)), asked, [name(of)], limit=100, **more).groups


def test_a_group_has_count_mean_std_min_and_max():
    project = make_project()
    for model, acc in (("cnn", 1.0), ("cnn", 2.0), ("cnn", 6.0), ("mlp", 5.0)):
        settled(make_run(project, config={"model": model}), acc=[0.0, acc])
    make_run(project, config={"model": "cnn"})
    make_run(project, config={"other": 1})
    cnn, mlp, none = groups(project, "config.model")
    assert cnn.values == ("cnn",)
    assert cnn.runs == 4
    (spread,) = cnn.spreads
    assert spread is not None
    assert spread.n == 3
    assert (spread.mean, spread.min, spread.max) == (3.0, 1.0, 6.0)
    assert spread.std == pytest.approx(statistics.stdev([1, 2, 6]))
    assert mlp.spreads[0] == (1, 5.0, None, 5.0, 5.0)
    assert none.values == (None,)
    assert none.spreads == (None,)


@pytest.mark.parametrize("narrow", [-1, 5_000])
def test_groups_are_those_of_a_plain_computation(narrow: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(filters_sql, "NARROW", narrow)
    project = make_project()
    runs = []
    for place in range(40):
        config = {
            "a": [1, 2.5, "text", None][place % 4],
            "b": "xyz"[place * 7 % 3],
            "v": place * 1.5,
            "keep": place % 5 > 0,
        }
        runs.append(make_run(project, config=config, archived_at=timezone.now() if place == 8 else None))
    make_run(config={"a": 1, "b": "x", "v": 1.0, "keep": True})
    found = groups(project, "config.a", "config.b", of="config.v", text="config.keep == 1")
    wanted: dict[Any, list[float]] = {}
    for run in runs:
        if run.config["keep"] and run.archived_at is None:
            wanted.setdefault((run.config["a"], run.config["b"]), []).append(run.config["v"])
    assert {group.values: group.runs for group in found} == {key: len(values) for key, values in wanted.items()}
    for group in found:
        (spread,) = group.spreads
        assert spread is not None
        assert spread.mean == pytest.approx(statistics.fmean(wanted[group.values]))
    assert [group.values[0] for group in found] == sorted(
        (group.values[0] for group in found),
        key=lambda value: (value is None, isinstance(value, str), value if isinstance(value, float) else 0),
    )


def test_the_filter_of_a_group_lets_just_its_runs_pass():
    project = make_project()
    values: list[Any] = ['a "quoted"\nline', 0.1, 64, 1e300, -2.5, True, None, "x" * 500]
    for value in values:
        make_run(project, config={"a": value, "b": 1})
    for group in groups(project, "config.a", "config.b"):
        assert filtered(runs_of(project), parse(group.filter), project).count() == group.runs


def test_groups_are_sorted_by_their_fields_or_by_the_means_of_their_numbers():
    project = make_project()
    for model, acc in (("a", 1.0), ("b", 9.0), ("c", 5.0), ("c", 6.0)):
        settled(make_run(project, config={"model": model}), acc=[acc])
    make_run(project, config={"model": "d"})

    def order(*sorts: str) -> list[Any]:
        found = groups(project, "config.model", sorts=[parse_sort(sort) for sort in sorts])
        return [group.values[0] for group in found]

    assert order() == ["a", "b", "c", "d"]
    assert order("-metric.acc.last") == ["b", "c", "a", "d"]
    assert order("metric.acc.last") == ["a", "c", "b", "d"]
    assert order("-config.model") == ["d", "c", "b", "a"]
    assert order("config.none", "-config.model") == ["d", "c", "b", "a"]


def test_pages_of_groups_say_how_many_there_are():
    project = make_project()
    for place in range(7):
        make_run(project, config={"a": place // 2})
    page = group_page(project, Chosen(), [name("config.a")], [], begin=2, limit=2)
    assert [group.values for group in page.groups] == [(2.0,), (3.0,)]
    assert (page.total, page.runs) == (4, 7)
    assert group_page(make_project(), Chosen(), [name("config.a")], [], limit=2) == ([], 0, 0)


def test_what_cannot_be_grouped_by_is_refused():
    project = make_run().project
    with pytest.raises(FilterError, match="group"):
        group_page(project, Chosen(), [], [], limit=5)
    with pytest.raises(FilterError, match="better low or high"):
        group_page(project, Chosen(), [name("metric.odd.best")], [], limit=5)


def test_grouping_costs_as_many_queries_for_many_runs_as_for_few():
    project = make_project()
    counts = []
    for _ in range(2):
        for place in range(5):
            make_run(project, config={"a": place, "v": Run.objects.count()})
        with CaptureQueriesContext(connection) as queries:
            groups(project, "config.a", of="config.v")
        counts.append(len(queries))
    assert counts[0] == counts[1]
