"""The pages of custom panels: who sees which, and what they begin with."""

import json
from html import unescape
from urllib.parse import urlencode

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.custom_panels.checking import checked
from apps.custom_panels.gallery import examples
from apps.custom_panels.models import Panel
from apps.custom_panels.pages import starter
from apps.custom_panels.placing import place_panels
from apps.custom_panels.services import change_panel, create_panel
from apps.runs.models import Project
from tests.custom_panels.documents import DOCUMENT
from tests.factories import browser, make_project, make_run, make_team, make_user

pytestmark = pytest.mark.django_db


def made_panel(project: Project, owner: User, name: str = "x", *, shared: bool = False) -> Panel:
    return create_panel(project=project, owner=owner, name=name, document=DOCUMENT, shared=shared)


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def test_a_gallery_lists_ones_own_the_teams_and_the_examples() -> None:
    owner, other = make_user(), make_user()
    project = make_project(make_team(admin=owner, member=other))
    made_panel(project, owner, "mine alone")
    made_panel(project, other, "of the team", shared=True)
    made_panel(project, other, "another's alone")
    change_panel(made_panel(project, owner, "put away"), archived=True)
    page = unescape(page_of(browser(owner), f"/{project}/panels/"))
    mine, rest = page.split('data-kind="team"')
    team, shown = rest.split('data-kind="examples"')
    assert "mine alone" in mine
    assert "of the team" not in mine
    assert "of the team" in team
    assert "another's alone" not in page
    assert "put away" not in page
    put_away = page_of(browser(owner), f"/{project}/panels/?archived=1")
    assert "put away" in put_away
    assert "mine alone" not in put_away
    assert examples()[0].document not in unescape(put_away)
    assert all(f'data-name="{one.name}"' in shown for one in examples())


def test_a_reader_is_offered_no_changes() -> None:
    owner, reader = make_user(), make_user()
    project = make_project(make_team(admin=owner, viewer=reader))
    panel = made_panel(project, owner, shared=True)
    assert 'data-act="use"' not in page_of(browser(reader), f"/{project}/panels/")
    assert 'data-act="save"' not in page_of(browser(reader), f"/{project}/panels/{panel.slug}/edit/")
    assert browser(reader).get(f"/{project}/panels/new/").status_code == 404
    assert 'data-act="save"' in page_of(browser(owner), f"/{project}/panels/{panel.slug}/edit/")


def test_a_panels_address_leads_to_its_project() -> None:
    owner = make_user()
    team = make_team(admin=owner)
    project, other = make_project(team), make_project(team)
    panel = made_panel(project, owner)
    address = f"/{project}/panels/{panel.slug}/edit/"
    assert panel.get_absolute_url() == address
    assert browser(owner).get(f"/{other}/panels/{panel.slug}/edit/").headers["Location"] == address


def test_a_new_panel_begins_with_a_document_that_draws() -> None:
    assert checked(starter('a "quoted"/metric\\ ${x}')).problems == []
    owner = make_user()
    project = make_project(make_team(admin=owner))
    make_run(project)
    page = page_of(browser(owner), f"/{project}/panels/new/")
    assert "&quot;default&quot;: &quot;loss&quot;" in page


def test_what_is_imported_is_opened_and_not_saved() -> None:
    owner = make_user()
    project = make_project(make_team(admin=owner))
    text = '{"mark": "</textarea><script>alert(1)</script>"}'
    answer = browser(owner).post(
        f"/{project}/panels/new/", urlencode({"document": text}), "application/x-www-form-urlencoded"
    )
    page = answer.content.decode()
    assert "data-imported" in page
    assert "<script>alert" not in page
    assert not Panel.objects.exists()


@pytest.mark.parametrize("one", examples(), ids=lambda one: one.slug)
def test_an_example_can_be_drawn_and_says_what_it_is(one) -> None:
    found = checked(one.document)
    assert found.problems == []
    assert 5 <= len(one.name) <= 80
    assert 20 <= len(one.about) <= 240
    assert json.loads(one.document)["$schema"].startswith("https://vega.github.io/schema/")


def test_panels_of_a_page_are_drawn_there_with_what_was_chosen() -> None:
    owner, reader = make_user(), make_user()
    project = make_project(make_team(admin=owner, viewer=reader))
    run = make_run(project)
    panel = made_panel(project, owner, "on the page")
    path = f"/{project}/"
    assert "placed-panels" not in page_of(browser(owner), path)
    place_panels(owner, project, "project", [{"panel": panel.slug, "parameters": {}}])
    assert "data-writes" in page_of(browser(owner), path).split("<placed-panels")[1][:200]
    seen = page_of(browser(reader), path)
    assert "on the page" in seen, "what stands on a page is shared"
    assert "data-writes" not in seen.split("<placed-panels")[1][:200]
    assert "placed-panels" not in page_of(browser(owner), f"{path}compare/?run={run.slug}")
    place_panels(owner, project, "compare", [{"panel": panel.slug}])
    assert "on the page" in page_of(browser(owner), f"{path}compare/?run={run.slug}")
