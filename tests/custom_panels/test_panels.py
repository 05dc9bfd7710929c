"""Panels over the API: who sees them, versions that never change, archiving with a way back."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Membership, Role
from apps.core.errors import Invalid
from apps.custom_panels import limits, services
from apps.custom_panels.diffs import unified
from apps.custom_panels.errors import PanelChanged
from apps.custom_panels.models import Panel, PanelVersion
from apps.rendering.errors import BadDocument
from apps.runs.models import Visibility
from tests.custom_panels.documents import DOCUMENT, document
from tests.factories import ApiClient, api_client, make_project, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db

HOSTILE = "<img src=x onerror=alert(1)>‮\"'&"
LINES = DOCUMENT.replace("bar", "line")


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def owner(project):
    return api_client(team_admin(project))


@pytest.fixture
def member(project):
    user = make_user()
    Membership.objects.create(team=project.team, user=user, role=Role.MEMBER)
    return api_client(user)


def create(client: ApiClient, project, **more):
    path = f"/api/v1/projects/{project}/panels/"
    answer = client.send("POST", path, {"name": "Loss", "document": DOCUMENT, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def listed(client, project, query=""):
    return [one["name"] for one in client.get(f"/api/v1/projects/{project}/panels/{query}").json()["panels"]]


def test_a_panel_keeps_its_text_as_it_was_typed(owner, project):
    text = DOCUMENT.replace("\n", "\r\n") + "   \r\n"
    made = create(owner, project, document=text, note="first")
    assert made["document"] == DOCUMENT + "   \n"
    read = owner.get(f"/api/v1/panels/{made['id']}/").json()
    assert read == made
    assert (made["version"], made["note"], made["project"]) == (1, "first", str(project))
    assert (made["shared"], made["may_write"], made["forked_from"]) == (True, True, None)
    assert made["owner"] == made["author"] == team_admin(project).username
    assert made["url"].startswith("http://testserver/")


def test_names_and_notes_are_text_whatever_they_say(owner, project):
    made = create(owner, project, name=f"  {HOSTILE}\n{HOSTILE} ", note=HOSTILE)
    assert made["name"] == f"{HOSTILE} {HOSTILE}"
    assert made["note"] == HOSTILE
    for body in ({"name": ""}, {"name": "x" * 121}, {"name": "a\0"}, {"note": "x" * 501}, {"document": ""}):
        answer = owner.send("POST", f"/api/v1/projects/{project}/panels/", {"name": "x", "document": DOCUMENT, **body})
        assert (answer.status_code, set(answer.json()["fields"])) == (400, set(body)), body
    assert Panel.objects.count() == 1


def test_a_document_that_cannot_be_drawn_is_not_stored(owner, project):
    text = DOCUMENT.replace('"kind": "runs"', '"kind": "rums", "filter": "config.lr >"')
    answer = owner.send("POST", f"/api/v1/projects/{project}/panels/", {"name": "x", "document": text})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "bad_document")
    assert body["message"].startswith("Line 7, column ")
    assert not Panel.objects.exists()
    made = create(owner, project)
    answer = owner.send("POST", f"/api/v1/panels/{made['id']}/versions/", {"document": "{,}"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_document")
    assert PanelVersion.objects.count() == 1


def test_versions_count_up_and_never_change(owner, member, project):
    made = create(owner, project)
    path = f"/api/v1/panels/{made['id']}/versions/"
    saved = member.send("POST", path, {"document": LINES, "note": "as lines", "after": 1}).json()
    assert (saved["n"], saved["document"], saved["note"]) == (2, LINES, "as lines")
    assert member.send("POST", path, {"document": LINES, "note": "again"}).json() == saved
    found = owner.get(path).json()["versions"]
    assert [(one["n"], one["note"]) for one in found] == [(2, "as lines"), (1, "")]
    assert found[0]["author"] != found[1]["author"]
    assert "document" not in found[0]
    assert owner.get(f"{path}1/").json()["document"] == DOCUMENT
    whole = owner.get(f"/api/v1/panels/{made['id']}/").json()
    assert (whole["version"], whole["document"]) == (2, LINES)
    for n in ("0", "3", "99999999999999999999"):
        assert owner.get(f"{path}{n}/").status_code == 404


def test_who_saves_over_another_version_is_given_it(owner, member, project):
    made = create(owner, project)
    path = f"/api/v1/panels/{made['id']}/versions/"
    assert member.send("POST", path, {"document": LINES, "after": 1}).status_code == 201
    other = DOCUMENT.replace("bar", "point")
    answer = owner.send("POST", path, {"document": other, "after": 1})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "panel_changed")
    assert (body["fields"]["newest.n"], body["fields"]["newest.document"]) == ("2", LINES)
    assert body["fields"]["newest.author"] in body["message"]
    assert PanelVersion.objects.count() == 2
    assert owner.send("POST", path, {"document": LINES, "after": 1}).status_code == 201  # the very same
    assert owner.send("POST", path, {"document": other, "after": 2}).json()["n"] == 3


def test_two_versions_differ_in_lines(owner, project):
    made = create(owner, project)
    path = f"/api/v1/panels/{made['id']}/versions/"
    owner.send("POST", path, {"document": LINES})
    diff = owner.get(f"{path}2/?diff=1").json()["diff"]
    assert '-  "mark": "bar",' in diff
    assert '+  "mark": "line",' in diff
    assert diff.startswith("--- version 1\n+++ version 2\n")
    assert owner.get(f"{path}2/?diff=2").json()["diff"] == ""
    assert owner.get(f"{path}2/?diff=9").status_code == 404
    assert owner.get(f"{path}2/?diff=x").status_code == 400
    with pytest.raises(Invalid, match="5,001"):
        unified("\n" * 5_000, "", old_name="a", new_name="b")


def test_an_archived_panel_is_not_listed_and_comes_back(owner, project):
    made = create(owner, project)
    path = f"/api/v1/panels/{made['id']}/"
    gone = owner.send("DELETE", path)
    assert gone.status_code == 200
    assert gone.json()["archived_at"]
    assert (listed(owner, project), listed(owner, project, "?archived=true")) == ([], ["Loss"])
    assert owner.get(path + "versions/1/").status_code == 200
    assert owner.send("PATCH", path, {"archived": False}).json()["archived_at"] is None
    assert listed(owner, project) == ["Loss"]


def test_a_panel_of_ones_own_is_nobody_elses(owner, member, project):
    made = create(owner, project, shared=False)
    path = f"/api/v1/panels/{made['id']}/"
    assert (listed(owner, project), listed(member, project)) == (["Loss"], [])
    for method, at, body in (
        ("GET", path, None),
        ("PATCH", path, {"name": "x"}),
        ("DELETE", path, None),
        ("GET", path + "versions/", None),
        ("POST", path + "versions/", {"document": LINES}),
        ("GET", path + "versions/1/", None),
        ("POST", path + "fork/", {}),
        ("POST", f"/api/v1/projects/{project}/panel-data/", {"panel": made["id"]}),
    ):
        assert member.send(method, at, body).status_code == 404, (method, at)
    assert owner.send("PATCH", path, {"shared": True}).json()["shared"]
    assert listed(member, project) == ["Loss"]
    assert member.send("PATCH", path, {"name": "Losses"}).json()["name"] == "Losses"


def test_what_somebody_leaves_behind_is_the_teams(project, owner, member):
    made = create(member, project, shared=False)
    owner_of = Panel.objects.get().owner
    assert owner_of is not None
    owner_of.delete()
    assert listed(owner, project) == ["Loss"]
    assert owner.get(f"/api/v1/panels/{made['id']}/").json()["owner"] is None


def test_a_fork_begins_as_a_version_and_is_ones_own(owner, member, project):
    made = create(owner, project)
    owner.send("POST", f"/api/v1/panels/{made['id']}/versions/", {"document": LINES})
    path = f"/api/v1/panels/{made['id']}/fork/"
    forked = member.send("POST", path, {"version": 1}).json()
    assert (forked["name"], forked["document"], forked["shared"]) == ("Loss (fork)", DOCUMENT, False)
    assert forked["forked_from"] == {"panel": made["id"], "version": 1}
    user = make_user()
    elsewhere = make_project(make_team(admin=user))
    Membership.objects.create(team=project.team, user=user, role=Role.VIEWER)
    there = api_client(user).send("POST", path, {"project": str(elsewhere), "name": "Mine"})
    assert (there.status_code, there.json()["project"]) == (201, str(elsewhere))
    assert api_client(user).send("POST", path, {}).status_code == 404  # may not write here
    Membership.objects.get(team=project.team, user=user).delete()
    seen = api_client(user).get(f"/api/v1/panels/{there.json()['id']}/").json()
    assert seen["forked_from"] is None


def test_panels_are_found_by_their_exact_name(owner, project):
    create(owner, project)
    create(owner, project, name="Loss 2")
    assert listed(owner, project, "?name=Loss") == ["Loss"]
    assert listed(owner, project, "?name=loss") == []
    assert sorted(listed(owner, project)) == ["Loss", "Loss 2"]


def test_anonymous_readers_of_a_public_project_draw_and_write_nothing(project, owner):
    made = create(owner, project)
    project.visibility = Visibility.PUBLIC
    project.save()
    nobody = ApiClient()
    assert nobody.get(f"/api/v1/panels/{made['id']}/").json()["may_write"] is False
    data = nobody.send("POST", f"/api/v1/projects/{project}/panel-data/", {"panel": made["id"]})
    assert data.status_code == 200
    assert nobody.send("POST", f"/api/v1/panels/{made['id']}/versions/", {"document": LINES}).status_code == 401


def test_lists_cost_as_many_queries_for_ten_panels_as_for_two(project):
    client = api_client(team_admin(project))

    def count():
        with CaptureQueriesContext(connection) as found:
            listed(client, project)
        return len(found)

    for number in range(2):
        create(client, project, name=str(number))
    listed(client, project)
    before = count()
    for number in range(8):
        create(client, project, name=f"more {number}")
    assert count() == before


def test_limits_are_named(project, monkeypatch):
    user = team_admin(project)
    panel = services.create_panel(project=project, owner=user, name="x", document=DOCUMENT)
    monkeypatch.setattr(services, "MAX_PANELS", 1)
    with pytest.raises(Invalid, match="at most 1 panels"):
        services.create_panel(project=project, owner=user, name="x", document=DOCUMENT)
    monkeypatch.setattr(services, "MAX_VERSIONS", 1)
    with pytest.raises(Invalid, match="at most 1 versions"):
        services.save_version(panel=panel, author=user, document=LINES)
    with pytest.raises(PanelChanged):
        services.save_version(panel=panel, author=user, document=LINES, after=7)
    with pytest.raises(BadDocument, match="at most 262,144 bytes"):
        services.checked_document(json.dumps({"description": "x" * 262_144}))
    assert limits.MAX_SOURCES == 12
    with pytest.raises(BadDocument, match="at most 12 sources; 13 came"):
        services.checked_document(document({f"s{number}": {"kind": "runs"} for number in range(13)}))
