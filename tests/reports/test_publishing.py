"""What is published stays as it was, whatever becomes of the report and its runs."""

import hashlib
import io
import json
import re
from datetime import timedelta

import numpy as np
import orjson
import pytest
from django.utils import timezone

from apps.accounts.models import Scope
from apps.artifacts.services import put_file
from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.reports import held_pieces, jobs, publishing
from apps.reports.models import Publishing, Snapshot, SnapshotPiece
from apps.reports.services import update_report
from apps.reports.snapshot_queries import piece_of
from apps.runs.models import Run, Visibility
from apps.runs.removal import archive_run, bury_run, delete_run
from apps.runs.services import change_run
from tests.factories import api_client, browser, make_project, make_team, make_user, team_admin
from tests.reports.stories import kept_bytes, logged_run, make_report, panel
from tests.tables.tables import put_tables

pytestmark = pytest.mark.django_db(transaction=True)

HOSTILE = "\"'></td></script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def project():
    return make_project(visibility=Visibility.PUBLIC)


def report_of(project, *runs, words="Some **words**."):
    ids = ", ".join(run.slug for run in runs)
    return make_report(project, f"{words}\n\n{panel('keys: [val/loss]', f'runs: [{ids}]', 'title: Losses')}")


def published(report, **body):
    answer = api_client(team_admin(report.project)).send("POST", f"/api/v1/reports/{report.slug}/publish/", body)
    assert answer.status_code in (201, 202), answer.content
    return answer.json()


def test_what_is_published_stays_whole_when_all_it_rests_on_is_gone(project):
    runs = [logged_run(project, name=f"mlp-{n}", config={"lr": n}) for n in range(3)]
    report = report_of(project, *runs)
    made = published(report)
    before = kept_bytes(report)
    assert hashlib.sha256(before["json"]).hexdigest() == made["published"]["sha256"]
    update_report(report=report, title="Other", markdown="other words")
    change_run(runs[0].id, config={"lr": 7}, name="renamed", notes="edited")
    for run in runs[1:]:
        archive_run(run.id)
    delete_run(runs[2].id, agreed=True)
    Run.objects.filter(id=runs[2].id).delete()
    assert kept_bytes(report) == before
    assert len(before) >= 2 + 1 + 2 + 1 + 3  # page and json; html, two pictures, data, facts of three runs


def test_a_version_keeps_what_was_not_committed_and_the_packages_of_its_runs(project):
    """Also of a run that fell silent. A link to the version alone must not open them: its JSON does not name them."""
    packages, diff = {"numpy": "2.1.0"}, b"diff --git a/train.py b/train.py\n"
    silent = timezone.now() - timedelta(hours=1)
    run = logged_run(project, provenance={"packages": packages, "python": "3.12"}, heartbeat_at=silent)
    put_file(run, "code/diff.patch", io.BytesIO(diff))
    put_tables(run, {"8": {"recall": 0.9}, "3": {"recall": 0.4}}, key="val")
    report = report_of(project, run)
    published(report)
    snapshot = report.snapshots.get()
    facts = orjson.loads(piece_of(report, snapshot.said["runs"][run.slug])[1])
    assert (facts["state"], facts["environment"], len(facts["attempts"])) == ("crashed", {"python": "3.12"}, 1)
    (table,) = facts["class_tables"]
    assert (table["metric"], table["worst"][0]) == ("recall", {"class": "3", "value": 0.4})
    beside = [facts["uncommitted"]["sha256"], facts["packages"]["sha256"]]
    assert [piece_of(report, name)[1] for name in beside] == [diff, orjson.dumps(packages)]
    assert not any(name.encode() in bytes(snapshot.canonical) for name in beside)


