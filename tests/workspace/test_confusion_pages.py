"""Confusion matrices on pages: of a run, of compared runs, and what the first looks at both say."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.http import urlencode

from apps.core.errands import Errands
from apps.evaluation import confusion_page
from apps.runs.models import Run
from apps.tables.cost_queries import costs_of
from apps.tables.costs import Costs
from tests.factories import browser, make_project, make_run, make_team, make_user, team_admin
from tests.tables.tables import put_matrices

pytestmark = pytest.mark.django_db

CLASSES = ["3", "7", "8"]
BEFORE = [[90, 0, 10], [0, 50, 0], [4, 0, 96]]
AFTER = [[90, 0, 10], [5, 45, 0], [22, 0, 78]]


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Errands, "put", lambda *_: None)


@pytest.fixture
def pair() -> list[Run]:
    project = make_project()
    runs = [make_run(project, name=name, group="mlp") for name in ("mlp-3", "mlp-4")]
    Run.objects.filter(id=runs[0].id).update(created_at=timezone.now() - timedelta(hours=1))
    for run, counts in zip(runs, (BEFORE, AFTER), strict=True):
        for step in (10, 20):
            put_matrices(run, counts, classes=CLASSES, step=step)
    return runs


def get(path: str, run: Run, **more: str) -> str:
    answer = browser(team_admin(run)).get(path, more)
    assert answer.status_code == 200, answer.content
    text: str = answer.content.decode()
    return text


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", "", re.sub("</(?:td|th|li|p)>", " ", html)))


def page_of(runs: list[Run], name: str = "compare/confusion/", **more: str) -> str:
    asked = [*(("run", run.slug) for run in runs), *more.items()]
    return get(f"{runs[0].project.get_absolute_url()}{name}?{urlencode(asked)}", runs[0])


def mistakes(page: str) -> dict[tuple[str, str], list[str]]:
    """The texts of the cells of each mistake, in order."""
    rows = re.findall(r'<tr data-actual="([^"]*)" data-predicted="([^"]*)">(.*?)</tr>', page, re.DOTALL)
    return {
        (actual, predicted): [words(cell).strip() for cell in re.findall("<td class=.*?</td>", row, re.DOTALL)]
        for actual, predicted, row in rows
    }


def test_what_rose_most_comes_first_in_counts_and_shares(pair):
    page = page_of(pair)
    assert list(mistakes(page).items()) == [
        (("8", "3"), ["4 · 4 %", "22 · 22 % +18 pp"]),
        (("7", "3"), ["0", "5 · 10 % +10 pp"]),
        (("3", "8"), ["10 · 10 %", "10 · 10 %"]),
    ]
    assert "8 called 3: 22 %, +18 pp in mlp-4 against mlp-3" in words(page)
    assert 'title="22 of 100 “8” were called “3”: 22 %, baseline 4 %"' in page
    assert "expected cost of an example 0.056 0.148 +0.092" in words(page)


def test_the_address_says_what_is_shown(pair, monkeypatch):
    counts = mistakes(page_of(pair, norm="counts"))
    assert counts["8", "3"] == ["4", "22 +18"]
    assert mistakes(page_of(pair, norm="column"))["8", "3"][1].startswith("22 · 18.8 %")
    assert mistakes(page_of(pair, norm="all"))["8", "3"][1].startswith("22 · 8.8 %")
    assert list(mistakes(page_of(pair, confusion="7"))) == [("7", "3")]
    assert "No mistake with a class that has “zebra”" in page_of(pair, confusion="zebra")
    assert next(iter(mistakes(page_of(pair, confusion_order="name")))) == ("3", "8")
    assert next(iter(mistakes(page_of(pair, base=pair[1].slug)))) == ("3", "8")
    assert "minus the baseline" not in page_of(pair, **{"as": "own"})
    monkeypatch.setattr(confusion_page, "ROWS", 1)
    assert "1 of 3 kinds of mistakes are listed" in page_of(pair)
    assert len(mistakes(page_of(pair, confusions="all"))) == 3


def test_small_matrices_are_tables_without_scripts(pair):
    page = page_of(pair, cells="table")
    assert 'class="confusion as-table"' in page
    plain = [
        words(row).split() for row in re.findall(r'<tr><th scope="row">.*?</tr>', page.partition("matrix-plain")[2])
    ]
    assert plain[:3] == [["3", "90", "0", "10"], ["7", "0", "100", "0"], ["8", "4", "0", "96"]]
    assert plain[5] == ["8", "+18", "0", "−18"]
    assert 'class="more-10"' in page


def test_missing_classes_are_missing_and_not_zero(pair):
    other = make_run(pair[0].project, name="other")
    put_matrices(other, [[9, 1], [2, 8]], classes=["3", "9"])
    found = mistakes(page_of([pair[0], other]))
    assert found["8", "3"] == ["4 · 4 %", "missing"]
    assert found["9", "3"] == ["missing", "2 · 20 %"]
    none = make_run(pair[0].project, name="none")
    page = page_of([pair[0], none])
    assert "This run logged no matrix val." in page
    assert mistakes(page)["8", "3"] == ["4 · 4 %", "missing"]


def test_mistakes_leave_as_csv_and_as_markdown(pair):
    sheet = page_of(pair, "compare/confusion.csv").splitlines()
    assert sheet[0].startswith(f"actual,predicted,mlp-3 {pair[0].slug} count,mlp-3 {pair[0].slug} of,")
    assert sheet[1:] == ["8,3,4,100,22,100", "7,3,0,50,5,50", "3,8,10,100,10,100"]
    text = page_of(pair, "compare/confusion.md")
    assert "| `8` | `3` | 4 · 4 % | 22 · 22 % (+18 pp ▽) |" in text
    assert "| *expected cost* | | 0.056 | 0.148 (+0.092 ▽) |" in text
    assert f"compare/confusion/?run={pair[0].slug}" in text
    other = make_run(pair[0].project)
    path = f"{other.project.get_absolute_url()}compare/confusion.csv?run={other.slug}"
    assert browser(team_admin(other)).get(path).status_code == 404


def test_a_run_is_at_a_step_beside_the_run_before(pair):
    path = f"{pair[1].get_absolute_url()}confusion/"
    page = get(path, pair[1])
    assert mistakes(page)["8", "3"] == ["4 · 4 %", "22 · 22 % +18 pp"]
    assert "2 of 2" in page
    assert "minus mlp-3" in page
    put_matrices(pair[1], BEFORE, classes=CLASSES, step=5)
    earlier = get(path + "?step=5", pair[1])
    assert mistakes(earlier)["8", "3"] == ["4 · 4 %", "4 · 4 %"]
    assert "1 of 3" in earlier
    first = get(f"{pair[0].get_absolute_url()}confusion/", pair[0])
    assert mistakes(first)["8", "3"] == ["4 · 4 %"]
    assert "No confusion matrix yet" in get(f"{make_run(pair[0].project).get_absolute_url()}confusion/", pair[0])


def test_the_overview_and_the_compare_page_say_it_by_themselves(pair):
    said = words(get(pair[1].get_absolute_url(), pair[1]))
    assert "Expected cost of val 0.148 +0.092" in said
    assert "8 called 3: 22 %, +18 pp against mlp-3" in said
    compared = page_of(pair, "compare/")
    flags = words(compared.partition('id="confusion-flags"')[2].partition("</div></div>")[0])
    assert "8 called 3: 22 %, +18 pp in mlp-4 against mlp-3" in flags
    assert "expected cost of an example 0.056 0.148 +0.092" in words(compared.partition('id="confusions"')[2])
    other = make_run()
    assert 'id="confusions"' not in page_of([other], "compare/")


def test_what_a_run_costs_is_a_column_of_the_run_table(pair):
    path = f"{pair[0].project.get_absolute_url()}runs/"
    page = get(path, pair[0], col="cost.val", sort="cost.val")
    assert page.index(f'data-run="{pair[0].slug}"') < page.index(f'data-run="{pair[1].slug}"')
    assert "cost val" in page
    assert "The best of those listed: 0.056" in page


def test_costs_are_said_changed_and_taken_back_on_their_page(pair):
    project = pair[0].project
    client, path = browser(team_admin(project)), f"{project.get_absolute_url()}settings/costs/"
    for form in (
        {"default": "2"},
        {"actual": "8", "predicted": "3", "cost": "10,5"},
        {"actual": "7", "predicted": "", "cost": "4"},
        {"actual": "8", "predicted": "3", "cost": "11"},
    ):
        assert client.post(path, form).status_code == 302
    assert costs_of(project.pk) == Costs(2.0, {"7": 4.0}, {("8", "3"): 11.0})
    page = words(client.get(path).content.decode())
    assert "7 any other 4 Remove 8 3 11 Remove" in page
    assert "0 of 2 runs are done" in page
    refused = client.post(path, {"actual": "8", "predicted": "7", "cost": "much"})
    assert refused.status_code == 400
    assert "must be a number within ±1,000,000,000" in refused.content.decode()
    client.post(path, {"actual": "8", "predicted": "3", "remove": "1"})
    assert costs_of(project.pk) == Costs(2.0, {"7": 4.0})
    client.post(path, {"version": "1"})
    assert costs_of(project.pk) == Costs(2.0)
    assert client.post(path, {"version": "99"}).status_code == 404
    reader = make_user()
    make_team(viewer=reader)
    assert browser(reader).get(path).status_code == 404
    assert "expected cost of an example 0.112" in words(page_of(pair))


def test_more_runs_cost_no_more_queries(pair):
    costs = []
    for runs in (pair, [*pair, *(make_run(pair[0].project) for _ in range(8))]):
        for run in runs:
            put_matrices(run, AFTER, classes=CLASSES, step=30)
        with CaptureQueriesContext(connection) as queries:
            page_of(runs)
        costs.append(len(queries))
    assert costs[0] == costs[1]
