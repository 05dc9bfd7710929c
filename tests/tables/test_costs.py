"""What mistakes cost: the arithmetic, the filters, and old runs after a change."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errands import Errands
from apps.runs.columns import column_values, offered_names
from apps.runs.filters import parse, parse_name
from apps.runs.filters_completion import completion
from apps.runs.filters_notes import notes
from apps.runs.filters_syntax import FilterError
from apps.runs.models import Project
from apps.runs.moving import move_runs
from apps.runs.run_table import Chosen, parse_sorts, passing_ids, table_page
from apps.runs.values import reindex
from apps.tables import cost_services, jobs
from apps.tables.cost_queries import costs_of, indexing_of
from apps.tables.cost_services import change_costs
from apps.tables.costs import Costs, expected_cost, read_costs
from apps.tables.errors import BadCosts, CostsChanged
from apps.tables.matrices import dense_matrix
from apps.tables.models import CostIndexing, CostMatrix
from tests.factories import api_client, make_project, make_run, team_admin
from tests.tables.tables import put_matrices

NAMES = ["a", "b", "c", "d"]
COSTS = Costs(2.0, {"8": 5.0}, {("8", "7"): 9.0, ("7", "7"): -1.0})
numbers = st.floats(-100, 100)


@given(
    st.lists(st.lists(st.integers(0, 50), min_size=4, max_size=4), min_size=4, max_size=4),
    numbers,
    st.dictionaries(st.sampled_from([*NAMES, "elsewhere"]), numbers),
    st.dictionaries(st.tuples(st.sampled_from([*NAMES, "elsewhere"]), st.sampled_from(NAMES)), numbers),
)
def test_the_expected_cost_is_the_mean_over_all_examples(counts, default, actual, pairs):
    costs = Costs(default, actual, pairs)
    total, examples = 0.0, 0
    for one, row in zip(NAMES, counts, strict=True):
        for other, count in zip(NAMES, row, strict=True):
            total += count * costs.of(one, other)
            examples += count
    found = expected_cost(dense_matrix(NAMES, counts), costs)
    if not examples:
        assert found is None
    else:
        assert found == pytest.approx(total / examples, rel=1e-9, abs=1e-9)


def test_without_costs_it_is_the_share_of_mistakes():
    counts = np.random.default_rng(0).integers(0, 9, (4, 4))
    found = expected_cost(dense_matrix(NAMES, counts), Costs())
    assert found == pytest.approx(1 - np.trace(counts) / counts.sum())


def test_a_pair_comes_before_its_class_and_that_before_the_default():
    assert [COSTS.of("8", "7"), COSTS.of("8", "3"), COSTS.of("7", "3")] == [9.0, 5.0, 2.0]
    assert [COSTS.of("8", "8"), COSTS.of("7", "7")] == [0.0, -1.0]
    assert read_costs(COSTS.as_json()) == COSTS
    assert read_costs({}) == Costs()


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ([], "body", "must be an object"),
        ({"default": "1"}, "default", "within ±1,000,000,000"),
        ({"default": math.nan}, "default", "within ±"),
        ({"default": True}, "default", "within ±"),
        ({"actual": {"8": 1e10}}, "actual.8", "within ±"),
        ({"actual": {"": 1}}, "actual.", "0 characters; 1 to 250"),
        ({"actual": [1]}, "actual", "object of actual class"),
        ({"pairs": [["8", "3"]]}, "pairs[0]", "must be a list like"),
        ({"pairs": [["8", 3, 1]]}, "pairs[0]", "must be a list like"),
        ({"pairs": [["8", "3", 1], ["8", "3", 2]]}, "pairs[1]", "was there already"),
        ({"pairs": [["8", "x" * 251, 1]]}, "pairs[0]", "251 characters; 1 to 250"),
        ({"pairs": [["8", "3", 1]] * 10_001}, "pairs", "10,001 pairs; at most 10,000"),
        ({"pears": []}, "pears", "not known"),
    ],
)
def test_costs_that_cannot_be_taken_are_named(body, field, what):
    with pytest.raises(BadCosts) as refused:
        read_costs(body)
    assert what in refused.value.fields[field]


# --- In the values index ---


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(Errands, "put", lambda *_: None)  # what a worker does is done by hand here
    return make_project()


def passing(project: Project, text: str) -> set[int]:
    return set(passing_ids(project, Chosen(parse(text))))


@pytest.mark.django_db(transaction=True)
def test_a_filter_asks_what_the_newest_matrix_of_every_run_costs(project):
    good, bad, none, empty = (make_run(project) for _ in range(4))
    put_matrices(good, [[50, 0], [5, 45]])
    put_matrices(bad, [[10, 40], [0, 50]], step=1)
    put_matrices(bad, [[20, 30], [0, 50]], step=2)
    put_matrices(bad, [[50, 0], [0, 50]], step=0)  # came late: an older step
    put_matrices(empty, [[0, 0], [0, 0]])
    put_matrices(good, [[0, 1], [1, 0]], key="val/night")
    assert passing(project, 'cost["val"] <= 0.2') == {good.id}
    assert passing(project, "cost.val == 0.3") == {bad.id}
    assert passing(project, 'cost["val/night"] == 1') == {good.id}
    assert passing(project, "cost.val is None") == {none.id, empty.id}
    assert passing(project, 'cost["val"] < cost["val/night"]') == {good.id}
    page = table_page(project, Chosen(), parse_sorts(["-cost.val"]), limit=10)
    assert [run.id for run in page.runs][:2] == [bad.id, good.id]
    assert column_values(project, [good, none], [parse_name("cost.val")]) == [[0.05], [None]]
    assert [one.text for one in offered_names(project, search="val", limit=9).names] == [
        "cost.val",
        'cost["val/night"]',
    ]
    for text in ('cost["val"] == "x"', "cost > 1", 'cost["val"].startswith("x")'):
        with pytest.raises(FilterError):
            parse(text)
    (note,) = notes(project, parse("cost.vall > 0"))
    assert "Did you mean cost.val" in note.message
    for typed, expected in (("cos", 'cost["'), ('cost["', "cost.val"), ("cost.val < ", "0.05")):
        assert expected in [one.text for one in completion(project, typed, len(typed)).suggestions]


@pytest.mark.django_db(transaction=True)
def test_a_change_reaches_old_runs_in_bounded_steps_and_says_how_far_it_is(project, monkeypatch):
    runs = [make_run(project) for _ in range(5)]
    for run in runs:
        put_matrices(run, [[5, 5], [0, 0]])
    monkeypatch.setattr(jobs, "RUNS_AT_ONCE", 2)
    monkeypatch.setattr(jobs, "STEP_SECONDS", 0.0)
    assert change_costs(project, Costs(4.0), by=None) == 1
    assert indexing_of(project) == (0, 5)
    assert jobs.reindex_costs(project.pk)
    assert len(passing(project, "cost.val == 2")) < 5
    while jobs.reindex_costs(project.pk):
        pass
    assert passing(project, "cost.val == 2") == {run.id for run in runs}
    assert indexing_of(project) is None
    late = make_run(project)
    assert put_matrices(late, [[0, 4], [0, 4]]).cost == 2.0
    assert not jobs.reindex_costs(project.pk)


@pytest.mark.django_db(transaction=True)
def test_a_change_during_a_change_begins_anew(project, monkeypatch):
    runs = [make_run(project) for _ in range(3)]
    for run in runs:
        put_matrices(run, [[5, 5], [0, 0]])
    monkeypatch.setattr(jobs, "RUNS_AT_ONCE", 1)
    change_costs(project, Costs(4.0), by=None)
    work = CostIndexing.objects.get(project=project)
    jobs._next_runs(work, math.inf)
    assert indexing_of(project) == (1, 3)
    change_costs(project, Costs(6.0), by=None)
    jobs._next_runs(work, math.inf)  # a worker that had read the row before
    assert indexing_of(project) == (0, 3)
    while jobs.reindex_costs(project.pk):
        pass
    assert passing(project, "cost.val == 3") == {run.id for run in runs}


@pytest.mark.django_db(transaction=True)
def test_a_forgotten_change_is_found(project, monkeypatch):
    change_costs(project, Costs(4.0), by=None)
    assert jobs.forgotten_indexings() == []
    monkeypatch.setattr(jobs, "FORGOTTEN_AFTER", -jobs.FORGOTTEN_AFTER)
    assert jobs.forgotten_indexings() == [project.pk]
    assert not jobs.reindex_costs(project.pk)  # a project without runs


@pytest.mark.django_db(transaction=True)
def test_versions_are_kept_and_equal_costs_make_none(project, monkeypatch):
    monkeypatch.setattr(cost_services, "KEPT_VERSIONS", 2)
    assert change_costs(project, Costs(), by=None) == 0
    for place in range(1, 4):
        assert change_costs(project, Costs(1.0 + place), by=team_admin(project), after=place - 1) == place
    assert change_costs(project, Costs(4.0), by=None) == 3
    assert list(CostMatrix.objects.order_by("version").values_list("version", flat=True)) == [2, 3]
    assert costs_of(project.pk) == Costs(4.0)
    with pytest.raises(CostsChanged, match="version is 3"):
        change_costs(project, Costs(9.0), by=None, after=2)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_moves_costs_what_its_new_project_says(project):
    run, other = make_run(project), make_project()
    put_matrices(run, [[1, 1], [0, 0]])
    change_costs(other, Costs(10.0), by=None)
    move_runs(project, [run.id], other)
    assert passing(other, "cost.val == 5") == {run.id}
    reindex(run.id)
    assert passing(other, "cost.val == 5") == {run.id}


@pytest.mark.django_db(transaction=True)
def test_costs_over_http(project):
    client = api_client(team_admin(project))
    path = f"/api/v1/projects/{project}/costs/"
    first: dict[str, Any] = client.get(path).json()
    assert first == {
        "version": 0, "default": 1.0, "actual": {}, "pairs": [], "made_by": None, "made_at": None, "indexing": None,
    }  # fmt: skip
    run = make_run(project)
    put_matrices(run, [[1, 1], [0, 0]])
    body = {"default": 2, "actual": {"8": 5}, "pairs": [["7", "8", 3]], "after": 0}
    answer = client.send("PUT", path, body).json()
    assert (answer["version"], answer["pairs"], answer["actual"]) == (1, [["7", "8", 3.0]], {"8": 5.0})
    assert answer["made_by"] == team_admin(project).get_username()
    assert answer["indexing"] == {"done": 0, "total": 1}
    assert client.send("PUT", path, body).json()["code"] == "costs_changed"
    refused = client.send("PUT", path, {"default": "x"})
    assert refused.json()["fields"] == {"default": "must be a number within ±1,000,000,000"}
    assert client.send("PUT", path, {"after": "x"}).status_code == 400
    jobs.reindex_costs(project.pk)
    assert client.get(path).json()["indexing"] is None
    assert passing(project, "cost.val == 1.5") == {run.id}