def test_a_published_page_needs_no_script_and_says_its_sum(project):
    run = logged_run(project, name="mlp-1")
    report = report_of(project, run)
    made = published(report)["published"]
    answer = browser().get(f"/r/{report.slug}/1/")
    page = answer.content.decode()
    assert made["url"] == f"http://testserver/r/{report.slug}/1/"
    assert made["sha256"] in page
    assert "<p>Some <strong>words</strong>.</p>" in page
    assert "panel-chart" not in page
    pictures = re.findall(r'<img class="for-(\w+)" src="([^"]+)"', page)
    assert [theme for theme, _ in pictures] == ["light", "dark"]
    for _, path in pictures:
        picture = browser().get(path)
        assert picture["Content-Type"] == "image/svg+xml"
        assert picture["Content-Security-Policy"].startswith("sandbox;")
        assert picture["Cache-Control"] == "private, max-age=31536000, immutable"
        assert picture.content.startswith(b"<svg")
        assert browser().get(path, headers={"If-None-Match": picture["ETag"]}).status_code == 304
    canonical = browser().get(f"/r/{report.slug}/1.json").content
    by_key = api_client(team_admin(project), Scope.READ)
    assert by_key.send("GET", f"/api/v1/reports/{report.slug}/published/1/").content == canonical
    said = json.loads(canonical)
    html = by_key.send("GET", f"/api/v1/reports/{report.slug}/pieces/{said['html']}/").content
    assert hashlib.sha256(html).hexdigest() == said["html"]
    assert (said["report"], said["n"], said["revision"], said["title"]) == (report.slug, 1, 1, "A report")
    data = json.loads(browser().get(f"/r/{report.slug}/pieces/{said['panels'][0]['charts'][0]['data']}").content)
    assert data["runs"][0]["y"] == [3.0, 1.0, 2.0]
    assert said["figures"][run.slug]["val/loss"]["min"] == 1.0
    facts = json.loads(browser().get(f"/r/{report.slug}/pieces/{said['runs'][run.slug]}").content)
    assert (facts["name"], facts["project"]) == ("mlp-1", str(project))
    html = browser().get(f"/r/{report.slug}/pieces/{said['html']}")
    assert html["Content-Type"].startswith("text/plain")


def test_the_address_of_a_report_shows_what_was_published_last_and_leads_to_the_draft(project):
    report = report_of(project, logged_run(project))
    path = f"/r/{report.slug}/"
    assert '<panel-chart data-key="val/loss">' in browser().get(path).content.decode()
    published(report)
    update_report(report=report, title="A report", markdown="newer words")
    first = browser(team_admin(project)).get(path).content.decode()
    assert "Some <strong>words" in first
    assert "The draft, 1 revision newer" in first
    assert "newer words" in browser().get(f"{path}draft/").content.decode()
    assert published(report)["published"]["n"] == 2
    assert "newer words" in browser().get(path).content.decode()
    old = browser().get(f"{path}1/").content.decode()
    assert "Some <strong>words" in old
    assert "Version 2 is the newest" in old
    listed = api_client(team_admin(project)).send("GET", f"/api/v1/reports/{report.slug}/published/").json()
    assert [(one["n"], one["revision"]) for one in listed["published"]] == [(2, 2), (1, 1)]


def test_publishing_what_shows_nothing_new_makes_no_version(project):
    report = report_of(project, logged_run(project))
    first, second = published(report), published(report)
    assert first["published"] == second["published"]
    update_report(report=report, title="A report", markdown="x")
    assert published(report, revision=1)["published"]["n"] == 1
    pieces = SnapshotPiece.objects.filter(report=report).count()
    update_report(report=report, title="A report", markdown=report.revisions.get(n=1).markdown + "\nmore")
    assert published(report)["published"]["n"] == 2
    assert SnapshotPiece.objects.filter(report=report).count() == pieces + 3  # the page and its two pictures


def test_many_charts_are_drawn_by_a_worker_that_says_how_far_it_is(project, monkeypatch):
    monkeypatch.setattr(publishing, "AT_ONCE", 0)
    report = report_of(project, logged_run(project))
    client = api_client(team_admin(project))
    asked = published(report)
    assert (asked["state"], asked["done"], asked["total"], asked["published"]) == ("waiting", 0, 1, None)
    assert not Snapshot.objects.exists()
    page = browser(team_admin(project)).get(f"/r/{report.slug}/publish/{asked['id']}/").content.decode()
    assert "0 of 1 charts are drawn" in page
    one = Publishing.objects.get()
    jobs.publish_quietly(one.id)
    jobs.publish_quietly(one.id)  # once more changes nothing
    done = client.get(asked["progress"].replace("http://testserver", "")).json()
    assert (done["state"], done["done"], done["published"]["n"]) == ("done", 1, 1)
    assert browser(team_admin(project)).get(f"/r/{report.slug}/publish/{asked['id']}/")["Location"].endswith("/1/")
    assert Snapshot.objects.count() == 1


def test_what_a_queue_lost_is_found_and_what_never_ends_is_given_up(project, monkeypatch):
    monkeypatch.setattr(publishing, "AT_ONCE", 0)
    published(report_of(project, logged_run(project)))
    assert jobs.forgotten_publishings() == []
    Publishing.objects.update(touched_at=timezone.now() - timedelta(minutes=2), tries=3)
    (forgotten,) = jobs.forgotten_publishings()
    jobs.publish_quietly(forgotten)
    one = Publishing.objects.get()
    assert (one.state, one.message[:20]) == ("failed", "It ended three times")
    assert jobs.forgotten_publishings() == []


