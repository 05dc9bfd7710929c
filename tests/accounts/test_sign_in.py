"""Signing in and up with a password and a second factor; what is limited and what the audit log keeps of it."""

import base64
import hmac
import re
import struct
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from apps.accounts import invitations, services
from apps.accounts.checks import check_sign_in
from apps.accounts.models import AuditEvent, Invitation, Membership, Role, User
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
NEW = {"username": "reader", "email": "reader@example.org", "password1": PASSWORD}


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def sign_in(client, name, password=PASSWORD, **more):
    return client.post("/accounts/sign-in/", {"login": name, "password": password, **more})


def is_in(client):
    return client.get("/accounts/").status_code == 200


def mailed_path(address, start):
    """The path, beginning with start, of the link at this address in the first mail."""
    found = re.search(rf"{address}({start}\S+)", str(mail.outbox[0].body))
    assert found
    return found[1]


@pytest.fixture
def owner():
    return make_user("owner", PASSWORD)


@pytest.fixture
def team(owner):
    return make_team("vision", admin=owner)


def test_people_sign_in_by_name_or_address(owner):
    User.objects.update(email="owner@example.org")
    for name in ("owner", "owner@example.org", "OWNER@example.org"):
        client = Client()
        assert sign_in(client, name)["Location"] == "/"
        assert is_in(client)
    events = AuditEvent.objects.filter(action="sign_in.succeeded")
    assert [(event.actor, event.address, event.facts) for event in events] == [
        (owner, "127.0.0.1", {"by": "password"})
    ] * 3


def test_failed_attempts_are_kept_without_what_was_typed(owner):
    sign_in(Client(), "owner", "wrong-password")
    sign_in(Client(), "MySecretPassword1", "x")
    events = AuditEvent.objects.order_by("id")
    assert [(event.action, event.target) for event in events] == [("sign_in.failed", "owner"), ("sign_in.failed", "")]
    assert not re.search("wrong-password|MySecret", str(list(events.values())))


def test_guessing_is_stopped_and_the_right_password_waits_too(owner):
    for _ in range(5):
        sign_in(Client(), "owner", "wrong")
    client = Client()
    assert b"Too many failed login attempts" in sign_in(client, "owner").content
    assert not is_in(client)


def test_guessing_many_names_from_one_address_is_stopped(owner):
    answers = [sign_in(Client(), f"user{number}", "wrong") for number in range(11)]
    assert b"Too many failed login attempts" in answers[-1].content
    assert b"Too many" not in answers[0].content
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    sign_in(elsewhere, "owner")
    assert is_in(elsewhere)


def test_nobody_signs_up_uninvited():
    page = Client().get("/accounts/signup/")
    assert b"by invitation" in page.content
    Client().post("/accounts/signup/", NEW)
    assert not User.objects.exists()


def test_an_invitation_opens_sign_up_once_and_leads_into_the_team(owner, team):
    _, token = invitations.make_invitation(team=team, role="viewer", by=owner)
    first, second = Client(), Client()
    for client in (first, second):
        assert b"Make an account" in client.get(f"/accounts/invitation/{token}/").content
        assert b"you join <b>vision</b> as viewer" in client.get("/accounts/signup/").content
    assert first.post("/accounts/signup/", NEW).status_code == 302
    assert is_in(first)
    reader = User.objects.get(username="reader")
    assert Membership.objects.get(user=reader).role == Role.VIEWER
    assert Invitation.objects.get().used_by == reader
    second.post("/accounts/signup/", {**NEW, "username": "stranger", "email": "s@example.org"})
    assert not User.objects.filter(username="stranger").exists()


def test_an_invitation_used_up_while_the_form_was_open_makes_no_account(owner, team, monkeypatch):
    """Two browsers with one link send their forms at once: sign-up is still open for both."""
    made, token = invitations.make_invitation(team=team, role="viewer", by=owner)
    client = Client()
    client.get(f"/accounts/invitation/{token}/")

    def used_meanwhile(invitation_id, user):
        Invitation.objects.filter(id=made.id).update(used_by=owner, used_at=made.created_at)
        return use(invitation_id, user)

    use = invitations.use_invitation
    monkeypatch.setattr("apps.accounts.sign_up.use_invitation", used_meanwhile)
    assert client.post("/accounts/signup/", NEW).status_code == 404
    assert not User.objects.filter(username="reader").exists()


def test_weak_passwords_and_odd_names_are_refused(owner, team):
    _, token = invitations.make_invitation(team=team, role="viewer", by=owner)
    client = Client()
    client.get(f"/accounts/invitation/{token}/")
    for change in ({"password1": "short"}, {"password1": "password123"}, {"username": "ci@vision"}):
        assert client.post("/accounts/signup/", {**NEW, **change}).status_code == 200
    assert User.objects.count() == 1


