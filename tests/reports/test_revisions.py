"""Every save of a report is kept: listed, compared, restored, and carried in archives."""

import importlib
import time
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from apps.core.errors import Invalid, NotFound
from apps.reports import services
from apps.reports.errors import ReportChanged
from apps.reports.models import Report, Revision
from apps.reports.queries import revision_of
from apps.reports.revision_diffs import unified
from apps.reports.services import create_report, restore_revision, update_report
from apps.runs.models import Visibility
from tests.factories import api_client, browser, make_project, make_user, team_admin
from tests.reports.stories import logged_run, make_report, panel
from tests.transfer.projects import archive_of

pytestmark = pytest.mark.django_db

HOSTILE = "\"'></td><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"


@pytest.fixture
def project():
    return make_project()


def facts(report):
    return [
        (one.n, one.title, one.markdown, one.note, one.author and one.author.username)
        for one in Revision.objects.filter(report=report).order_by("n")
    ]


def test_every_save_is_kept_with_its_author_and_what_was_said_of_it(project):
    first, second = team_admin(project), make_user("second")
    report = create_report(project=project, author=first, title="One", markdown="a", note=" why \n so ")
    update_report(report=report, title="One", markdown="a", author=second, note="nothing new")
    update_report(report=report, title="Two", markdown="b", author=second)
    assert facts(report) == [(1, "One", "a", "why so", first.username), (2, "Two", "b", "", "second")]
    assert revision_of(report, 2).created_at == Report.objects.get().updated_at


def test_a_refused_save_keeps_nothing(project):
    report = make_report(project, "a")
    update_report(report=report, title="A report", markdown="theirs")
    with pytest.raises(ReportChanged):
        update_report(report=report, title="A report", markdown="mine", based_on=1)
    with pytest.raises(Invalid, match="201 characters; at most 200"):
        update_report(report=report, title="A report", markdown="mine", note="x" * 201)
    assert [one[2] for one in facts(report)] == ["a", "theirs"]
    assert Report.objects.get().revision == 2


def test_a_restored_text_is_a_new_revision_and_nothing_is_lost(project):
    report = make_report(project, "a", title="One")
    update_report(report=report, title="Two", markdown="b")
    restore_revision(report=report, revision=revision_of(report, 1), author=None)
    assert (report.title, report.markdown, report.revision) == ("One", "a", 3)
    assert [one[1:4] for one in facts(report)] == [
        ("One", "a", ""),
        ("Two", "b", ""),
        ("One", "a", "Restored from revision 1"),
    ]
    with pytest.raises(NotFound):
        revision_of(report, 4)


def test_only_so_many_revisions_are_kept(project, monkeypatch):
    monkeypatch.setattr(services, "MAX_REVISIONS", 2)
    report = make_report(project, "1")
    update_report(report=report, title="x", markdown="2")
    with pytest.raises(Invalid, match="At most 2 revisions"):
        update_report(report=report, title="x", markdown="3")
    report.refresh_from_db()
    assert (report.markdown, report.revision, len(facts(report))) == ("2", 2, 2)


def test_what_was_there_before_revisions_is_kept_as_what_it_is(project):
    author = team_admin(project)
    once = create_report(project=project, author=author, title="Once", markdown="a")
    often = create_report(project=project, author=author, title="Often", markdown="b")
    Report.objects.filter(id=often.id).update(revision=7)
    Revision.objects.all().delete()
    migration = importlib.import_module("apps.reports.migrations.0002_revisions")
    migration.keep_what_is_known(apps, SimpleNamespace(connection=connection))
    assert facts(once) == [(1, "Once", "a", "", author.username)]
    assert facts(often) == [(7, "Often", "b", migration.BEFORE, None)]
    assert revision_of(often, 7).created_at == Report.objects.get(id=often.id).updated_at


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("same", "same", ""),
        ("a\nb\nc", "a\nx\nc", "--- 1\n+++ 2\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c"),
        ("", "a", "--- 1\n+++ 2\n@@ -1,1 +1,1 @@\n-\n+a"),
        ("a", "a\nb", "--- 1\n+++ 2\n@@ -1,1 +1,2 @@\n a\n+b"),
        ("a\na\na", "a\na", "--- 1\n+++ 2\n@@ -1,3 +1,2 @@\n a\n a\n-a"),
    ],
)
def test_a_diff_says_what_came_and_went(old, new, expected):
    assert unified(old, new, old_name="1", new_name="2") == expected


def test_long_texts_of_other_lines_are_compared_at_once():
    old, new = ("\n".join(f"{word} {line % 977}" for line in range(60_000)) for word in ("old", "new"))
    begin = time.perf_counter()
    text = unified(f"top\n{old}\nend", f"top\n{new}\nend", old_name="1", new_name="2")
    assert time.perf_counter() - begin < 5
    assert (text.count("\n-old"), text.count("\n+new")) == (60_000, 60_000)
    assert "\n top\n" in text
    assert text.endswith("\n end")


