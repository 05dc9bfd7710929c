"""Everything that led to a run, a commit or a version, on one page and in two files."""

import io
from datetime import timedelta

import orjson
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.artifacts.services import put_file
from apps.provenance import dossiers
from apps.provenance.groups import by_code, by_data
from apps.provenance.markdown import markdown
from apps.reports.publishing import publish
from apps.runs.models import Attempt, Run
from apps.runs.services import change_run
from tests.factories import api_client, browser, make_project, make_team, make_user, team_admin
from tests.reports.stories import logged_run, make_report, panel
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db

COMMIT = "4f2a9c1d7e8b3a6f5c4d2e1b0a9f8e7d6c5b4a39"
DIFF = (
    b"diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 0.1\n+lr = 0.2 # ``` <b>\n"
)


@pytest.fixture
def project():
    return make_project(make_team("vision", admin=make_user("admin")), "digits")


def known_run(project, commit=COMMIT, **fields):
    """A run of which everything is known."""
    git = {"commit": commit, "branch": "wider", "remote": "git@github.com:vision/digits.git", "dirty": True}
    facts = {"git": git, "python": "3.12.4", "packages": {"numpy": "2.1.0"}, "command": ["python", "train.py"]}
    run = logged_run(
        project, provenance={**facts, "data": {"digits": "v3"}}, config={"optimizer": {"seed": 7}}, **fields
    )
    put_file(run, "code/diff.patch", io.BytesIO(DIFF))
    put_tables(run, {"8": {"recall": 0.9}, "3": {"recall": 0.4}}, key="val")
    return run


def published(project, *runs):
    text = panel("keys: [val/loss]", f"runs: [{', '.join(run.slug for run in runs)}]")
    report = make_report(project, text, title="Ship <it>?")
    publish(report=report, by=team_admin(project))
    return report


def read(project, path, user=None):
    answer = browser(user or team_admin(project)).get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_run_tells_everything_that_led_to_it_and_what_rests_on_it(project):
    run = known_run(project, name="mlp", attempt=2)
    Attempt.objects.filter(run=run, number=2).update(started_at=timezone.now() + timedelta(days=1))
    report = published(project, run)
    page = read(project, f"/runs/{run.slug}/provenance/")
    for said in (
        f'href="/r/{report.slug}/1/"',
        report.snapshots.get().sha256,
        COMMIT,
        f'href="/vision/digits/commits/{COMMIT}/"',
        "https://github.com/vision/digits/commit/",
        "wider",
        "python train.py",
        "diff-added",
        "<dt>digits</dt>",
        "3.12.4",
        "numpy 2.1.0",
        "optimizer.seed 7",
        "<bdi>3</bdi> 0.4",
    ):
        assert said in page, said
    assert f"{timezone.now() + timedelta(days=1):%Y-%m-%d}" in page  # resumed
    assert "draft" not in page.partition("Reports</h2>")[2].partition("Runs</h2>")[0]
    assert f'href="/runs/{run.slug}/provenance/"' in read(project, f"/runs/{run.slug}/")


def test_what_was_not_recorded_is_said(project):
    run = logged_run(project, config={})
    report = make_report(project, f"See {run.slug}", title="Notes")
    for path in (f"/runs/{run.slug}/provenance/", f"/runs/{run.slug}/provenance.md"):
        text = read(project, path)
        for said in (
            "No commit was recorded",
            "No data reference was recorded",
            "No environment was recorded",
            "No packages were recorded",
            "No class table was logged",
            "no seed in its config",
            f"/r/{report.slug}/draft/",
        ):
            assert said in text, (path, said)


