"""Reports over HTTP: written by scripts, read by anyone who may."""

import pytest

from apps.accounts.models import Scope
from apps.reports.models import Report
from apps.reports.services import MAX_MARKDOWN_BYTES
from apps.runs.models import Visibility
from tests import factories
from tests.factories import ApiClient, api_client
from tests.reports.stories import logged_run, make_report, panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.make_project()


@pytest.fixture
def writer(project):
    return api_client(factories.team_admin(project))


def reports_of(project):
    return f"/api/v1/projects/{project.team.slug}/{project.slug}/reports/"


def test_a_script_writes_reads_and_saves_a_report(project, writer):
    run = logged_run(project)
    markdown = f"Words\r\n\n{panel('keys: val/loss', f'runs: [{run.slug}]')}"
    made = writer.send("POST", reports_of(project), {"title": "Result", "markdown": markdown})
    assert made.status_code == 201
    body = made.json()
    assert body["url"] == f"http://testserver/r/{body['id']}/"
    assert body["problems"] == []
    read = writer.send("GET", f"/api/v1/reports/{body['id']}/").json()
    assert (read["title"], read["markdown"]) == ("Result", markdown.replace("\r\n", "\n"))
    assert (read["project"], read["revision"]) == (str(project), 1)
    assert read["author"] == factories.team_admin(project).username
    saved = writer.send("PUT", f"/api/v1/reports/{body['id']}/", {"title": "Result 2", "markdown": "", "revision": 1})
    assert saved.status_code == 200
    assert (saved.json()["title"], saved.json()["revision"]) == ("Result 2", 2)
    assert [one["title"] for one in writer.send("GET", reports_of(project)).json()["reports"]] == ["Result 2"]


def test_blocks_that_cannot_be_drawn_are_stored_and_told(project, writer):
    body = {"title": "Result", "markdown": f"# A\n\n{panel('keys: [nope]')}\n{panel('runs: []')}"}
    logged_run(project)
    made = writer.send("POST", reports_of(project), body)
    assert made.status_code == 201
    assert made.json()["problems"] == [
        {"line": 3, "message": "This run has not logged “nope” yet."},
        {"line": 9, "message": "The block names no metric. Add “keys”, for example “keys: [val/loss]”."},
    ]


def test_a_save_on_top_of_an_older_revision_is_refused(project, writer):
    report = make_report(project, "a")
    path = f"/api/v1/reports/{report.slug}/"
    assert writer.send("PUT", path, {"title": "A", "markdown": "b", "revision": 1}).status_code == 200
    refused = writer.send("PUT", path, {"title": "A", "markdown": "c", "revision": 1})
    assert refused.status_code == 409
    assert refused.json()["code"] == "report_changed"
    assert refused.json()["fields"] == {"revision": "1 came, the report is at 2"}
    assert Report.objects.get().markdown == "b"
    assert writer.send("PUT", path, {"title": "A", "markdown": "c"}).json()["revision"] == 3  # without: overwrites


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"title", "markdown"}),
        ({"title": "", "markdown": "x"}, {"title"}),
        ({"title": " ", "markdown": "x"}, {"title"}),
        ({"title": "x" * 201, "markdown": "x"}, {"title"}),
        ({"title": "x", "markdown": None}, {"markdown"}),
        ({"title": "x", "markdown": 3}, set()),
        ({"title": "x", "markdown": ["x"]}, {"markdown"}),
        ({"title": "x", "markdown": "a\0b"}, {"markdown"}),
        ({"title": "x", "markdown": "x" * (MAX_MARKDOWN_BYTES + 1)}, {"markdown"}),
        ([], {""}),
        (b'{"title": "x", "markdown": "\\ud800"}', {"markdown"}),
        (b'{"title": ', None),
        (b"", None),
    ],
)
def test_bad_bodies_are_refused_with_every_bad_field(project, writer, body, fields):
    answer = writer.send("POST", reports_of(project), body)
    if fields == set():  # REST framework reads a number as its text
        assert answer.status_code == 201
        return
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fields"}
    if fields is not None:
        assert set(answer.json()["fields"]) == fields
    assert not Report.objects.exists()


