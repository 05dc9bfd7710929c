"""Plots of runs in reports: as those of the run table are answered, live and kept."""

import html
import json
import re

import pytest

from apps.history.services import settle
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.jobs import publish_quietly
from apps.reports.models import Publishing
from apps.runs.models import Visibility
from apps.runs.removal import archive_run
from apps.runs.services import change_run
from tests.factories import api_client, browser, make_project, team_admin
from tests.reports.stories import block, kept_bytes, logged_run, make_report

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "</script><script>alert(1)</script>\"'\u202e"
ALL = "\n".join(
    (
        block("scatter", "x: config.lr", "y: val/loss", "colour: config.model", "x_log: true"),
        block("bars", "value: val/loss", "group: config.model", "bars: 5"),
        block("distribution", "value: val/loss", "bins: 4"),
        block("parallel", "axes: [config.lr, val/loss]", "colour: val/loss"),
    )
)


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


@pytest.fixture
def runs(project):
    made = [
        logged_run(project, [value], name=f"run-{value}", config={"lr": value / 10, "model": "ab"[value % 2]})
        for value in (1, 2, 3, 4)
    ]
    for run in made:
        settle(run.id)
    return made


def plots(report):
    page = browser().get(f"/r/{report.slug}/").content.decode()
    return [
        json.loads(found)
        for found in re.findall(r'<script id="report-plot-\d+" type="application/json">(.*?)</script>', page)
    ]


@pytest.mark.parametrize(
    ("kind", "lines", "line", "words"),
    [
        ("scatter", ["x: config.lr"], 10, "does not say its “y”"),
        ("scatter", ["x: notes", "y: loss"], 11, "A plot cannot show “notes”"),
        ("scatter", ["x: config.lr", "y: loss", "x_log: maybe"], 13, "“x_log” is true or false"),
        ("bars", ["group: config.lr"], 10, "does not say its “value”"),
        ("bars", ["value: loss", "bars: 101"], 12, "“bars” is a whole number from 1 to 100"),
        ("distribution", ["value: loss", "bins: 0"], 12, "“bins” is a whole number"),
        ("parallel", ["axes: [loss]"], 11, "“axes” names 2 to 12 values; 1 came"),
        ("parallel", [], 10, "“axes” names 2 to 12 values; 0 came"),
    ],
)
def test_a_block_that_is_wrong_says_where(kind, lines, line, words):
    with pytest.raises(BlockProblem) as problem:
        panel_block("\n".join([f"kind: {kind}", *lines]), 10)
    assert words in problem.value.message
    assert problem.value.line == line


def test_plots_are_answered_over_the_runs_of_their_blocks(project, runs):
    scatter, bars, distribution, parallel = plots(make_report(project, ALL))
    assert scatter["plot"] == {"kind": "scatter", "line": "1", "x_log": "1"}
    of_run = dict(zip(scatter["answer"]["runs"], scatter["answer"]["axes"]["y"]["values"], strict=True))
    assert of_run == {run.slug: value for run, value in zip(runs, (1, 2, 3, 4), strict=True)}
    assert [(bar["label"], bar["mean"], bar["n"]) for bar in bars["answer"]["bars"]] == [("b", 2, 2), ("a", 3, 2)]
    assert sum(distribution["answer"]["parts"][0]["counts"]) == 4
    assert parallel["answer"]["drawn"] == 4
    one = block("scatter", "x: config.lr", "y: val/loss", f"runs: [{runs[0].slug}]")
    assert plots(make_report(project, one))[0]["answer"]["runs"] == [runs[0].slug]


def test_what_nothing_can_be_drawn_of_is_said_at_its_line(project, runs):
    lines = [
        block("scatter", "x: config.lr", "y: val/los"),
        block("bars", "value: config.model"),
        block("bars", 'value: metric["nobody knows"].best'),
    ]
    report = make_report(project, "\n".join(lines))
    page = html.unescape(browser().get(f"/r/{report.slug}/").content.decode())
    assert 'Line 4: No run of this project has “metric["val/los"].last”.' in page
    assert "Line 7: “model” holds texts, which have no bars." in page
    assert "Line 14: " in page
    assert plots(report) == []


def test_what_is_published_stays_and_hostile_names_are_text(project, runs):
    change_run(runs[0].id, name=HOSTILE)
    report = make_report(project, ALL)
    assert "<script>alert" not in browser().get(f"/r/{report.slug}/").content.decode()
    path = f"/api/v1/reports/{report.slug}/publish/"
    client = api_client(team_admin(project))
    asked = client.send("POST", path, {}).json()
    assert asked["total"] == 4
    publish_quietly(Publishing.objects.get().id)
    before = kept_bytes(report)
    panels = json.loads(before["json"])["panels"]
    assert [panel["kind"] for panel in panels] == ["scatter", "bars", "distribution", "parallel"]
    charts = [panel["charts"][0] for panel in panels]
    assert [(chart["problem"], list(chart["pictures"])) for chart in charts] == [("", ["dark", "light"])] * 4
    assert json.loads(before[charts[0]["data"]])["axes"]["y"]["values"]
    for run in runs:
        change_run(run.id, config={"lr": 9})
        archive_run(run.id)
    assert kept_bytes(report) == before
