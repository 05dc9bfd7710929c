"""Tables of runs in reports: columns, sort, groups and deltas, live and kept."""

import html
import json
import re

import pytest

from apps.history.services import settle
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.runs.models import Visibility
from apps.runs.removal import archive_run
from apps.runs.services import change_run
from tests.factories import api_client, browser, make_project, team_admin
from tests.reports.stories import block, kept_bytes, logged_run, make_report

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "=<script>alert(1)</script>\"'\u202e" + "x" * 200


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


@pytest.fixture
def runs(project):
    """Two learning rates with two seeds each; losses 4, 3, 2, 1."""
    made = [
        logged_run(project, [value], name=f"run-{value}", config={"lr": lr, "seed": seed})
        for value, lr, seed in ((4, 0.1, 1), (3, 0.1, 2), (2, 0.01, 1), (1, 0.01, 2))
    ]
    for run in made:
        settle(run.id)
    return made


def rows(client, report):
    """The cells of the first table of a page, as words."""
    page = client.get(f"/r/{report.slug}/").content.decode()
    table = page[page.index('<table class="rows report-runs">') :]
    found = re.findall(r"<tr>(.*?)</tr>", table[: table.index("</table>")], re.S)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in found]
    return [[" ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in row] for row in cells]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["columns: {a: b}"], 11, "A column is one text"),
        ([f"columns: [{', '.join(f'c{n}' for n in range(101))}]"], 11, "names 101; at most 100"),
        (["rows: 101"], 11, "“rows” is a whole number from 1 to 100"),
        (["sort: -notes"], 11, "Runs cannot be sorted by notes"),
        (["group: [-config.lr, seed]"], 11, "“group” cannot be read: fields to group by and"),
        (["baseline: x"], 11, "“x” is no run id"),
    ],
)
def test_a_block_that_is_wrong_says_where(lines, line, words):
    with pytest.raises(BlockProblem) as problem:
        panel_block("\n".join(["kind: runs", *lines]), 10)
    assert words in problem.value.message
    assert problem.value.line == line


def test_columns_are_sorted_and_compared_with_the_baseline(project, runs):
    lines = ("columns: [config.lr, val/loss]", "sort: -val/loss", "rows: 3", f"baseline: {runs[2].slug}")
    report = make_report(project, block("runs", *lines))
    assert rows(browser(), report) == [
        ["Run", "lr", "val/loss last"],
        ["run-4", "0.1", "4 +2"],
        ["run-3", "0.1", "3 +1"],
        ["run-2 baseline", "0.01", "2"],
    ]
    page = html.unescape(browser().get(f"/r/{report.slug}/").content.decode())
    assert "and 1 more runs" in page
    assert "4.0: " not in page
    assert '<small class="delta worse" title="2.0: worse than the baseline">' in page


def test_runs_are_grouped_with_the_spread_of_their_numbers(project, runs):
    report = make_report(project, block("runs", "columns: val/loss", "group: all but seed"))
    assert rows(browser(), report) == [
        ["Group", "Runs", "val/loss last"],
        ["lr=0.01", "2", "1.5 ± 0.707"],
        ["lr=0.1", "2", "3.5 ± 0.707"],
    ]
    report = make_report(project, block("runs", "columns: val/loss", "group: all"))
    assert rows(browser(), report)[1:] == [["all runs", "4", "2.5 ± 1.29"]]


def test_without_columns_it_has_those_of_the_run_table_and_a_typo_is_said(project, runs):
    head, *_ = rows(browser(), make_report(project, block("runs")))
    assert head[:2] == ["Run", "state"]
    assert {"lr", "seed", "took"} <= set(head)
    report = make_report(project, block("runs", "columns: [val/los]", f"runs: [{runs[0].slug}]"))
    page = html.unescape(browser().get(f"/r/{report.slug}/").content.decode())
    assert 'None of these runs has “metric["val/los"].last”.' in page


def test_metrics_of_a_run_of_another_project_are_there_too(project, runs):
    other = logged_run(make_project(visibility=Visibility.PUBLIC), [7.0], name="other")
    settle(other.id)
    report = make_report(project, block("runs", "columns: val/loss", f"runs: [{runs[0].slug}, {other.slug}]"))
    assert rows(browser(), report)[1:] == [["run-4", "4"], ["other", "7"]]


def test_what_is_published_stays_and_a_spreadsheet_runs_nothing(project, runs):
    change_run(runs[0].id, name=HOSTILE)
    report = make_report(project, block("runs", "columns: [config.lr, val/loss, created, took, tags]", "rows: 2"))
    path = f"/api/v1/reports/{report.slug}/publish/"
    assert api_client(team_admin(project)).send("POST", path, {}).status_code == 201
    before = kept_bytes(report)
    (kept,) = json.loads(before["json"])["panels"]
    (chart,) = kept["charts"]
    facts, sheet = before[chart["data"]], before[chart["sheet"]]
    assert chart["pictures"] == {}
    assert [row["values"][:2] for row in json.loads(facts)["rows"]] == [[0.01, 1.0], [0.01, 2.0]]
    assert sheet.decode().splitlines()[0] == "run,name,lr,val/loss,created,took,tags"
    report_of_one = make_report(project, block("runs", "columns: val/loss", f"runs: [{runs[0].slug}]"))
    assert "<script>alert" not in browser().get(f"/r/{report_of_one.slug}/").content.decode()
    api_client(team_admin(project)).send("POST", f"/api/v1/reports/{report_of_one.slug}/publish/", {})
    (one,) = json.loads(kept_bytes(report_of_one)["json"])["panels"]
    lines = kept_bytes(report_of_one)[one["charts"][0]["sheet"]].decode().splitlines()
    assert lines[1].split(",")[1].startswith("\"'=")
    for run in runs:
        change_run(run.id, config={"lr": 5})
        archive_run(run.id)
    assert kept_bytes(report) == before