def test_who_may_do_what(project):
    owner = factories.team_admin(project)
    reader, stranger = factories.make_user(), factories.make_user()
    project.team.memberships.create(user=reader, role="viewer")
    report = make_report(project, "words")
    one = f"/api/v1/reports/{report.slug}/"
    body = {"title": "x", "markdown": "y"}
    people = {
        "anonymous": ApiClient(),
        "stranger": api_client(stranger),
        "reader": api_client(reader),
        "owner": api_client(owner),
        "read key": api_client(owner, Scope.READ),
        "bad key": ApiClient("plk_nope"),
    }

    def statuses(method, path, body=None):
        return {name: client.send(method, path, body).status_code for name, client in people.items()}

    read = {"anonymous": 401, "stranger": 404, "reader": 200, "owner": 200, "read key": 200, "bad key": 401}
    assert statuses("GET", one) == read
    assert statuses("GET", reports_of(project)) == read
    written = {"anonymous": 401, "stranger": 404, "reader": 404, "owner": 201, "read key": 403, "bad key": 401}
    assert statuses("POST", reports_of(project), body) == written
    assert statuses("PUT", one, body) == {**written, "owner": 200}
    project.visibility = Visibility.PUBLIC
    project.save()
    assert statuses("GET", one) == dict.fromkeys(people, 200) | {"bad key": 401}
    assert statuses("PUT", one, body)["stranger"] == 404


def test_a_block_is_put_at_the_end_as_a_revision_and_goes_by_restoring(writer, project):
    report = make_report(project, "# Why\n\nBecause.\n\n\n", title="Why")
    block = 'kind: line\nkeys: ["val/loss"]\nruns: ["0123456701234"]'
    answer = writer.send("POST", f"/api/v1/reports/{report.slug}/blocks/", {"block": block})
    assert answer.status_code == 201
    saved = answer.json()
    assert saved["markdown"] == f"# Why\n\nBecause.\n\n```panel\n{block}\n```\n"
    assert saved["revision"] == 2
    assert report.revisions.get(n=2).note == "Added a line panel"
    undone = writer.send("POST", f"/api/v1/reports/{report.slug}/revisions/1/restore/", {"revision": 2})
    assert undone.status_code == 200
    report.refresh_from_db()
    assert report.markdown == "# Why\n\nBecause.\n\n\n"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("kind: pie", "no panel kind “pie”"),
        ("kind: line", "names no metric"),
        ('kind: line\nkeys: a\ntitle: "```"', "cannot hold “```”"),
        ("", "may not be blank"),
    ],
)
def test_a_block_that_cannot_be_read_changes_nothing(writer, project, block, words):
    report = make_report(project, "x")
    answer = writer.send("POST", f"/api/v1/reports/{report.slug}/blocks/", {"block": block})
    assert answer.status_code == 400
    assert words in str(answer.json())
    report.refresh_from_db()
    assert (report.markdown, report.revision) == ("x", 1)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/reports/0000000000000/", 404),
        ("GET", "/api/v1/reports/nope/", 404),
        ("PUT", "/api/v1/reports/0000000000000/", 404),
        ("DELETE", "/api/v1/reports/0000000000000/", 405),
        ("POST", "/api/v1/projects/no/such/reports/", 404),
    ],
)
def test_what_is_not_there_answers_the_one_error_body(writer, method, path, status):
    answer = writer.send(method, path, {"title": "x", "markdown": "y"} if method in ("PUT", "POST") else None)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "message", "fields"}


def test_a_signed_in_browser_needs_its_csrf_token(project):
    client = ApiClient(enforce_csrf_checks=True)
    client.force_login(factories.team_admin(project))
    answer = client.send("POST", reports_of(project), {"title": "x", "markdown": "y"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
