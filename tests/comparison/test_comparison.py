"""What is different between runs: every section, the baseline, the ignore list, and what it costs."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.comparison.errors import MAX_COMPARED, TooManyCompared
from apps.comparison.queries import Comparison, comparison
from apps.comparison.sections import Row, Section
from apps.comparison.services import ignore_key
from apps.runs.directions import Direction
from apps.runs.directions_known import change_directions
from apps.runs.models import Run
from tests.comparison.stories import COMMITS, log, pair, provenance
from tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db


def compared(*runs: Run, **asked: Any) -> Comparison:
    return comparison(runs[0].project, [Run.objects.get(id=run.id) for run in runs], **asked)


def part(found: Comparison, name: str) -> Section:
    return next(one for one in found.sections if one.name == name)


def row(found: Comparison, key: str) -> Row:
    return next(one for one in part(found, key.partition(".")[0]).rows if one.key == key)


def values(found: Row) -> list:
    return [None if cell.missing else cell.value for cell in found.cells]


def test_each_section_lists_what_differs_and_counts_the_rest():
    found = compared(*pair())
    assert {one.name: [row.name for row in one.rows] for one in found.sections} == {
        "config": ["lr", "model.depth"],
        "command": ["--lr", "--amp"],
        "code": ["commit", "uncommitted changes"],
        "data": ["digits"],
        "environment": ["python"],
        "packages": ["einops", "torch"],
        "hardware": ["gpus[0].name"],
        "summary": ["val/acc"],
        "metrics": ["loss", "odd", "val/acc"],
        "system": [],
    }
    assert [row.name for row in part(found, "config").equal] == ["model.kind", "same"]
    assert [row.name for row in part(found, "packages").equal] == ["numpy"]
    assert not found.identical


def test_numbers_of_the_config_have_their_difference_and_missing_is_missing():
    found = compared(*pair())
    lr = row(found, "config.lr").cells[1]
    assert (lr.delta, lr.factor) == (pytest.approx(0.002), pytest.approx(3))
    depth = row(found, "config.model.depth").cells
    assert [cell.missing for cell in depth] == [False, True]
    assert [cell.change for cell in depth] == ["", "removed"]
    assert [cell.change for cell in row(found, "packages.einops").cells] == ["", "added"]


def test_none_is_a_value_and_not_missing():
    first = make_run(config={"a": None})
    found = compared(first, make_run(first.project), make_run(first.project, config={"a": None}))
    cells = row(found, "config.a").cells
    assert [(cell.missing, cell.same) for cell in cells] == [(False, True), (True, False), (False, True)]


def test_the_code_has_the_range_of_commits_at_its_host_and_the_diff_of_each():
    found = compared(*pair())
    commits = row(found, "code.commit").cells
    assert commits[0].url == f"https://github.com/a/b/commit/{COMMITS[0]}"
    assert commits[1].url == f"https://github.com/a/b/compare/{COMMITS[0]}...{COMMITS[1]}"
    assert values(row(found, "code.uncommitted changes"))[0] == "none"
    assert values(row(found, "code.uncommitted changes"))[1].startswith("diff ")


def test_metrics_are_judged_by_their_best_in_their_direction():
    found = compared(*pair())
    loss, accuracy, odd = (row(found, f"metrics.{name}") for name in ("loss", "val/acc", "odd"))
    assert (loss.figure, values(loss), loss.cells[1].better) == ("min", [0.5, 0.75], False)
    assert (accuracy.figure, values(accuracy), accuracy.cells[1].better) == ("max", [0.5, 0.75], True)
    assert (odd.figure, odd.cells[1].delta, odd.cells[1].better) == ("last", 1.0, None)
    assert (part(found, "metrics").better, part(found, "metrics").worse) == (1, 1)


def test_a_direction_that_was_said_is_believed_and_another_figure_is_taken():
    first, other = pair()
    change_directions(first.project, {"odd": Direction.MIN})
    assert row(compared(first, other), "metrics.odd").cells[1].better is False
    assert values(row(compared(first, other, figure="last"), "metrics.val/acc")) == [0.25, 0.75]


def test_another_baseline_turns_the_differences_round():
    first, other = pair()
    cells = row(compared(first, other, base=other), "metrics.loss").cells
    assert [(cell.delta, cell.better) for cell in cells] == [(-0.25, True), (None, None)]


def test_what_a_machine_did_is_apart_and_points_that_are_not_finite_are_counted():
    first, other = (run := make_run()), make_run(run.project)
    log(first, system__cpu=[1.0], loss=[float("nan")])
    log(other, system__cpu=[2.0], loss=[1.0])
    found = compared(first, other)
    assert [one.name for one in part(found, "system").rows] == ["system/cpu"]
    assert [cell.odd for cell in row(found, "metrics.loss").cells] == [1, 0]
    assert values(row(found, "metrics.loss")) == [None, 1.0]


def test_runs_that_agree_in_everything_are_identical_and_so_is_one_with_itself():
    first, _ = pair()
    twin = make_run(first.project, config=first.config, summary=first.summary, provenance=provenance(pid=5))
    log(twin, loss=[1.0, 0.5], val__acc=[0.5, 0.25], odd=[1.0, 2.0])
    assert compared(first, twin).identical
    assert compared(first).identical
    assert compared(first, twin).equal > 10


def test_what_the_project_ignores_is_counted_and_not_listed():
    first, other = pair()
    for pattern in ("config.lr", "packages.*"):
        ignore_key(first.project, pattern, make_user())
    found = compared(first, other)
    assert [one.name for one in part(found, "config").rows] == ["model.depth"]
    assert [one.name for one in part(found, "packages").ignored] == ["einops", "torch"]
    assert found.ignored == 3
    assert found.patterns == ["config.lr", "packages.*"]
    assert part(found, "packages").equal


def test_all_that_differs_ignored_is_not_identical():
    first = make_run(config={"seed": 1})
    other = make_run(first.project, config={"seed": 2})
    ignore_key(first.project, "config.seed", make_user())
    found = compared(first, other)
    assert (found.differ, found.ignored, found.identical) == (0, 1, False)


@pytest.mark.parametrize(
    "odd", [None, [], "x", 3, {"git": []}, {"git": {"commit": {}}}, {"packages": [1]}, {"hardware": "x"}]
)
def test_whatever_was_sent_as_provenance_is_compared(odd):
    first = make_run(provenance=provenance())
    Run.objects.filter(id=(other := make_run(first.project)).id).update(provenance=odd if odd is not None else {})
    assert compared(first, other).differ
    assert compared(other, first).differ


def test_fifty_runs_are_compared_and_one_more_is_too_many():
    first = make_run(config={"place": 0})
    runs = [first, *(make_run(first.project, config={"place": place}) for place in range(1, MAX_COMPARED))]
    assert len(row(compared(*runs), "config.place").cells) == 50
    with pytest.raises(TooManyCompared, match="At most 50 runs are compared side by side; 51 came"):
        compared(*runs, make_run(first.project))


def test_ten_runs_cost_as_many_queries_as_two():
    runs = [*pair()]
    counts = []
    for wanted in (2, 10):
        while len(runs) < wanted:
            runs.append(log(make_run(runs[0].project, config={"lr": len(runs)}), loss=[1.0]))
        whole = [Run.objects.get(id=run.id) for run in runs]
        with CaptureQueriesContext(connection) as captured:
            comparison(runs[0].project, whole)
        counts.append(len(captured))
    assert counts[0] == counts[1]