def test_a_commit_shows_the_runs_that_were_made_from_it(project, monkeypatch):
    mine = [known_run(project, name=f"mine-{number}") for number in range(3)]
    known_run(project, "4f2a9c1e" + COMMIT[8:], name="other-commit")
    elsewhere = known_run(make_project(), name="elsewhere")
    hidden = published(make_project(), known_run(elsewhere.project, name="x"))
    published(project, *mine[:2])
    path = f"/vision/digits/commits/{COMMIT[:8].upper()}/"
    with CaptureQueriesContext(connection) as few:
        page = read(project, path)
    assert page.count("<bdi>mine-0</bdi>") >= 1
    assert "Ship &lt;it&gt;?" in page
    for absent in ("other-commit", "elsewhere", hidden.slug):
        assert absent not in page
    assert "other-commit" in read(project, "/vision/digits/commits/4f2a9c1/")
    known_run(project, name="one-more")
    known_run(project, name="two-more")
    with CaptureQueriesContext(connection) as many:
        read(project, path)
    assert len(many) == len(few)
    monkeypatch.setattr(dossiers, "MAX_RUNS", 2)
    assert "3 older ones are left out" in read(project, path)
    assert "was made from this commit" in read(project, "/vision/digits/commits/0000000/")
    for wrong in ("4f2a9c", "not-a-commit", "4f2a9c1d.csv"):
        assert browser(team_admin(project)).get(f"/vision/digits/commits/{wrong}/").status_code == 404


def test_what_led_to_a_version_stays_the_same_whatever_becomes_of_its_runs(project):
    runs = [known_run(project, name=f"mlp-{number}") for number in range(2)]
    report = published(project, *runs)
    paths = [f"/r/{report.slug}/1/provenance{end}" for end in ("/", ".json", ".md")]
    before = [read(project, path) for path in paths]
    for said in (COMMIT, "lr = 0.2", "numpy", "Ship", "mlp-1"):
        assert all(said in text for text in before[1:]), said
    assert "diff-added" in before[0]
    facts = orjson.loads(before[1])
    assert facts["packages"].popitem()[1] == {"numpy": "2.1.0"}
    assert list(facts["diffs"].values()) == [DIFF.decode()]
    change_run(runs[0].id, name="renamed", config={"seed": 8})
    Run.objects.filter(id=runs[1].id).delete()
    assert [read(project, path) for path in paths[1:]] == before[1:]
    assert f'href="{paths[0]}"' in read(project, f"/r/{report.slug}/1/")


def test_an_export_is_the_same_as_long_as_nothing_changed(project):
    run = known_run(project)
    client = browser(team_admin(project))
    path = f"/runs/{run.slug}/provenance.json"
    answer = client.get(path)
    assert answer["Content-Disposition"] == f'attachment; filename="provenance-runs-{run.slug}.json"'
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client.get(f"/runs/{run.slug}/provenance.pdf").status_code == 404
    programs = api_client(team_admin(project))
    assert programs.get(f"/api/v1/runs/{run.slug}/provenance/").content == answer.content
    of_commit = programs.get(f"/api/v1/projects/vision/digits/commits/{COMMIT[:7]}/").json()
    assert [one["id"] for one in of_commit["runs"]] == [run.slug]
    report = published(project, run)
    said = programs.get(f"/api/v1/reports/{report.slug}/published/1/provenance/").content
    assert said == client.get(f"/r/{report.slug}/1/provenance.json").content


def test_runs_that_share_their_code_are_told_once_and_no_text_ends_its_fence():
    code = {"commit": "a" * 40, "branch": "", "remote": "", "dirty": True}
    diff = {"path": "p", "sha256": "s" * 64, "size": 3}
    runs = [
        {"id": str(n), "name": "`|x", "state": "finished", "started_at": 0, "attempt": 1, "code": code, "data": data}
        for n, data in enumerate(("v1", None, "v1"))
    ]
    runs = [{**one, "uncommitted": diff, "config": {}, "command": ""} for one in runs]
    assert [len(one.runs) for one in by_code(runs)] == [3]
    assert [(one.shared, len(one.runs)) for one in by_data(runs)] == [({"data": "v1"}, 2), ({}, 1)]
    named = {"kind": "commit", "name": "[x](y) <b>", "path": "/"}
    text = markdown(
        {
            "of": named,
            "project": "a/b",
            "reports": [],
            "drafts": [],
            "runs": runs,
            "runs_total": 9,
            "packages": {},
            "diffs": {"s" * 64: "a\n```\n# not a heading\n"},
        },
        lambda path: path,
    )
    assert "````diff\na\n```\n# not a heading\n````" in text
    assert "3 of 9 runs." in text
    assert "\\[x\\](y) \\<b\\>" in text
    assert "`ˋ¦x`" in text
