"""The editor of reports, as it works without JavaScript, and its preview."""

import html
import re

import pytest
from django.test import Client

from apps.reports.models import Report
from apps.reports.services import MAX_MARKDOWN_BYTES, update_report
from tests import factories
from tests.reports.stories import logged_run, make_report, panel

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return factories.make_project()


@pytest.fixture
def owner(project):
    client = Client()
    client.force_login(factories.team_admin(project))
    return client


def typed(response):
    """What the text area holds."""
    found = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", response.content.decode(), re.S)
    assert found
    return html.unescape(found[1])


def test_a_new_report_begins_with_a_panel_that_draws(project, owner):
    for _ in range(2):
        logged_run(project, key="train/loss")
    logged_run(project, key="other")
    draft = typed(owner.get(f"/r/new/?project={project}"))
    assert "keys: [train/loss]" in draft
    preview = owner.post("/r/preview/", {"project": str(project), "title": "x", "markdown": draft})
    assert '<panel-chart data-key="train/loss">' in preview.content.decode()


def test_a_new_report_can_begin_with_chosen_runs_and_metrics(project, owner):
    first, second = logged_run(project, name="one\n# two"), logged_run(project)
    path = f"/r/new/?project={project}&run={second.slug}&run={first.slug}&key=val/loss&key=a,%20b"
    draft = typed(owner.get(path))
    assert "keys: [val/loss, 'a, b']" in draft
    assert draft.index(second.slug) < draft.index(f"{first.slug}  # one # two")
    preview = owner.post("/r/preview/", {"project": str(project), "title": "x", "markdown": draft}).content.decode()
    assert '<panel-chart data-key="val/loss">' in preview
    assert owner.get(f"/r/new/?project={project}&run=0000000000001").status_code == 404
    assert owner.get(f"/r/new/?project={project}&run=nope").status_code == 404


def test_saving_makes_the_report_and_shows_it(project, owner):
    response = owner.post(f"/r/new/?project={project}", {"title": "Result", "markdown": "a\r\nb", "do": "save"})
    report = Report.objects.get()
    assert response.headers["Location"] == f"/r/{report.slug}/"
    assert (report.title, report.markdown) == ("Result", "a\nb")
    assert report.author == factories.team_admin(project)
    edit = owner.get(f"/r/{report.slug}/edit/")
    assert typed(edit) == "a\nb"
    owner.post(f"/r/{report.slug}/edit/", {"title": "Result", "markdown": "c", "revision": "1", "do": "save"})
    assert Report.objects.get().markdown == "c"


def test_a_text_that_begins_with_an_empty_line_stays_as_it_is(project, owner):
    report = make_report(project, "\n\nx </textarea><script>")
    assert typed(owner.get(f"/r/{report.slug}/edit/")) == report.markdown


def test_preview_without_javascript_keeps_what_was_typed_and_saves_nothing(project, owner):
    sent = {"title": "T", "markdown": "**bold**", "do": "preview", "revision": "1"}
    report = make_report(project, "old")
    response = owner.post(f"/r/{report.slug}/edit/", sent)
    assert response.status_code == 200
    assert "<strong>bold</strong>" in response.content.decode()
    assert typed(response) == "**bold**"
    assert Report.objects.get().markdown == "old"


def test_what_cannot_be_saved_comes_back_with_the_reason(project, owner):
    response = owner.post(f"/r/new/?project={project}", {"title": "", "markdown": "words", "do": "save"})
    assert response.status_code == 400
    assert "A report needs a title." in response.content.decode()
    assert typed(response) == "words"
    assert not Report.objects.exists()


def test_a_save_over_someone_elses_needs_a_second_save(project, owner):
    report = make_report(project, "a")
    update_report(report=report, title=report.title, markdown="theirs")
    sent = {"title": "A", "markdown": "mine", "revision": "1", "do": "save"}
    response = owner.post(f"/r/{report.slug}/edit/", sent)
    assert response.status_code == 409
    assert "saved by someone else" in response.content.decode()
    assert typed(response) == "mine"
    assert Report.objects.get().markdown == "theirs"
    (revision,) = re.findall(r'name="revision" value="(\d+)"', response.content.decode())
    assert owner.post(f"/r/{report.slug}/edit/", {**sent, "revision": revision}).status_code == 302
    assert Report.objects.get().markdown == "mine"


def test_a_text_of_the_largest_size_can_be_saved_by_the_form(project, owner):
    markdown = "é" * (MAX_MARKDOWN_BYTES // 2)
    assert owner.post(f"/r/new/?project={project}", {"title": "T", "markdown": markdown}).status_code == 302
    response = owner.post(f"/r/new/?project={project}", {"title": "T", "markdown": markdown + "x"})
    assert response.status_code == 400
    assert "at most 1,048,576" in response.content.decode()


def test_the_preview_is_a_fragment_with_errors_at_their_place(project, owner):
    body = {"project": str(project), "title": "", "markdown": f"a\n\n{panel('keys: []')}"}
    response = owner.post("/r/preview/", body)
    assert response.headers["X-Fragment"] == "report"
    page = response.content.decode()
    assert "<html" not in page
    assert "Line 5: The block names no metric." in html.unescape(page)
    refused = owner.post("/r/preview/", {**body, "markdown": "x" * (MAX_MARKDOWN_BYTES + 1)})
    assert refused.status_code == 400
    assert refused.headers["X-Fragment"] == "report"


def test_the_editor_is_for_those_who_may_write(project):
    reader = factories.make_user()
    project.team.memberships.create(user=reader, role="viewer")
    report = make_report(project, "x")
    for user, status in ((None, 302), (reader, 404), (factories.make_user(), 404)):
        client = Client()
        if user is not None:
            client.force_login(user)
        body = {"project": str(project), "title": "T", "markdown": "changed"}
        assert client.get(f"/r/new/?project={project}").status_code == status
        assert client.post(f"/r/new/?project={project}", body).status_code == status
        assert client.post(f"/r/{report.slug}/edit/", body).status_code == status
        assert client.post("/r/preview/", body).status_code == status
    assert Report.objects.get().markdown == "x"


def test_a_project_that_is_not_there_is_not_found(owner):
    for name in ("no/such", "nonsense", ""):
        assert owner.get(f"/r/new/?project={name}").status_code == 404


def test_forms_need_their_csrf_token(project):
    client = Client(enforce_csrf_checks=True)
    client.force_login(factories.team_admin(project))
    assert client.post(f"/r/new/?project={project}", {"title": "T", "markdown": "x"}).status_code == 403
    assert client.post("/r/preview/", {"project": str(project), "markdown": "x"}).status_code == 403
