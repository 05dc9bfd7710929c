"""What is different between runs, in reports."""

import html
import json

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

HOSTILE = "</td><script>alert(1)</script>\"'\u202e"


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


@pytest.fixture
def runs(project):
    made = [
        logged_run(
            project,
            [value],
            name=f"run-{value}",
            config={"lr": value / 10, "model": "a", HOSTILE: HOSTILE + "x" * value},
        )
        for value in (1, 2)
    ]
    for run in made:
        settle(run.id)
    return made


def shown(report):
    return " ".join(html.unescape(browser().get(f"/r/{report.slug}/").content.decode()).split())


def test_a_block_that_is_wrong_says_where():
    for lines, words in (
        (["only: [config, colour]"], "There is no section “colour”; there are config, command"),
        (["value: mean"], "“value” is best, last, min or max, not “mean”"),
    ):
        with pytest.raises(BlockProblem) as problem:
            panel_block("\n".join(["kind: difference", *lines]), 10)
        assert words in problem.value.message
        assert problem.value.line == 11


def test_sections_say_what_differs_from_the_baseline(project, runs):
    report = make_report(project, block("difference", f"baseline: {runs[0].slug}"))
    page = browser().get(f"/r/{report.slug}/").content.decode()
    table = page[page.index('<table class="rows report-difference">') : page.index("</table>")]
    assert 'Config <span class="muted">2 differ, 1 equal</span>' in table
    assert ">0.2</span>" in table
    assert "×2" in table
    assert 'Metrics <span class="muted">1 differ</span>' in table
    assert '<small class="delta worse"' in table
    assert "<script>alert" not in page
    only = shown(make_report(project, block("difference", "only: code")))
    assert "These 2 runs are the same in code." in only
    alone = shown(make_report(project, block("difference", f"runs: [{runs[0].slug}]")))
    assert "One run alone differs from nothing" in alone


def test_what_is_published_stays(project, runs):
    report = make_report(project, block("difference", "only: [config, metrics]"))
    path = f"/api/v1/reports/{report.slug}/publish/"
    assert api_client(team_admin(project)).send("POST", path, {}).status_code == 201
    before = kept_bytes(report)
    (panel,) = json.loads(before["json"])["panels"]
    facts = json.loads(before[panel["charts"][0]["data"]])
    assert [one["name"] for one in facts["sections"]] == ["config", "metrics"]
    assert b"<script>alert" not in before["page"]
    for run in runs:
        change_run(run.id, config={"lr": 9})
        archive_run(run.id)
    assert kept_bytes(report) == before
