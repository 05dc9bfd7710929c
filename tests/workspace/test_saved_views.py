"""Saved views of the run table: whose they are, who opens and changes them, what people see at first."""

from typing import Any

import orjson
import pytest
from django.test import Client

from apps.accounts.models import User
from apps.runs.models import Project, Visibility
from apps.workspace.models import SavedView
from apps.workspace.services import remember_table, save_view
from tests.factories import make_project, make_run, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, User]:
    return {name: make_user(name) for name in ("owner", "member", "reader", "stranger")}


@pytest.fixture
def project(people: dict[str, User]) -> Project:
    team = make_team(admin=people["owner"], member=people["member"], viewer=people["reader"])
    return make_run(make_project(team)).project


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(user: User, method: str, path: str, body: Any = None) -> Any:
    return signed_in(user).generic(method, f"/api/v1/{path}", orjson.dumps(body), content_type="application/json")


def table(project: Project) -> str:
    return f"{project.get_absolute_url()}runs/"


def test_a_private_view_is_its_owners_alone(people: dict[str, User], project: Project):
    made = ask(people["member"], "POST", f"projects/{project}/views/", {"name": "mine", "query": "?sort=name&cursor=x"})
    assert made.status_code == 201, made.content
    view = made.json()
    assert view["query"] == "sort=name"
    assert view["shared"] is False
    opened = signed_in(people["member"]).get(table(project), {"view": view["id"]})
    assert opened["Location"] == f"{table(project)}?sort=name&view={view['id']}"
    for other in ("owner", "reader"):
        assert ask(people[other], "GET", f"projects/{project}/views/").json() == {"views": []}
        assert "mine" not in signed_in(people[other]).get(table(project), {"view": view["id"]}).content.decode()
        assert ask(people[other], "PATCH", f"views/{view['id']}/", {"name": "x"}).status_code == 404
        assert ask(people[other], "DELETE", f"views/{view['id']}/").status_code == 404
    assert ask(people["stranger"], "GET", f"projects/{project}/views/").status_code == 404


def test_a_shared_view_is_opened_by_all_and_changed_by_its_owner_and_admins(people: dict[str, User], project: Project):
    view = save_view(project, people["member"], name="ours", query="sort=name", shared=True)
    assert ">ours<" in signed_in(people["reader"]).get(table(project), {"fresh": 1}).content.decode()
    assert ask(people["reader"], "PATCH", f"views/{view.slug}/", {"name": "x"}).status_code == 404
    assert ask(people["owner"], "PATCH", f"views/{view.slug}/", {"query": "sort=-name"}).json()["query"] == "sort=-name"
    assert ask(people["member"], "DELETE", f"views/{view.slug}/").status_code == 204
    assert not SavedView.objects.exists()


def test_who_may_not_write_shares_nothing(people: dict[str, User], project: Project):
    refused = ask(people["reader"], "POST", f"projects/{project}/views/", {"name": "x", "shared": True})
    assert refused.status_code == 403
    mine = ask(people["reader"], "POST", f"projects/{project}/views/", {"name": "x"})
    assert mine.status_code == 201
    assert ask(people["reader"], "PATCH", f"views/{mine.json()['id']}/", {"shared": True}).status_code == 403


def test_the_default_view_is_what_people_see_at_first_and_one_a_project(people: dict[str, User], project: Project):
    first = save_view(project, people["owner"], name="first", query="sort=name", shared=True, is_default=True)
    second = save_view(project, people["owner"], name="second", query="sort=-name", shared=True, is_default=True)
    first.refresh_from_db()
    assert first.is_default is False
    reader = signed_in(people["reader"])
    assert reader.get(table(project))["Location"] == f"{table(project)}?sort=-name&view={second.slug}"
    remember_table(people["reader"], project, "?sort=created")
    assert reader.get(table(project))["Location"] == f"{table(project)}?sort=created"
    project.visibility = Visibility.PUBLIC
    project.save()
    assert Client().get(table(project))["Location"] == f"{table(project)}?sort=-name&view={second.slug}"
    assert (
        ask(people["owner"], "POST", f"projects/{project}/views/", {"name": "x", "is_default": True}).status_code == 400
    )


def test_a_name_is_taken_once_by_one_person(people: dict[str, User], project: Project):
    view = save_view(project, people["owner"], name="loss", query="")
    save_view(project, people["member"], name="loss", query="")
    again = ask(people["owner"], "POST", f"projects/{project}/views/", {"name": " loss "})
    assert again.status_code == 409
    assert again.json()["code"] == "view_exists"
    other = save_view(project, people["owner"], name="other", query="")
    assert ask(people["owner"], "PATCH", f"views/{other.slug}/", {"name": "loss"}).status_code == 409
    assert ask(people["owner"], "PATCH", f"views/{view.slug}/", {"name": "loss"}).status_code == 200
    for bad in ("", "x" * 121, "nul\x00"):
        assert ask(people["owner"], "POST", f"projects/{project}/views/", {"name": bad}).status_code == 400


def test_a_view_of_names_that_are_gone_still_opens(people: dict[str, User], project: Project):
    view = save_view(
        project, people["owner"], name="old", query="col=metric.gone.best&col=config.gone&sort=metric.gone.best"
    )
    page = signed_in(people["owner"]).get(table(project) + f"?{view.query}&view={view.slug}")
    assert page.status_code == 200
    assert project.runs.get().name in page.content.decode()


def test_a_view_that_shows_nothing_special_opens_too(people: dict[str, User], project: Project):
    view = save_view(project, people["owner"], name="plain <b>", query="")
    page = signed_in(people["owner"]).get(table(project), {"view": view.slug})
    assert page.status_code == 200
    assert "plain &lt;b&gt;" in page.content.decode()