def test_a_script_lists_reads_compares_and_restores_revisions(project):
    client = api_client(team_admin(project))
    made = client.send(
        "POST", f"/api/v1/projects/{project}/reports/", {"title": "A", "markdown": "a\nb", "note": "begun"}
    )
    path = f"/api/v1/reports/{made.json()['id']}/"
    client.send("PUT", path, {"title": "B", "markdown": "a\nc", "revision": 1, "note": "better"})
    listed = client.send("GET", f"{path}revisions/").json()["revisions"]
    assert [(one["n"], one["title"], one["note"]) for one in listed] == [(2, "B", "better"), (1, "A", "begun")]
    assert listed[0]["author"] == team_admin(project).username
    assert [one["n"] for one in client.send("GET", f"{path}revisions/?before=2").json()["revisions"]] == [1]
    assert client.send("GET", f"{path}revisions/1/").json()["markdown"] == "a\nb"
    diff = client.send("GET", f"{path}revisions/2/diff/").json()
    assert (diff["from"], diff["to"], diff["old_title"], diff["title"]) == (1, 2, "A", "B")
    assert diff["diff"].endswith("\n a\n-b\n+c")
    assert "\n-c\n+b" in client.send("GET", f"{path}revisions/1/diff/?from=2").json()["diff"]
    refused = client.send("POST", f"{path}revisions/1/restore/", {"revision": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "report_changed")
    restored = client.send("POST", f"{path}revisions/1/restore/", {"revision": 2})
    assert (restored.status_code, restored.json()["revision"], restored.json()["markdown"]) == (200, 3, "a\nb")
    for wrong in ("revisions/9/", "revisions/9/diff/", "revisions/2/diff/?from=9", "revisions/99999999999999999999/"):
        assert client.send("GET", path + wrong).status_code == 404, wrong
    assert client.send("GET", f"{path}revisions/?before=x").status_code == 400


def test_the_pages_show_revisions_and_bring_one_back(project):
    run = logged_run(project)
    report = make_report(project, f"# Words\n\n{panel('keys: val/loss', f'runs: [{run.slug}]')}")
    update_report(report=report, title="Other", markdown="new words", note="shorter")
    client = browser(team_admin(project))
    path = f"/r/{report.slug}/"
    assert f'href="{path}revisions/"' in client.get(path).content.decode()
    listed = client.get(f"{path}revisions/").content.decode()
    assert "shorter" in listed
    assert f'href="{path}revisions/1/"' in listed
    old = client.get(f"{path}revisions/1/").content.decode()
    assert '<panel-chart data-key="val/loss">' in old
    unified_page = client.get(f"{path}revisions/diff/?from=1&to=2").content.decode()
    assert '<td class="diff-text">new words</td>' in unified_page
    assert "<del>A report</del>" in unified_page
    side = client.get(f"{path}revisions/diff/?from=1&to=2&view=side").content.decode()
    assert '<td class="diff-text diff-added">new words</td>' in side
    sent = client.post(f"{path}revisions/1/restore/")
    assert (sent.status_code, sent["Location"]) == (302, f"{path}draft/")
    assert Report.objects.get().revision == 3


def test_the_editor_keeps_what_is_said_of_a_save(project):
    client = browser(team_admin(project))
    report = make_report(project, "a")
    sent = {"title": "T", "markdown": "b", "revision": "1", "note": "because", "do": "save"}
    client.post(f"/r/{report.slug}/edit/", sent)
    assert facts(report)[-1] == (2, "T", "b", "because", team_admin(project).username)
    refused = client.post(f"/r/{report.slug}/edit/", {**sent, "markdown": "c"})
    assert refused.status_code == 409
    assert 'value="because"' in refused.content.decode()


def test_only_writers_are_offered_to_restore(project):
    report = make_report(project, "a")
    update_report(report=report, title="x", markdown="b")
    project.visibility = Visibility.PUBLIC
    project.save()
    for page in ("revisions/1/", "revisions/diff/"):
        assert "Restore revision" not in browser(make_user()).get(f"/r/{report.slug}/{page}").content.decode()
        assert "Restore revision 1" in browser(team_admin(project)).get(f"/r/{report.slug}/{page}").content.decode()


def test_hostile_words_of_revisions_are_drawn_as_text(project):
    report = make_report(project, HOSTILE, title=HOSTILE)
    update_report(report=report, title="x", markdown=HOSTILE * 2, note=HOSTILE)
    client = browser(team_admin(project))
    for page in ("revisions/", "revisions/1/", "revisions/diff/", "revisions/diff/?view=side"):
        answer = client.get(f"/r/{report.slug}/{page}").content.decode()
        assert "<script>alert" not in answer
        assert "<img" not in answer


def test_more_revisions_cost_no_more_queries(project, django_assert_max_num_queries):
    report = make_report(project, "0")
    client = browser(team_admin(project))

    def queries():
        with django_assert_max_num_queries(20) as recorded:
            assert client.get(f"/r/{report.slug}/revisions/").status_code == 200
        return len(recorded)

    update_report(report=report, title="x", markdown="1", author=make_user())
    few = queries()
    for number in range(2, 12):
        update_report(report=report, title="x", markdown=str(number), author=make_user())
    assert queries() == few


@pytest.mark.django_db(transaction=True)
def test_archives_carry_all_revisions(project):
    run = logged_run(project)
    report = create_report(project=project, author=None, title="One", markdown=run.slug, note="begun")
    update_report(report=report, title="Two", markdown="b", note="better")
    elsewhere = make_project()
    client = api_client(team_admin(elsewhere))
    archive = archive_of(project)
    counts = []
    for _ in range(2):
        answer = client.generic(
            "POST", f"/api/v1/projects/{elsewhere}/import/", archive, content_type="application/zip"
        )
        counts.append((answer.json()["reports"], answer.json()["revisions"]))
    assert counts == [(1, 1), (0, 0)]
    (brought,) = Report.objects.filter(project=elsewhere)
    assert [one[:4] for one in facts(brought)] == [
        (1, "One", elsewhere.runs.get().slug, "begun"),
        (2, "Two", "b", "better"),
    ]
    assert [one.created_at for one in brought.revisions.order_by("n")] == [
        one.created_at for one in report.revisions.order_by("n")
    ]
