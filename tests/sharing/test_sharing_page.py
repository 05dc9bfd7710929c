"""Making and taking back links, on the page and over the API."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.sharing.models import ShareLink
from apps.sharing.services import MOST_OPEN
from tests.factories import api_client, browser, make_project, make_user, team_admin
from tests.sharing.stories import shared_report

pytestmark = pytest.mark.django_db


def test_a_link_is_shown_once_and_can_be_taken_back_and_brought_back():
    shared = shared_report(make_project())
    client = browser(team_admin(shared.run))
    page = f"/r/{shared.report.slug}/1/share/"
    made = client.post(page, {"name": "<b>Ada</b>", "lasting": "never"}).content.decode()
    (address,) = set(re.findall(r"http://testserver(/s/[\w-]{43}/)<", made))
    assert f'src="http://testserver{address}embed/1/"' in made.replace("&quot;", '"')
    assert f"http://testserver{address}panel-1-1.png" in made
    assert Client().get(address).status_code == 200
    listed = client.get(page).content.decode()
    assert address not in listed
    assert "&lt;b&gt;Ada&lt;/b&gt;" in listed
    assert "1 view, last" in listed
    link = ShareLink.objects.get(name="<b>Ada</b>")
    revoked = client.post(f"{page}{link.slug}/revoke/", follow=True).content.decode()
    assert "opens nothing any more" in revoked
    assert Client().get(address).status_code == 404
    client.post(f"{page}{link.slug}/restore/")
    assert Client().get(address).status_code == 200


def test_a_form_that_asks_for_what_is_not_offered_keeps_its_words():
    shared = shared_report(make_project())
    answer = browser(team_admin(shared.run)).post(f"/r/{shared.report.slug}/1/share/", {"name": "Ada", "lasting": "9"})
    assert answer.status_code == 400
    assert "7, 30 or 90 days" in answer.content.decode()
    assert 'value="Ada"' in answer.content.decode()


def test_the_version_offers_sharing_to_whoever_may_write_alone():
    shared = shared_report(make_project())
    reader = make_user()
    shared.run.project.team.memberships.create(user=reader, role=Role.VIEWER)
    version = f"/r/{shared.report.slug}/1/"
    assert f'href="{version}share/"' in browser(team_admin(shared.run)).get(version).content.decode()
    assert f'href="{version}share/"' not in browser(reader).get(version).content.decode()


def test_links_over_the_api():
    shared = shared_report(make_project())
    client = api_client(team_admin(shared.run))
    path = f"/api/v1/reports/{shared.report.slug}/published/1/shares/"
    made = client.send("POST", path, {"days": 90, "name": "CI"}).json()
    address = made.pop("url").removeprefix("http://testserver")
    assert Client().get(address).status_code == 200
    line = next(one for one in client.get(path).json()["shares"] if one["id"] == made["id"])
    assert line == {**made, "views": 1, "last_opened": line["last_opened"]}
    assert made["expires_at"] - made["created_at"] == 90 * 86_400_000
    assert client.send("POST", path, {"days": None}).json()["expires_at"] is None
    assert client.send("DELETE", f"{path}{made['id']}/").json()["state"] == "revoked"
    assert Client().get(address).status_code == 404
    refused = client.send("POST", path, {"days": 8})
    assert refused.json()["fields"] == {"days": "8 is none of them"}


def test_a_version_has_so_many_open_links_and_no_more():
    shared = shared_report(make_project())
    template = {"snapshot": shared.snapshot, "created_at": shared.link.created_at}
    ShareLink.objects.bulk_create(ShareLink(digest=str(n), **template) for n in range(MOST_OPEN - 1))
    client = api_client(team_admin(shared.run))
    path = f"/api/v1/reports/{shared.report.slug}/published/1/shares/"
    assert client.send("POST", path, {}).json()["code"] == "too_many_links"
    client.send("DELETE", f"{path}{shared.link.slug}/")
    assert client.send("POST", path, {}).status_code == 201