def test_what_is_too_large_is_refused_and_nothing_is_kept(project, monkeypatch):
    monkeypatch.setattr(held_pieces, "MAX_BYTES", 100)
    report = report_of(project, logged_run(project))
    path = f"/api/v1/reports/{report.slug}/publish/"
    answer = api_client(team_admin(project)).send("POST", path, {})
    assert (answer.status_code, answer.json()["code"]) == (413, "snapshot_too_large")
    assert "at most 100 are published" in answer.json()["message"]
    assert not Snapshot.objects.exists()
    assert not SnapshotPiece.objects.exists()
    page = browser(team_admin(project)).post(f"/r/{report.slug}/publish/", {"revision": "1"})
    assert page.status_code == 413
    assert "at most 100 are published" in page.content.decode()


def test_runs_that_readers_may_not_see_are_not_published(project):
    admin = team_admin(project)
    closed = make_project(project.team, visibility=Visibility.PRIVATE)
    opened = make_project(make_team(admin=make_user()), visibility=Visibility.PUBLIC)
    own, hidden, other = logged_run(project), logged_run(closed, name="secret"), logged_run(opened)
    assert published(report_of(project, own, other))["state"] == "done"
    answer = api_client(admin).send("POST", f"/api/v1/reports/{report_of(project, own, hidden).slug}/publish/", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "runs_of_others")
    assert str(closed) in answer.json()["message"]
    assert published(report_of(closed, own, hidden))["state"] == "done"  # its readers may see both


def test_what_changed_since_is_listed(project):
    runs = [logged_run(project, name=f"run-{n}", config={"lr": n}) for n in range(5)]
    report = report_of(project, *runs)
    published(report)
    path = f"/api/v1/reports/{report.slug}/published/1/changes/"
    client = api_client(team_admin(project))
    assert client.send("GET", path).json() == {
        "revisions": 0,
        "newer": None,
        "runs": [],
        "panels": [],
        "panels_not_compared": 0,
    }
    assert "Nothing: its text" in browser().get(f"/r/{report.slug}/1/changes/").content.decode()
    change_run(runs[0].id, config={"lr": 9, "new": 1}, name="renamed")
    more = Batch([Group(np.array([9]), np.array([9000]), ["val/loss"], np.array([[0.5]]))])
    append_batch(run_id=runs[1].id, attempt=1, writer="w", seq=1, batch=more)
    archive_run(runs[2].id)
    archive_run(runs[3].id)
    update_report(report=report, title="A report", markdown="x")
    bury_run(runs[3].id, agreed=True)
    found = client.send("GET", path).json()
    by_name = {one["name"]: one for one in found["runs"]}
    assert (found["revisions"], found["newer"], sorted(by_name)) == (1, None, ["run-0", "run-1", "run-2", "run-3"])
    assert by_name["run-0"]["words"] == ["name: renamed", "config: lr, new"]
    assert by_name["run-1"]["moved"] == [{"key": "val/loss", "figure": "last", "then": 2.0, "now": 0.5}]
    assert [by_name[name]["kind"] for name in sorted(by_name)] == ["edited", "edited", "archived", "deleted"]
    page = browser().get(f"/r/{report.slug}/1/changes/").content.decode()
    assert "config: lr, new" in page
    assert "2 → 0.5" in page
    published(report)
    assert client.send("GET", path).json()["newer"] == 2


def test_a_run_that_became_closed_is_not_told_of(project):
    opened = make_project(make_team(admin=make_user()), visibility=Visibility.PUBLIC)
    run = logged_run(opened, name="was open")
    report = report_of(project, run)
    published(report)
    opened.visibility = Visibility.PRIVATE
    opened.save()
    change_run(run.id, name="secret now")
    (change,) = (
        api_client(team_admin(project))
        .send("GET", f"/api/v1/reports/{report.slug}/published/1/changes/")
        .json()["runs"]
    )
    assert change == {"run": run.slug, "name": "was open", "kind": "closed", "words": [], "moved": []}
    assert "secret now" not in browser().get(f"/r/{report.slug}/1/changes/").content.decode()


def test_a_run_that_was_published_is_deleted_only_with_a_yes(project):
    run, other = logged_run(project, name="kept"), logged_run(project)
    report = report_of(project, run)
    published(report)
    update_report(report=report, title="A report", markdown="no runs any more")
    client = api_client(team_admin(project), Scope.ADMIN)
    for one in (run, other):
        archive_run(one.id)
    refused = client.send("DELETE", f"/api/v1/runs/{run.slug}/")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_published")
    assert f"“A report” (/r/{report.slug}/1/)" in refused.json()["message"]
    many = {"action": "delete", "runs": [run.slug, other.slug]}
    path = f"/api/v1/projects/{project}/runs/bulk/"
    refused = client.send("POST", path, many)
    assert (refused.status_code, refused.json()["code"]) == (409, "run_published")
    assert Run.objects.filter(deleted_at=None).count() == 2
    assert client.send("POST", path, {**many, "despite_published": True}).status_code == 200
    assert "Some <strong>words" in browser().get(f"/r/{report.slug}/1/").content.decode()


