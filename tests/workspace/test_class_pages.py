"""Classes on pages: of compared runs, of a run, and what the first looks at both say."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.evaluation import class_page
from apps.runs.models import Run
from tests.factories import browser, make_project, make_run, team_admin
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db

BEFORE = {"7": {"support": 44, "recall": 0.9, "loss": 0.1}, "8": {"support": 41, "recall": 0.92, "loss": 0.1}, "9": {}}
AFTER = {"7": {"support": 44, "recall": 0.95, "loss": 0.3}, "8": {"support": 41, "recall": 0.71, "loss": 0.05}}


@pytest.fixture
def pair() -> list[Run]:
    project = make_project()
    runs = [make_run(project, name=name, group="mlp") for name in ("mlp-3", "mlp-4")]
    Run.objects.filter(id=runs[0].id).update(created_at=timezone.now() - timedelta(hours=1))
    for run, rows in zip(runs, (BEFORE, AFTER), strict=True):
        for step in (10, 20):
            put_tables(run, rows, step=step)
    return runs


def get(path: str, run: Run, **more: str) -> str:
    answer = browser(team_admin(run)).get(path, more)
    assert answer.status_code == 200, answer.content
    text: str = answer.content.decode()
    return text


def compare_path(runs: list[Run], name: str = "") -> str:
    asked = "&".join(f"run={run.slug}" for run in runs)
    return f"{runs[0].project.get_absolute_url()}compare/{name}?{asked}"


def rows_of(page: str) -> dict[str, list[str]]:
    """The texts of the cells of each class, in order."""
    rows = re.findall(r'<tr data-class="([^"]*)">(.*?)</tr>', page, re.DOTALL)
    return {
        name: [re.sub("<[^>]+>", "", cell).strip() for cell in re.findall("<td.*?</td>", row, re.DOTALL)]
        for name, row in rows
    }


def test_compared_classes_say_what_got_worse_first_and_miss_nothing(pair):
    page = get(compare_path(pair), pair[0])
    assert list(rows_of(page).items()) == [
        ("8", ["0.92", "0.71 −0.21"]),
        ("7", ["0.9", "0.95 +0.05"]),
        ("9", ["missing", "missing"]),
    ]
    assert "1 better ▲" in page
    assert "1 worse ▽" in page
    flags = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", page.partition('id="class-flags"')[2].partition("</div>")[0]))
    assert "8: recall 0.71, −0.21 in mlp-4 against mlp-3" in flags


def test_a_metric_that_is_better_low_turns_the_verdict(pair):
    page = get(compare_path(pair) + "&class_metric=loss", pair[0])
    assert list(rows_of(page)) == ["7", "8", "9"]
    assert 'class="delta worse" title="worse than the baseline">+0.2<' in page


def test_classes_are_found_cut_and_left_out_by_the_address(pair, monkeypatch):
    path = compare_path(pair)
    assert list(rows_of(get(path + "&class=7", pair[0]))) == ["7"]
    assert list(rows_of(get(path + "&worse=1", pair[0]))) == ["8"]
    assert list(rows_of(get(path + "&class_order=name", pair[0]))) == ["7", "8", "9"]
    assert "No class has “zebra” in its name" in get(path + "&class=zebra", pair[0])
    monkeypatch.setattr(class_page, "ROWS", 1)
    page = get(path, pair[0])
    assert list(rows_of(page)) == ["8"]
    assert "1 of 3 classes are listed" in page
    assert len(rows_of(get(path + "&classes=all", pair[0]))) == 3


def test_compared_classes_leave_as_csv_and_as_markdown(pair):
    sheet = get(compare_path(pair, "classes.csv"), pair[0]).splitlines()
    assert sheet[0] == f"class,support,mlp-3 {pair[0].slug},mlp-4 {pair[1].slug}"
    assert sheet[1:] == ["8,41.0,0.92,0.71", "7,44.0,0.9,0.95", "9,,,"]
    text = get(compare_path(pair, "classes.md"), pair[0])
    assert "| `8` | 41 | 0.92 | 0.71 (−0.21 ▽) |" in text
    assert "| `9` |  | *missing* | *missing* |" in text
    assert "(baseline)" in text
    other = make_run(pair[0].project)
    path = f"{other.project.get_absolute_url()}compare/classes.csv?run={other.slug}"
    assert browser(team_admin(other)).get(path).status_code == 404


def test_runs_without_classes_have_no_such_section():
    run = make_run()
    assert 'id="classes"' not in get(compare_path([run]), run)
    assert "No classes yet" in get(f"{run.get_absolute_url()}classes/", run)
    assert "All classes" not in get(run.get_absolute_url(), run)


def test_the_overview_says_which_classes_got_worse_than_before(pair):
    said = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", get(pair[1].get_absolute_url(), pair[1])))
    assert "Classes that got worse 8: recall 0.71, −0.21 against mlp-3" in said
    first = re.sub(r"\s+", " ", re.sub("<[^>]+>", "", get(pair[0].get_absolute_url(), pair[0])))
    assert "Worst by recall 7 0.9 8 0.92" in first


def test_the_classes_of_a_run_are_at_a_step_beside_the_run_before(pair):
    path = f"{pair[1].get_absolute_url()}classes/"
    page = get(path, pair[1])
    rows = rows_of(page)
    assert list(rows) == ["8", "7"]  # the lowest recall first
    assert rows["8"][:2] == ["41", "0.71 −0.21"]
    assert "2 of 2" in page
    assert page.count('<svg class="spark"') == 2
    assert "1 of 2" in get(path + "?step=10", pair[1])
    assert "2 of 2" in get(path + "?step=elsewhere", pair[1])
    assert list(rows_of(get(path + "?sort=-recall", pair[1]))) == ["7", "8"]
    assert list(rows_of(get(path + "?sort=class", pair[1]))) == ["7", "8"]
    assert 'aria-sort="ascending"><a class="sort" href="?sort=-recall">' in page


def test_a_run_alone_has_no_differences_and_no_curve_of_one_step():
    run = make_run()
    put_tables(run)
    page = get(f"{run.get_absolute_url()}classes/", run)
    assert rows_of(page) == {"8": ["41", "0.71"], "7": ["44", "0.98"]}
    assert '<svg class="spark"' not in page


def test_a_class_is_a_column_of_the_run_table(pair):
    path = f"{pair[0].project.get_absolute_url()}runs/"
    column = 'class_["8"].recall'
    page = get(path, pair[0], col=column, sort=f"-{column}")
    assert page.index(f'data-run="{pair[0].slug}"') < page.index(f'data-run="{pair[1].slug}"')
    assert "8 recall" in page
    assert re.search(r'<td class="number best"[^>]*>\s*<span class="value" title="The best of those listed: 0.92', page)
    assert 'data-run="' in get(path, pair[0], filter=f"{column} < 0.8")
    put_tables(pair[0], BEFORE, key="test")
    page = get(path, pair[0], col=column)
    assert "2 tables have this class and column" in page
    assert "8 recall" in get(path, pair[0], col='class_["test", "8"].recall')


def test_more_runs_cost_no_more_queries(pair):
    for at in range(4):
        pair.append(make_run(pair[0].project, name=f"mlp-{at + 5}"))
        put_tables(pair[-1], AFTER)
    client = browser(team_admin(pair[0]))
    costs = []
    for runs in (pair[:2], pair):
        path = compare_path(runs, "classes.csv")
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        costs.append(len(queries))
    assert costs[0] == costs[1]
