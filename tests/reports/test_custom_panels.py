"""Custom panels in reports: live for those who may see them, kept with their version, parameters and rows."""

import html
import json

import pytest

from apps.custom_panels import data
from apps.custom_panels.services import create_panel, save_version
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.models import SnapshotRun
from apps.runs.models import Visibility
from apps.runs.removal import archive_run
from apps.runs.services import change_run
from tests.custom_panels.documents import document
from tests.factories import api_client, browser, make_project, make_run, make_team, make_user, team_admin
from tests.reports.stories import block, kept_bytes, make_report

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "\"'></p></script><script>alert(1)</script>\u202e"
BY_MODEL = document(
    {"rows": {"kind": "runs", "filter": "config.model == ${model}", "fields": ["config.model"]}},
    {"model": {"default": "mlp"}},
    title="Runs of ${model}",
)
ADDRESS = "https://example.org/vision/digits/panels/{}/edit/"


def panel_of(project, text=BY_MODEL, **more):
    more = {"name": "By model", **more}
    return create_panel(project=project, owner=more.pop("owner", team_admin(project)), document=text, **more)


def publish(report):
    path = f"/api/v1/reports/{report.slug}/publish/"
    return api_client(team_admin(report.project)).send("POST", path, {})


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


@pytest.fixture
def runs(project):
    return [make_run(project, name=f"{model}-1", config={"model": model}) for model in ("mlp", "sgd")]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        (["title: x"], 10, "The block names no panel"),
        (["panel: mine"], 11, "“mine” is no panel id (13 characters)"),
        (["panel: [a]"], 11, "“panel” is one text"),
        (["panel: 0123456789abc", "version: 0"], 12, "“version” is a whole number from 1 to 10,000, not “0”"),
        (["panel: 0123456789abc", "parameters: a"], 12, "“parameters” is made of names with values"),
        (["panel: 0123456789abc", "parameters:", "  model: [a]"], 13, "“model” is one text"),
        (["panel: 0123456789abc", f"parameters: {{{', '.join(f'p{n}: 1' for n in range(21))}}}"], 12, "21 came"),
    ],
)
def test_a_block_that_is_wrong_says_where(lines, line, words):
    with pytest.raises(BlockProblem) as problem:
        panel_block("\n".join(["kind: custom", *lines]), 10)
    assert words in problem.value.message
    assert problem.value.line == line


def test_a_panel_is_drawn_live_in_its_frame_over_the_runs_of_the_block(project, runs):
    panel = panel_of(project, name=HOSTILE)
    markdown = block("custom", f"panel: {ADDRESS.format(panel.slug)}", "parameters: {model: sgd}", "height: 400")
    markdown += block("custom", f"panel: {panel.slug}", "version: 1", f"runs: [{runs[1].slug}, {runs[0].slug}]")
    page = browser().get(f"/r/{make_report(project, markdown).slug}/").content.decode()
    assert page.count("<custom-panel ") == 2
    assert f'data-project="{project}" data-panel="{panel.slug}" data-version="1"' in page
    assert f'data-runs="{runs[1].slug},{runs[0].slug}"' in page
    assert 'data-parameters="{&quot;model&quot;: &quot;sgd&quot;}"' in page
    assert 'data-height="400"' in page
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;") in page.replace("&#x27;", "&#39;")
    assert HOSTILE not in page


def test_each_reader_is_told_at_the_line_what_they_may_not_see_or_what_is_wrong(project, runs):
    owner, stranger = team_admin(project), make_user()
    mine = panel_of(project, shared=False)
    elsewhere = panel_of(make_project(make_team(admin=stranger)))
    blocks = [
        block("custom", f"panel: {mine.slug}"),
        block("custom", f"panel: {elsewhere.slug}"),
        block("custom", f"panel: {mine.slug}", "version: 7"),
        block("custom", f"panel: {mine.slug}", "parameters:", "  colour: red"),
    ]
    report = make_report(project, "\n".join(blocks))

    def said(user):
        page = html.unescape(browser(user).get(f"/r/{report.slug}/").content.decode())
        return page.count("<custom-panel "), [part.split("</span>")[0] for part in page.split("<span>Line ")[1:]]

    assert said(owner) == (
        1,
        [
            f"8: There is no panel {elsewhere.slug} that you may read.",
            "14: The panel “By model” has no version 7; its newest is 1.",
            "21: The parameter “colour” is not one of model.",
        ],
    )
    drawn, problems = said(stranger)
    assert drawn == 1
    assert f"3: There is no panel {mine.slug} that you may read." in problems
    assert "By model" not in "".join(problems)
    assert publish(make_report(project, blocks[0])).json()["code"] == "panels_of_others"
    assert publish(make_report(project, blocks[1])).json()["published"]["n"] == 1  # its author may not see it either


def test_what_is_published_keeps_version_parameters_rows_and_runs(project, runs):
    panel = panel_of(project)
    report = make_report(project, "Words\n\n" + block("custom", f"panel: {panel.slug}", "parameters: {model: sgd}"))
    answer = publish(report)
    assert answer.status_code == 201, answer.content
    before = kept_bytes(report)
    said = json.loads(before["json"])
    (kept,) = said["panels"]
    assert (kept["title"], kept["runs"], kept["parameters"]) == ("By model", [runs[1].slug], {"model": "sgd"})
    assert (kept["panel"]["id"], kept["panel"]["version"]) == (panel.slug, 1)
    assert before[kept["panel"]["document"]].decode() == BY_MODEL
    (chart,) = kept["charts"]
    rows = json.loads(before[chart["data"]])["sources"]["rows"]["columns"]
    assert (rows["name"], rows["config.model"]) == (["sgd-1"], ["sgd"])
    light, dark = (before[chart["pictures"][theme]].decode() for theme in ("light", "dark"))
    assert "Runs of sgd" in light
    assert "#121418" in dark
    assert b"<custom-panel" not in before["page"]
    assert b"version 1" in before["page"]
    assert list(said["runs"]) == [runs[1].slug]
    assert [row.run_id for row in SnapshotRun.objects.all()] == [runs[1].id]  # deleting it is refused
    save_version(panel=panel, author=None, document=document(title="other"))
    change_run(runs[1].id, name="renamed", config={"model": "mlp"})
    archive_run(runs[0].id)
    make_run(project, config={"model": "sgd"})
    assert kept_bytes(report) == before


def test_a_panel_that_asks_too_much_is_said_and_the_rest_is_published(project, runs, monkeypatch):
    monkeypatch.setattr(data, "MAX_ROWS", 1)
    report = make_report(project, block("custom", f"panel: {panel_of(project, document()).slug}") + "\nthe end")
    assert publish(report).status_code == 201
    (panel,) = json.loads(browser().get(f"/r/{report.slug}/1.json").content)["panels"]
    (chart,) = panel["charts"]
    assert (chart["pictures"], chart["data"], "asks for 2 rows" in chart["problem"]) == ({}, "", True)
    page = html.unescape(browser().get(f"/r/{report.slug}/").content.decode())
    assert chart["problem"] in page
    assert "the end" in page
