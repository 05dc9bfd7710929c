"""A program calls a report by a key of its own, so that a fresh checkout saves the one that is there."""

import threading

import pytest
from django.db import connection

from apps.core.errors import Invalid
from apps.reports.models import Report, Revision
from apps.reports.services import create_report, put_report
from tests.factories import api_client, browser, make_project, make_user, team_admin
from tests.transfer.projects import archive_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def path_of(project, key):
    return f"/api/v1/projects/{project}/reports/by-key/{key}/"


def test_the_first_push_makes_a_report_and_the_next_ones_save_it(project):
    writer, path = api_client(team_admin(project)), path_of(project, "reports/digits.md")
    assert writer.send("GET", path).status_code == 404
    made = writer.send("PUT", path, {"title": "Digits", "markdown": "a", "note": "commit 1"})
    assert made.status_code == 201
    assert (made.json()["key"], made.json()["revision"]) == ("reports/digits.md", 1)
    saved = writer.send("PUT", path, {"title": "Digits", "markdown": "b", "note": "commit 2"})
    assert (saved.status_code, saved.json()["id"], saved.json()["revision"]) == (200, made.json()["id"], 2)
    same = writer.send("PUT", path, {"title": "Digits", "markdown": "b", "note": "commit 3"})
    assert (same.status_code, same.json()["revision"]) == (200, 2)
    assert list(Revision.objects.order_by("n").values_list("note", flat=True)) == ["commit 1", "commit 2"]
    late = writer.send("PUT", path, {"title": "Digits", "markdown": "c", "revision": 1})
    assert (late.status_code, late.json()["code"]) == (409, "report_changed")
    read = writer.send("GET", path).json()
    assert (read["id"], read["markdown"], read["author"]) == (made.json()["id"], "b", team_admin(project).username)


def test_the_same_key_in_another_project_is_another_report(project):
    other = make_project(project.team, "other")
    writer = api_client(team_admin(project))
    ids = {
        writer.send("PUT", path_of(one, "a.md"), {"title": "A", "markdown": ""}).json()["id"]
        for one in (project, other)
    }
    assert len(ids) == 2
    stranger = api_client(make_user("stranger"))
    assert stranger.send("GET", path_of(project, "a.md")).status_code == 404
    assert stranger.send("PUT", path_of(project, "a.md"), {"title": "A", "markdown": "x"}).status_code == 404


@pytest.mark.parametrize("key", ["", "/a.md", "a//b.md", "a/", "../a.md", "a/./b", "x" * 251, "a\0b", "\ud800"])
def test_a_key_is_a_path(project, key):
    with pytest.raises(Invalid) as refused:
        put_report(project=project, key=key, author=None, title="A", markdown="")
    assert set(refused.value.fields) == {"key"}
    assert not Report.objects.exists()


def test_a_key_may_hold_any_words(project):
    writer = api_client(team_admin(project))
    key = 'Berichte/Ähren & <b>"Ziffern"#7 ?.md'
    quoted = "Berichte/%C3%84hren%20%26%20%3Cb%3E%22Ziffern%22%237%20%3F.md"
    assert writer.send("PUT", path_of(project, quoted), {"title": "A", "markdown": ""}).json()["key"] == key
    assert writer.send("GET", path_of(project, "a%00b")).status_code == 404


def test_whoever_edits_a_pushed_report_is_told_that_the_next_push_replaces_it(project):
    report = create_report(project=project, author=None, title="A", markdown="", key="<b>a.md")
    page = browser(team_admin(project)).get(f"/r/{report.slug}/edit/").content.decode()
    assert "is pushed as <code>&lt;b&gt;a.md</code>: the next push replaces" in page


def test_an_archive_carries_keys_and_takes_none_that_is_taken(project):
    create_report(project=project, author=None, title="A", markdown="", key="a.md")
    create_report(project=project, author=None, title="B", markdown="", key="b.md")
    target = make_project()
    create_report(project=target, author=None, title="Own", markdown="", key="b.md")
    client = api_client(team_admin(target))
    path = f"/api/v1/projects/{target}/import/"
    assert client.generic("POST", path, archive_of(project), content_type="application/zip").status_code == 200
    assert dict(Report.objects.filter(project=target).values_list("title", "key")) == {
        "Own": "b.md",
        "A": "a.md",
        "B": None,
    }


@pytest.mark.django_db(transaction=True)
def test_two_who_push_a_new_file_at_once_make_one_report(project):
    together = threading.Barrier(2)

    def push(text):
        together.wait()
        try:
            put_report(project=project, key="a.md", author=None, title="A", markdown=text)
        finally:
            connection.close()

    threads = [threading.Thread(target=push, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    report = Report.objects.get()
    assert report.revision == 2
    assert sorted(Revision.objects.values_list("markdown", flat=True)) == ["one", "two"]
