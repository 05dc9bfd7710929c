"""Class tables, confusion matrices, curves and histograms in reports: live, kept, and what became of them."""

import html
import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.reports import jobs
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.models import Publishing
from apps.runs.models import Visibility
from tests.factories import api_client, browser, make_project, make_run, team_admin
from tests.reports.stories import block, kept_bytes, make_report
from tests.tables.tables import class_curves, put_matrices, put_some_curves, put_some_histogram, put_tables

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("classes", "confusion", "curves", "histogram")
HOSTILE = "</th><script>alert(1)</script>\u202e"


@pytest.fixture
def runs():
    project = make_project(visibility=Visibility.PUBLIC)
    found = [make_run(project, name=name) for name in ("before", HOSTILE)]
    for place, run in enumerate(found):
        put_tables(run, {"7": {"support": 44, "recall": 0.9}, HOSTILE: {"support": 41, "recall": 0.8 - 0.3 * place}})
        put_matrices(run, ((40, 4), (12 + place, 29)), classes=("7", HOSTILE))
        put_some_curves(run, class_curves(HOSTILE, 0.6 - 0.2 * place))
        put_some_histogram(run, (3, 4 + place))
    return found


def of(runs, kind, *lines):
    return block(kind, f"runs: [{', '.join(run.slug for run in runs)}]", *lines)


def publish(report):
    return api_client(team_admin(report.project)).send("POST", f"/api/v1/reports/{report.slug}/publish/", {})