def test_a_yes_does_not_delete_what_a_report_still_draws(project):
    run = logged_run(project)
    report = report_of(project, run)
    published(report)
    archive_run(run.id)
    client = api_client(team_admin(project), Scope.ADMIN)
    refused = client.send("DELETE", f"/api/v1/runs/{run.slug}/?despite_published=true")
    assert (refused.status_code, refused.json()["code"]) == (409, "run_cited")
    update_report(report=report, title="A report", markdown="x")
    assert client.send("DELETE", f"/api/v1/runs/{run.slug}/?despite_published=true").status_code == 204


def test_who_may_read_reads_and_who_may_write_publishes():
    owner, reader, stranger = (make_user() for _ in range(3))
    project = make_project(make_team(admin=owner, viewer=reader), visibility=Visibility.PRIVATE)
    report = report_of(project, logged_run(project))
    published(report)
    name = json.loads(browser(owner).get(f"/r/{report.slug}/1.json").content)["html"]
    for path in ("", "1/", "1.json", "1/changes/", "draft/", f"pieces/{name}"):
        seen = {user: browser(user).get(f"/r/{report.slug}/{path}").status_code for user in (owner, reader, stranger)}
        assert list(seen.values()) == [200, 200, 404], path
        assert browser().get(f"/r/{report.slug}/{path}").status_code == 302
    assert browser(reader).post(f"/r/{report.slug}/publish/").status_code == 404
    assert "Publish" not in browser(reader).get(f"/r/{report.slug}/draft/").content.decode().split("<article")[1].split(
        "<form"
    )[0].replace("Published as", "")
    elsewhere = report_of(make_project(visibility=Visibility.PUBLIC), logged_run(make_project()))
    assert browser(owner).get(f"/r/{elsewhere.slug}/pieces/{name}").status_code == 404  # of another report


def test_hostile_names_are_published_as_text(project):
    run = logged_run(project, name=HOSTILE, key=HOSTILE)
    yaml_text = json.dumps(HOSTILE)
    report = make_report(project, panel(f"keys: [{yaml_text}]", f"runs: [{run.slug}]"), title=HOSTILE)
    published(report)
    change_run(run.id, name=HOSTILE + "!", config={HOSTILE: HOSTILE})
    for path in ("1/", "1/changes/"):
        page = browser().get(f"/r/{report.slug}/{path}").content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_more_runs_cost_no_more_queries(project, django_assert_max_num_queries):
    def queries(count):
        report = report_of(project, *(logged_run(project) for _ in range(count)))
        published(report)
        found = []
        for path in ("", "1/", "1/changes/"):
            with django_assert_max_num_queries(25) as recorded:
                assert browser().get(f"/r/{report.slug}/{path}").status_code == 200
            found.append(len(recorded))
        return found

    queries(1)
    assert queries(8) == queries(2)


def test_runs_that_are_alike_are_a_band_live_and_kept(project):
    for seed, values in enumerate(([1.0, 2.0], [3.0, 4.0])):
        logged_run(project, values, name=f"seed-{seed}", config={"lr": 0.1, "seed": seed})
    logged_run(project, [8.0, 9.0], config={"lr": 0.5, "seed": 0})
    report = make_report(project, panel("keys: [val/loss]", "group: all but seed"))
    assert '"group": "-config.seed"' in browser().get(f"/r/{report.slug}/").content.decode()
    published(report)
    kept = kept_bytes(report)
    (shown,) = json.loads(kept["json"])["panels"]
    assert shown["group"] == "-config.seed"
    bands = json.loads(kept[shown["charts"][0]["data"]])["bands"]
    assert [(band["name"], band["y"]) for band in bands] == [("lr=0.1", [2.0, 3.0]), ("lr=0.5", [8.0, 9.0])]
    assert b"mean \xc2\xb1 std" in kept[shown["charts"][0]["pictures"]["dark"]]
    one = make_report(project, panel("keys: [val/loss]", "group: all", "title: x"))
    published(one)
    data = json.loads(kept_bytes(one)["json"])["panels"][0]["charts"][0]["data"]
    assert [band["y"] for band in json.loads(kept_bytes(one)[data])["bands"]] == [[4.0, 5.0]]


def test_time_since_the_start_is_kept_as_it_is_drawn(project):
    run = logged_run(project)
    report = make_report(project, panel("keys: [val/loss]", "x: relative"))
    published(report)
    kept = kept_bytes(report)
    (chart,) = json.loads(kept["json"])["panels"][0]["charts"]
    began = round(run.started_at.timestamp() * 1000)
    places = json.loads(kept[chart["data"]])["runs"][0]["x"]
    assert places == pytest.approx([step * 1000 - began for step in range(3)], abs=1, rel=0)
