"""What admins set of a project, and that hiding it hides it at once."""

import pytest
from django.test import Client

from apps.accounts.models import AuditEvent, Membership, Role
from tests.factories import api_client, make_project, make_run, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def project(owner):
    return make_project(make_team("vision", admin=owner), "digits")


@pytest.fixture
def browser(client, owner):
    client.force_login(owner)
    return client


def test_an_admin_says_what_a_project_is_and_who_sees_it(browser, project):
    page = browser.get("/vision/digits/")
    assert b"/vision/digits/settings/" in page.content
    settings = {"name": "Digits", "description": "What we <b>try</b>", "visibility": "public"}
    assert browser.post("/vision/digits/settings/", settings).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.visibility) == ("Digits", "public")
    assert b"What we &lt;b&gt;try&lt;/b&gt;" in browser.get("/vision/digits/settings/").content
    assert Client().get("/vision/digits/").status_code == 200
    event = AuditEvent.objects.get()
    assert (event.action, event.target) == ("project.shown", "vision/digits")
    assert event.facts == {"before": "private", "after": "public"}


def test_a_name_alone_is_no_event(browser, project):
    browser.post("/vision/digits/settings/", {"name": "Digits", "description": "", "visibility": "private"})
    assert not AuditEvent.objects.exists()


def test_wrong_settings_change_nothing_and_stay_in_the_form(browser, project):
    asked = {"name": "x" * 121, "description": "kept", "visibility": "secret"}
    answer = browser.post("/vision/digits/settings/", asked)
    assert answer.status_code == 400
    assert b"121 characters" in answer.content
    assert b"kept" in answer.content
    project.refresh_from_db()
    assert (project.name, project.visibility) == ("", "private")


def test_only_admins_set_it(project):
    member, viewer = make_user("member"), make_user("viewer")
    for user, role in ((member, Role.MEMBER), (viewer, Role.VIEWER)):
        Membership.objects.create(team=project.team, user=user, role=role)
        client = Client()
        client.force_login(user)
        assert b"/settings/" not in client.get("/vision/digits/").content
        assert client.post("/vision/digits/settings/", {"visibility": "public"}).status_code == 404
    assert Client().post("/vision/digits/settings/", {"visibility": "public"}).status_code == 302
    project.refresh_from_db()
    assert project.visibility == "private"


@pytest.mark.django_db(transaction=True)
def test_a_hidden_project_is_hidden_at_once(browser, project):
    """A reader's grant is remembered for a second: hiding forgets it."""
    run = make_run(project)
    browser.post("/vision/digits/settings/", {"visibility": "team"})
    stranger = api_client(make_user("stranger"), "read")
    path = f"/api/v1/series/?run={run.slug}&key=loss"
    assert stranger.get(path).status_code == 200
    browser.post("/vision/digits/settings/", {"visibility": "private"})
    assert stranger.get(path).status_code == 404


def test_metrics_share_a_chart_and_are_separated_again(browser, project):
    url = f"/{project}/settings/shared-charts/"
    page = browser.post(url, {"key": " train/<b>loss</b> ", "main": "loss"}, follow=True).content.decode()
    assert "<code>train/&lt;b&gt;loss&lt;/b&gt;</code> in the chart of <code>loss</code>" in page
    refused = browser.post(url, {"key": "loss", "main": "loss"}, follow=True).content.decode()
    assert "is its own chart already" in refused
    page = browser.post(url, {"separate": "train/<b>loss</b>"}, follow=True).content.decode()
    assert "in the chart of <code>" not in page