def rows(page):
    """The cells of all tables of numbers of a page, as words."""
    found = []
    for table in re.findall(r'<table class="rows report-numbers">(.*?)</table>', page, re.S):
        for row in re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], re.S):
            cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S)
            found.append([" ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in cells])
    return found


@pytest.mark.parametrize(
    ("kind", "lines", "line", "words"),
    [
        ("classes", ["only: best"], 11, "“only” is all or regressed, not “best”"),
        ("classes", [f"metrics: [{', '.join(f'm{n}' for n in range(11))}]"], 11, "names 11; at most 10"),
        ("confusion", ["key: val", "norm: rows"], 12, "“norm” is row, counts, column or all"),
        ("confusion", ["difference: maybe"], 11, "“difference” is true or false"),
        ("curves", ["curve: [roc, pie]"], 11, "“curve” cannot be “pie”"),
        ("histogram", ["step: soon"], 11, "“step” is a whole number"),
    ],
)
def test_a_block_that_is_wrong_says_where(kind, lines, line, words):
    with pytest.raises(BlockProblem) as problem:
        panel_block("\n".join([f"kind: {kind}", *lines]), 10)
    assert words in problem.value.message
    assert problem.value.line == line


def test_tables_are_shown_live_without_scripts_and_nothing_of_their_names_runs(runs):
    page = browser().get(f"/r/{make_report(runs[0].project, ''.join(of(runs, kind) for kind in KINDS)).slug}/")
    text = page.content.decode()
    listed = rows(text)
    assert [HOSTILE + " n 41", "0.8", "0.5 −0.3"] in listed
    assert ["7 n 44", "0.9", "0.9 ±0"] in listed
    assert ["expected cost of an example", "0.1882", "0.1977 +0.00944"] in listed
    assert [f"{HOSTILE} called 7", "12 · 29.3 %", "13 · 31 % +1.7 pp"] in listed
    assert ["ROC AUC", "0.8", "0.7 −0.1"] in listed
    assert ["values", "7", "8"] in listed
    assert listed.index([HOSTILE + " n 41", "0.8", "0.5 −0.3"]) < listed.index(["7 n 44", "0.9", "0.9 ±0"])
    assert text.count('class="matrix-plain') == 2
    assert text.count('class="curve slot-') == 2
    assert text.count('class="density slot-') == 2
    assert HOSTILE not in text
    assert "minus the baseline" in text


def test_options_choose_classes_metrics_the_baseline_and_the_step(runs):
    put_tables(runs[1], {"7": {"support": 44, "recall": 0.95, "precision": 0.7}}, step=200)
    markdown = of(
        runs, "classes", "metrics: [recall, precision]", "classes: 7", f"baseline: {runs[1].slug}", "step: 150"
    )
    page = browser().get(f"/r/{make_report(runs[0].project, markdown).slug}/").content.decode()
    assert "There is no metric “precision” in these runs; there are “recall”." in html.unescape(page)
    markdown = of(runs, "classes", "only: regressed", "metric: recall", f"baseline: {runs[1].slug}")
    page = browser().get(f"/r/{make_report(runs[0].project, markdown).slug}/").content.decode()
    assert rows(page) == [["7 n 44", "0.95", "0.9 −0.05"]]


@pytest.mark.parametrize(
    ("kind", "lines", "line", "words"),
    [
        ("classes", ["key: vla"], 4, "There is no class table “vla” in these runs; did you mean “val”?"),
        ("confusion", ["norm: all", "classes: [77]"], 5, "There is no class “77” in these runs; did you mean “7”?"),
        ("curves", ["step: 7"], 4, "No set of curves “val” of these runs stands at step 7."),
    ],
)
def test_what_the_runs_do_not_have_is_said_at_its_line(runs, kind, lines, line, words):
    client = api_client(team_admin(runs[0]))
    body = {"title": "x", "markdown": of(runs, kind, *lines)}
    answer = client.send("POST", f"/api/v1/projects/{runs[0].project}/reports/", body)
    assert [(one["line"], one["message"]) for one in answer.json()["problems"]] == [(line, words)]


def test_runs_without_tables_are_no_mistake(runs):
    empty = make_run(runs[0].project)
    page = browser().get(f"/r/{make_report(runs[0].project, of([empty], 'classes')).slug}/").content.decode()
    assert "This run has no class table yet." in page


def test_what_is_published_stays_and_what_became_of_the_tables_is_listed(runs):
    report = make_report(runs[0].project, "".join(of(runs, kind) for kind in KINDS))
    assert publish(report).status_code == 202  # four charts are a worker's
    jobs.publish(Publishing.objects.get().id)
    before = kept_bytes(report)
    said = json.loads(before["json"])
    assert [panel["kind"] for panel in said["panels"]] == list(KINDS)
    for panel in said["panels"]:
        assert panel["baseline"] == runs[0].slug
        assert panel["tables"][runs[1].slug]["step"] == "150"
        (picture,) = panel["charts"]
        light, dark = (before[picture["pictures"][theme]].decode() for theme in ("light", "dark"))
        assert ("#121418" in dark, "#121418" in light) == (True, False)
        assert "before" in light
        assert "<script" not in light
        assert runs[1].slug in before[picture["data"]].decode()
        assert before[picture["sheet"]].startswith((b"class,", b"actual,", b"run,"))
    classes = json.loads(before[said["panels"][0]["charts"][0]["data"]])["classes"]
    assert classes[0] == {
        "class": HOSTILE,
        "support": 41.0,
        "values": [0.8, 0.5],
        "deltas": [None, -0.30000000000000004],
    }
    assert [HOSTILE + " n 41", "0.8", "0.5 −0.3"] in rows(before["page"].decode())
    sheet = browser().get(f"/r/{report.slug}/1/data.csv").getvalue().decode()
    assert "1,recall of each class in val,7,44.0,0.9,0.9" in sheet
    assert "3,ROC of" in sheet
    assert "ROC AUC,0.8,0.7" in sheet
    put_tables(runs[1], {"7": {"support": 1, "recall": 0.1}}, step=300)
    put_matrices(runs[0], ((1, 1), (1, 1)), classes=("7", "9"))
    assert kept_bytes(report) == before
    changes = browser().get(f"/r/{report.slug}/1/changes/").content.decode()
    assert "class table “val”: step 150 → 300" in changes
    assert "confusion matrix “val”: step 150 logged anew" in changes
    assert "histogram" not in changes


def test_a_thousand_classes_are_listed_in_part_and_drawn_as_a_picture(runs):
    names = [f"class {place}" for place in range(300)]
    for place, run in enumerate(runs):
        put_tables(run, {name: {"support": 9, "recall": 0.5 - 0.001 * place} for name in names}, key="many")
        counts = [
            [int(row == column) * 9 + int(column == row + 1) * place for column in range(300)] for row in range(300)
        ]
        put_matrices(run, counts, classes=names, key="many")
    report = make_report(runs[0].project, of(runs, "classes", "key: many") + of(runs, "confusion", "key: many"))
    page = browser().get(f"/r/{report.slug}/").content.decode()
    assert "and 200 more" in page
    assert "/api/v1/pictures/confusion.svg?" in page
    assert 'class="matrix-plain' not in page


def test_blocks_of_one_key_cost_as_many_queries_as_one(runs):
    counts = []
    for blocks in (1, 5):
        report = make_report(runs[0].project, of(runs, "classes") * blocks)
        with CaptureQueriesContext(connection) as asked:
            assert browser().get(f"/r/{report.slug}/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
