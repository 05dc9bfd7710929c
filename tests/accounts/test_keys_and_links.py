"""API keys, one-time links, the first admin, signing in and out."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import services
from apps.accounts.authentication import key_digest, live_key
from apps.accounts.errors import Unauthenticated
from apps.accounts.models import ApiKey, Membership, Role, Scope, SignInLink, Team, User
from apps.core.errors import Invalid, NotFound
from tests.factories import ApiClient, make_key, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def test_a_key_is_long_random_and_stored_as_a_hash_only():
    key, text = services.make_key(user=make_user(), scope="read", name="ci")
    assert len(text) >= 40
    assert text != services.make_key(user=make_user())[1]
    assert text.startswith(key.prefix)
    row = ApiKey.objects.values().get(id=key.id)
    assert text not in str(row)
    assert row["digest"] == key_digest(text)


def test_a_scope_that_is_none_is_refused():
    with pytest.raises(Invalid, match="ingest, read, admin"):
        services.make_key(user=make_user(), scope="root")


def test_a_key_works_until_it_is_revoked_or_its_user_is_not_active():
    user = make_user()
    key, text = services.make_key(user=user)
    assert live_key(text).user == user
    services.revoke_key(user=user, key_id=key.id)
    revoked_at = ApiKey.objects.get().revoked_at
    services.revoke_key(user=user, key_id=key.id)
    assert ApiKey.objects.get().revoked_at == revoked_at
    with pytest.raises(Unauthenticated, match="revoked"):
        live_key(text)
    other = make_key(user)
    User.objects.update(is_active=False)
    with pytest.raises(Unauthenticated, match="not active"):
        live_key(other)


def test_a_key_of_one_project_says_so_and_makes_no_key_that_reaches_further():
    admin = make_user()
    digits, letters = (make_project(make_team(slug, admin=admin), "x") for slug in ("digits", "letters"))
    made, text = services.make_key(user=admin, scope=Scope.ADMIN, project="digits/x")
    assert made.project == digits
    client = ApiClient(text)
    me = client.get("/api/v1/me/").json()
    assert (me["project"], me["teams"]) == ("digits/x", [{"slug": "digits", "role": "admin"}])
    for project in ("", "letters/x"):
        refused = client.send("POST", "/api/v1/keys/", {"scope": "read", "project": project})
        assert (refused.status_code, refused.json()["code"]) == (403, "key_limited")
    same = client.send("POST", "/api/v1/keys/", {"scope": "read", "project": "digits/x"})
    assert (same.status_code, same.json()["project"]) == (201, "digits/x")
    new = client.send("POST", "/api/v1/projects/digits/new/runs/", {"name": "x"})
    assert (new.status_code, new.json()["code"]) == (404, "not_found")
    assert "This key opens one project only." in client.get(f"/api/v1/projects/{letters}/runs/").json()["message"]


def test_a_read_that_one_key_was_granted_is_not_granted_to_a_narrower_one():
    run, other = make_run(), make_run()
    admin = team_admin(run)
    Membership.objects.create(team=other.project.team, user=admin)
    whole, narrow = (services.make_key(user=admin, project=name)[1] for name in ("", str(other.project)))
    question = f"/api/v1/runs/{run.slug}/logs/"
    assert ApiClient(whole).get(question).status_code == 200
    assert ApiClient(narrow).get(question).status_code == 404


def test_a_key_is_limited_only_to_a_project_of_ones_own_teams():
    foreign = make_project(visibility="public")
    for name in (str(foreign), "nothing", "no/such", "/"):
        with pytest.raises(Invalid, match="your teams"):
            services.make_key(user=make_user(), project=name)
    assert not ApiKey.objects.exists()


def test_the_command_makes_a_key_of_one_project():
    project = make_project()
    out = StringIO()
    call_command("api_key", str(team_admin(project)), "--project", str(project), stdout=out)
    assert live_key(out.getvalue().strip()).project == project
    with pytest.raises(CommandError, match="your teams"):
        call_command("api_key", str(team_admin(project)), "--project", "no/such", stdout=out)


def test_the_page_makes_and_lists_keys_of_one_project():
    project = make_project()
    client = Client()
    client.force_login(team_admin(project))
    assert f'<option value="{project}">' in client.get("/accounts/keys/").content.decode()
    page = client.post("/accounts/keys/", {"scope": "ingest", "project": str(project)}).content.decode()
    assert f'<a href="{project.get_absolute_url()}">{project}</a>' in page
    refused = client.post("/accounts/keys/", {"scope": "ingest", "project": "no/such"})
    assert refused.status_code == 400
    assert "There is no project" in refused.content.decode()


def test_a_key_of_someone_else_cannot_be_revoked():
    key, text = services.make_key(user=make_user())
    with pytest.raises(NotFound):
        services.revoke_key(user=make_user(), key_id=key.id)
    assert live_key(text)


def test_the_use_of_a_key_is_noted_once_a_minute():
    text = make_key()
    live_key(text)
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with CaptureQueriesContext(connection) as queries:
        live_key(text)
    assert len(queries) == 1
    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - timedelta(seconds=61))
    live_key(text)
    assert ApiKey.objects.filter(last_used_at__gt=first).exists()


def test_a_key_with_odd_characters_is_just_not_known():
    for text in ("ü", "\udcff", "a b", "x" * 10_000):
        with pytest.raises(Unauthenticated):
            live_key(text)
    assert ApiClient("ü").get("/api/v1/keys/").status_code == 401


def test_the_first_admin_is_made_once_with_a_team_and_no_password():
    admin = services.make_first_admin()
    assert services.make_first_admin() == admin
    assert User.objects.get().username == "admin"
    assert not admin.has_usable_password()
    assert Team.objects.get().slug == "admin"
    assert Membership.objects.get().role == Role.ADMIN


@pytest.mark.parametrize("slug", ["api", "Accounts", "r", "runs", "a b", "", "ü", "x" * 81])
def test_a_team_cannot_take_a_name_of_the_site(slug):
    with pytest.raises(Invalid):
        services.make_team(slug=slug, admin=make_user())


def test_a_team_has_its_name_alone():
    services.make_team(slug="vision", admin=make_user())
    with pytest.raises(Invalid, match="already"):
        services.make_team(slug="Vision", admin=make_user())


def test_a_link_signs_in_once(client):
    admin = services.make_first_admin()
    link = services.one_time_sign_in_link(admin)
    assert link.split("/")[3] not in str(SignInLink.objects.values().get())
    answer = client.get(link)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "no-store" in answer["Cache-Control"]
    assert client.session["_auth_user_id"] == str(admin.id)
    assert client.get(link).status_code == 302  # the same browser: just home
    other = ApiClient().get(link)
    assert other.status_code == 404
    assert "_auth_user_id" not in other.wsgi_request.session


def test_an_old_or_invented_link_signs_nobody_in():
    link = services.one_time_sign_in_link(make_user())
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    for path in (link, "/accounts/link/" + "x" * 43 + "/"):
        assert ApiClient().get(path).status_code == 404


def test_the_command_prints_a_key_and_nothing_else():
    user = make_user("ann")
    out, err = StringIO(), StringIO()
    call_command("api_key", "ann", scope="admin", stdout=out, stderr=err)
    text = out.getvalue()
    assert text.endswith("\n")
    assert text.count("\n") == 1
    assert err.getvalue() == ""
    key = live_key(text.strip())
    assert (key.user, key.scope) == (user, Scope.ADMIN)


def test_the_command_says_which_user_it_does_not_know():
    make_user("admin")
    with pytest.raises(CommandError, match=r"no active user 'admim'.*admin"):
        call_command("api_key", "admim", stdout=StringIO())


def test_signing_in_and_out_by_password():
    make_user("ann", password="correct horse battery")
    client = ApiClient()
    assert client.get("/accounts/sign-in/").status_code == 200
    wrong = client.post("/accounts/sign-in/", {"login": "ann", "password": "wrong"})
    assert wrong.status_code == 200
    assert b'role="alert"' in wrong.content
    right = client.post(
        "/accounts/sign-in/", {"login": "ann", "password": "correct horse battery", "next": "/accounts/keys/"}
    )
    assert (right.status_code, right["Location"]) == (302, "/accounts/keys/")
    assert client.get("/accounts/keys/").status_code == 200
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/").status_code == 302
    assert client.get("/accounts/keys/").status_code == 302


def test_signing_in_leads_nowhere_else():
    make_user("ann", password="correct horse battery")
    data = {"login": "ann", "password": "correct horse battery", "next": "https://evil.example/"}
    assert ApiClient().post("/accounts/sign-in/", data)["Location"] == "/"


def test_the_keys_page_makes_shows_once_and_revokes(client):
    user = make_user("ann")
    make_team(admin=user)
    client.force_login(user)
    page = client.post("/accounts/keys/", {"name": "<b>laptop</b>", "scope": "ingest"})
    key = ApiKey.objects.get()
    text = page.context["made_text"]
    assert live_key(text) == key
    assert text.encode() in page.content
    assert b"&lt;b&gt;laptop" in page.content
    assert "no-store" in page["Cache-Control"]
    assert text.encode() not in client.get("/accounts/keys/").content
    assert client.get(f"/accounts/keys/{key.id}/revoke/").status_code == 405
    assert client.post(f"/accounts/keys/{key.id}/revoke/").status_code == 302
    with pytest.raises(Unauthenticated):
        live_key(text)
    assert b"revoked" in client.get("/accounts/keys/").content
    assert client.post("/accounts/keys/", {"scope": "root"}).status_code == 400


def test_the_keys_of_others_are_not_on_the_page(client):
    _, other = services.make_key(user=make_user(), name="theirs")
    key_id = ApiKey.objects.get().id
    client.force_login(make_user())
    assert b"theirs" not in client.get("/accounts/keys/").content
    assert client.post(f"/accounts/keys/{key_id}/revoke/").status_code == 404
    assert live_key(other)


def test_ten_keys_cost_the_page_as_many_queries_as_two(client):
    user = make_user()
    client.force_login(user)
    counts = []
    for more in (2, 8):
        for _ in range(more):
            make_key(user)
        with CaptureQueriesContext(connection) as queries:
            client.get("/accounts/keys/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_page_button_makes_an_ingest_key():
    user = make_user()
    client = ApiClient(enforce_csrf_checks=True)
    client.force_login(user)
    client.cookies["csrftoken"] = token = "a" * 32
    answer = client.send("POST", "/api/v1/keys/", {"scope": "ingest", "name": "page"}, HTTP_X_CSRFTOKEN=token)
    assert answer.status_code == 201
    assert answer["Cache-Control"] == "no-store"
    key = live_key(answer.json()["key"])
    assert (key.user, key.scope, key.name) == (user, "ingest", "page")
    for bad in ({"scope": "root"}, {"name": "x" * 121}, {"name": "a\0"}):
        answer = client.send("POST", "/api/v1/keys/", bad, HTTP_X_CSRFTOKEN=token)
        assert (answer.status_code, set(answer.json()["fields"])) == (400, set(bad))
