"""Signing in through a real OpenID Connect provider, end to end over HTTP."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import Client
from environs import Env

from apps.accounts import invitations
from apps.accounts.models import AuditEvent, Membership, Role, User
from tests.factories import make_team, make_user
from tests.services.openid import OpenIdProvider
from tracker_site.sign_in import provider_variables, providers

pytestmark = pytest.mark.django_db

CALLBACK = "http://testserver/accounts/oidc/oidc/login/callback/"
ANN = {"sub": "a-17", "email": "ann@example.org", "email_verified": True, "preferred_username": "ann", "name": "Ann L"}


@pytest.fixture
def idp(settings, monkeypatch):
    running = OpenIdProvider(client_id="paceline", secret="s3cret of the client", redirect_to={CALLBACK})
    running.person = dict(ANN)
    for name, value in {"URL": running.url, "ID": "paceline", "SECRET": "s3cret of the client"}.items():
        monkeypatch.setenv(f"PACELINE_OIDC_{name}", value)
    settings.SOCIALACCOUNT_PROVIDERS = providers(provider_variables(Env()), "Lab login")
    yield running
    running.close()


def leave(client, process="login"):
    """Press the button on our page; where the browser goes."""
    page = client.post("/accounts/with/oidc/", {"process": process})
    assert page.status_code == 200  # no redirect: our policy lets no form end at another site
    found = re.search(rb'http-equiv="refresh" content="0; url=([^"]+)"', page.content)
    assert found
    return unescape(found[1].decode())


def agree(target):
    """Follow the browser through the provider and back; the path and query it comes back to."""
    back = requests.get(target, allow_redirects=False, timeout=10)
    assert back.status_code == 302, back.text
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def through(client, process="login"):
    return client.get(agree(leave(client, process)))


def is_in(client):
    return client.get("/accounts/").status_code == 200


def connected(name="ann"):
    """A user who connected the provider, signed in by password before."""
    user = make_user(name, "correct horse battery")
    client = Client()
    client.post("/accounts/sign-in/", {"login": name, "password": "correct horse battery"})
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    through(client, "connect")
    return user


def test_somebody_connected_signs_in_through_the_provider(idp):
    user = connected()
    client = Client()
    assert b"Sign in with Lab login" in client.get("/accounts/sign-in/").content
    assert through(client)["Location"] == "/"
    assert client.session["_auth_user_id"] == str(user.id)
    asked = idp.authorizations[-1]
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert idp.refusals == []
    actions = list(AuditEvent.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["sign_in.succeeded", "connection.added", "sign_in.succeeded"]
    assert AuditEvent.objects.latest("id").facts == {"by": "socialaccount"}


def test_the_same_address_at_the_provider_is_not_enough(idp):
    """Who has no connection does not get into an account that happens to have their address."""
    make_user("ann")
    User.objects.update(email="ann@example.org")
    client = Client()
    through(client)
    assert not is_in(client)


def test_a_stranger_of_the_provider_needs_an_invitation(idp):
    client = Client()
    answer = client.get(agree(leave(client)), follow=True)
    assert b"by invitation" in answer.content
    assert not User.objects.exists()


def test_an_invitation_opens_sign_up_through_the_provider(idp):
    owner = make_user("owner")
    team = make_team("vision", admin=owner)
    _, token = invitations.make_invitation(team=team, role="member", by=owner)
    client = Client()
    client.get(f"/accounts/invitation/{token}/")
    through(client)
    assert is_in(client)
    ann = User.objects.get(username="ann")
    assert (ann.first_name, ann.email, ann.has_usable_password()) == ("Ann", "ann@example.org", False)
    assert Membership.objects.get(user=ann).role == Role.MEMBER


@pytest.mark.parametrize(("verified", "made"), [(True, True), (False, False)])
def test_a_domain_counts_when_the_provider_vouches_for_the_address(idp, settings, verified, made):
    settings.SIGNUP_DOMAINS = ["example.org"]
    idp.person["email_verified"] = verified
    client = Client()
    through(client)
    assert is_in(client) is made


def test_a_state_of_another_browser_is_refused(idp):
    connected()
    path = agree(leave(Client()))
    thief = Client()
    answer = thief.get(path)
    assert answer.status_code in (200, 401)
    assert not is_in(thief)


def test_a_code_works_once(idp):
    connected()
    client = Client()
    path = agree(leave(client))
    client.get(path)
    again = Client()
    again.get(path)
    assert not is_in(again)
    assert idp.refusals == []  # our own state stopped it before the provider had to


def test_a_code_without_its_verifier_is_refused_by_the_provider(idp):
    connected()
    client = Client()
    target = leave(client)
    forged = re.sub(r"code_challenge=[^&]+", "code_challenge=" + "A" * 43, target)
    answer = client.get(agree(forged))
    assert not is_in(client)
    assert idp.refusals == ["invalid_grant"]
    assert b"Third-Party Login Failure" in answer.content or b"error" in answer.content.lower()


def test_a_wrong_secret_is_a_page_and_no_traceback(idp):
    connected()
    idp.secret = "another"
    client = Client()
    answer = through(client)
    assert answer.status_code < 500
    assert idp.refusals == ["invalid_client"]
    assert not is_in(client)


def test_a_provider_that_is_away_is_a_sentence_and_no_traceback(idp):
    idp.close()
    answer = Client().post("/accounts/with/oidc/", {"process": "login"})
    assert answer.status_code == 503
    assert b"Lab login does not answer" in answer.content


def test_a_link_of_somebody_else_starts_nothing(idp):
    page = Client().get("/accounts/with/oidc/?process=connect")
    assert b"Connect Lab login" in page.content
    assert b"refresh" not in page.content
    assert idp.authorizations == []


def test_only_our_own_address_is_asked_to_come_back(idp):
    asked = parse_qs(urlsplit(leave(Client())).query)
    assert asked["redirect_uri"] == [CALLBACK]
    assert "s3cret" not in str(asked)
