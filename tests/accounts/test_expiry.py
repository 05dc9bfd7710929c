"""What opens nothing any more is cleared by the workers; what is still good stays."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from apps.accounts import invitations, services
from apps.accounts.models import AuditEvent, Invitation, SignInLink
from apps.hosting import jobs
from tests.factories import make_team, make_user

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=60)


def signed_in(password: str = "correct horse") -> Client:
    """A browser of a new user, signed in by the form."""
    user, browser = make_user(password=password), Client()
    browser.post("/accounts/sign-in/", {"login": user.username, "password": password})
    return browser


def test_expired_sessions_go_and_live_ones_still_work():
    old, live = signed_in(), signed_in()
    Session.objects.filter(session_key=old.session.session_key).update(expire_date=LONG_AGO)
    assert (Session.objects.count(), UserSession.objects.count()) == (2, 2)
    jobs.look_after()
    assert [one.session_key for one in Session.objects.all()] == [live.session.session_key]
    assert [one.session_key for one in UserSession.objects.all()] == [live.session.session_key]
    assert live.get("/accounts/").status_code == 200


def test_invitations_that_were_used_revoked_or_are_too_old_go():
    admin = make_user()
    team = make_team(admin=admin)
    used, revoked, old, good = (invitations.make_invitation(team=team, role="viewer", by=admin)[0] for _ in range(4))
    invitations.use_invitation(used.id, make_user())
    invitations.revoke_invitation(team=team, invitation_id=revoked.id, by=admin)
    Invitation.objects.filter(id=old.id).update(expires_at=LONG_AGO)
    jobs.look_after()
    assert list(Invitation.objects.all()) == [good]
    assert AuditEvent.objects.filter(action="invitation.used").exists()


def test_sign_in_links_that_were_used_or_are_too_old_go():
    user = make_user()
    used, _, good = (services.one_time_sign_in_link(user) for _ in range(3))
    services.use_sign_in_link(used.split("/")[-2])
    SignInLink.objects.filter(id=SignInLink.objects.order_by("id")[1].id).update(expires_at=LONG_AGO)
    jobs.look_after()
    assert SignInLink.objects.count() == 1
    assert services.use_sign_in_link(good.split("/")[-2]) == user


def test_confirmations_of_addresses_that_are_too_old_go():
    address = EmailAddress.objects.create(user=make_user(), email="ada@example.org")
    EmailConfirmation.objects.create(email_address=address, key="old", sent=LONG_AGO)
    EmailConfirmation.objects.create(email_address=address, key="new", sent=timezone.now())
    jobs.look_after()
    assert list(EmailConfirmation.objects.values_list("key", flat=True)) == ["new"]
