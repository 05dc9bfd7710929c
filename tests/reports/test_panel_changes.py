"""What the panels of a published report would draw now."""

import numpy as np
import pytest

from apps.custom_panels.services import create_panel, save_version
from apps.history.batches import Batch, Group
from apps.history.services import append_batch, settle
from apps.reports import panel_changes
from apps.runs.models import Visibility
from apps.runs.removal import archive_run
from tests.custom_panels.documents import document
from tests.factories import api_client, browser, make_project, make_team, make_user, team_admin
from tests.reports.stories import block, logged_run, make_report

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


def published(report):
    path = f"/api/v1/reports/{report.slug}/publish/"
    assert api_client(team_admin(report.project)).send("POST", path, {}).status_code == 201
    return f"/api/v1/reports/{report.slug}/published/1/changes/"


def changes(path, user):
    return api_client(user).get(path).json()


def test_panels_whose_data_differ_and_runs_that_fit_now_are_said(project):
    run = logged_run(project, name="seed-1")
    gone = logged_run(project, name="seed-2")
    panel = create_panel(project=project, owner=None, name="Names", document=document())
    report = make_report(
        project,
        "\n".join(
            (
                block("line", "keys: [val/loss]", f"runs: [{run.slug}]", "title: One"),
                block("line", "keys: [val/loss]", 'runs: {name: "seed-*"}', "title: Seeds"),
                block("custom", f"panel: {panel.slug}", f"runs: [{run.slug}]"),
            )
        ),
    )
    path, admin = published(report), team_admin(project)
    assert changes(path, admin)["panels"] == []
    assert "Nothing: its text" in browser().get(f"/r/{report.slug}/1/changes/").content.decode()
    logged_run(project, name=f"seed-{HOSTILE}")
    archive_run(gone.id)
    save_version(panel=panel, author=None, document=document(title="other"))
    seeds, names = changes(path, admin)["panels"]
    assert (seeds["title"], seeds["came"], seeds["went"]) == ("Seeds", [f"seed-{HOSTILE}"], ["seed-2"])
    assert seeds["words"] == ["val/loss is drawn from other data"]
    assert names["words"] == ["Names is drawn from other data", "its panel has version 2, not 1"]
    more = Batch([Group(np.array([9]), np.array([9000]), ["val/loss"], np.array([[0.5]]))])
    append_batch(run_id=run.id, attempt=1, writer="w", seq=1, batch=more)
    assert [panel["title"] for panel in changes(path, admin)["panels"]] == ["One", "Seeds", "Names"]
    page = browser().get(f"/r/{report.slug}/1/changes/").content.decode()
    assert "+ seed-&lt;script&gt;" in page
    assert "− seed-2" in page
    assert HOSTILE not in page


def test_a_reader_is_told_no_more_than_they_may_see(project):
    opened = make_project(make_team(admin=make_user()), visibility=Visibility.PUBLIC)
    run = logged_run(opened, name="was open")
    path = published(make_report(project, block("line", "keys: [val/loss]", f"runs: [{run.slug}]")))
    opened.visibility = Visibility.PRIVATE
    opened.save()
    (panel,) = changes(path, team_admin(project))["panels"]
    assert panel["words"] == [f"it shows nothing now: There is no run {run.slug} that you may read."]


def test_comparing_ends_in_time(project, monkeypatch):
    run = logged_run(project)
    settle(run.id)
    blocks = [block("line", "keys: [val/loss]"), block("runs", "columns: val/loss")]
    report = make_report(project, "\n".join(blocks))
    path = published(report)
    assert changes(path, team_admin(project))["panels_not_compared"] == 0
    monkeypatch.setattr(panel_changes, "SECONDS", -1.0)
    assert changes(path, team_admin(project))["panels_not_compared"] == 2
    assert "2 panels could not be compared" in browser().get(f"/r/{report.slug}/1/changes/").content.decode()