def test_a_domain_may_sign_up_once_an_address_is_verified(settings):
    settings.SIGNUP_DOMAINS = ["example.org"]
    settings.MAIL_CONFIGURED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    assert b"is needed" in client.post("/accounts/signup/", {**NEW, "email": "r@example.org.evil.example"}).content
    assert not User.objects.exists()
    client.post("/accounts/signup/", NEW)
    assert not is_in(client)
    sign_in(client, "reader")
    assert not is_in(client)
    link = mailed_path("http://testserver", "/accounts/confirm-email/")
    assert client.post(link).status_code == 302
    sign_in(client, "reader")
    assert is_in(client)


def test_mandatory_verification_does_not_lock_members_out(owner, team, settings):
    settings.SIGNUP_DOMAINS = ["example.org"]
    settings.MAIL_CONFIGURED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client = Client()
    sign_in(client, "owner")
    assert is_in(client)


def test_a_forgotten_password_is_reset_by_mail_at_the_sites_own_address(owner, settings):
    User.objects.update(email="owner@example.org")
    settings.PUBLIC_URL = "https://paceline.example"
    Client().post("/accounts/password/reset/", {"email": "owner@example.org"}, HTTP_HOST="evil.example")
    Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert len(mail.outbox) == 1
    assert "https://paceline.example/accounts/password/reset/key/" in mail.outbox[0].body
    assert "//evil.example/" not in mail.outbox[0].body
    path = mailed_path("https://paceline.example", "/accounts/password/reset/key/")
    client = Client()
    form = client.get(path, follow=True)
    new = "another horse battery"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(Client(), "owner").status_code == 200
    assert sign_in(Client(), "owner", new).status_code == 302
    assert AuditEvent.objects.filter(action="password.reset", actor=owner).exists()


def code(secret):
    """The six digits an authenticator app shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    place = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, place)[0] & 0x7FFFFFFF) % 10**6:06}"


def reauthenticated(user):
    client = Client()
    sign_in(client, user.username)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


@pytest.mark.django_db(transaction=True)
def test_an_authenticator_app_stands_between_password_and_session(owner):
    client = reauthenticated(owner)
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored  # encrypted
    recovery = client.get("/accounts/2fa/recovery-codes/").context["unused_codes"]
    assert len(recovery) == 10

    thief = Client()
    assert sign_in(thief, "owner")["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(thief)
    thief.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert not is_in(thief)

    again = Client()
    sign_in(again, "owner")
    assert again.post("/accounts/2fa/authenticate/", {"code": recovery[0]}).status_code == 302
    assert is_in(again)
    twice = Client()
    sign_in(twice, "owner")
    twice.post("/accounts/2fa/authenticate/", {"code": recovery[0]})
    assert not is_in(twice)
    actions = list(AuditEvent.objects.values_list("action", flat=True))
    assert {"second_factor.added", "sign_in.failed"} <= set(actions)
    assert secret not in str(list(AuditEvent.objects.values()))


def test_second_factors_need_the_password_again(owner):
    client = Client()
    sign_in(client, "owner")
    assert "/accounts/reauthenticate/" in client.get("/accounts/2fa/totp/activate/")["Location"]


def test_second_factors_outlive_a_new_secret_key(owner, settings):
    client = reauthenticated(owner)
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code(secret))


def test_the_first_admin_gets_a_password_after_the_one_time_link():
    admin = services.make_first_admin()
    client = Client()
    client.get(services.one_time_sign_in_link(admin))
    assert client.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    client.post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    other = Client()
    sign_in(other, "admin")
    assert is_in(other)


def test_other_sessions_can_be_ended(owner):
    here, there = Client(), Client()
    sign_in(here, "owner")
    sign_in(there, "owner")
    assert UserSession.objects.count() == 2
    assert b"this one" in here.get("/accounts/sessions/").content
    here.post("/accounts/sessions/")
    assert is_in(here)
    assert not is_in(there)


def test_a_new_password_ends_other_sessions(owner):
    here, there = Client(), Client()
    sign_in(here, "owner")
    sign_in(there, "owner")
    new = "another horse battery"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert is_in(here)
    assert not is_in(there)


def test_people_change_how_they_are_shown(owner):
    client = signed_in(owner)
    client.post("/accounts/", {"first_name": "Ada", "last_name": "<b>L</b>"})
    assert b"Ada &lt;b&gt;L" in client.get("/accounts/").content
    assert client.post("/accounts/", {"first_name": "x" * 121}).status_code == 400


def test_a_sign_in_provider_that_is_not_set_up_is_not_found():
    assert Client().post("/accounts/with/github/").status_code == 404
    assert b"Sign in with" not in Client().get("/accounts/sign-in/").content


def test_wrong_settings_are_named(settings):
    assert check_sign_in() == []
    settings.PROVIDER_VARIABLES = {"GitHub": {"PACELINE_GITHUB_ID": "x", "PACELINE_GITHUB_SECRET": ""}}
    settings.OIDC_URL = "http://login.example.org"
    settings.MAIL_CONFIGURED = True
    assert [problem.id for problem in check_sign_in()] == ["accounts.E001", "accounts.E002", "accounts.W001"]
    settings.MAIL_CONFIGURED = False
    settings.SIGNUP_DOMAINS = ["example.org"]
    assert check_sign_in()[-1].id == "accounts.W002"
