"""The audit log: what an event holds, that it stays as it is, and how long."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import RequestFactory
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.authentication import live_key
from apps.accounts.models import AuditEvent
from apps.core.origin import NoteOrigin, client_address, current_origin
from tests.factories import make_key, make_team, make_user

pytestmark = pytest.mark.django_db


def request_from(address="10.1.2.3", **headers):
    return RequestFactory().get("/", REMOTE_ADDR=address, **headers)


def test_an_event_says_who_did_what_from_where_with_which_key():
    owner = make_user("owner")
    team = make_team(admin=owner)
    text = make_key(owner)

    def serve(_request):
        live_key(text)
        audit.record(owner, "member.added", team=team, target="reader", role="viewer")

    NoteOrigin(serve)(request_from())
    event = AuditEvent.objects.get()
    assert (event.actor, event.actor_name, event.action, event.team) == (owner, "owner", "member.added", team)
    assert (event.target, event.facts, event.address) == ("reader", {"role": "viewer"}, "10.1.2.3")
    assert text.startswith(event.key_prefix)
    assert event.key_prefix
    assert current_origin().address == ""  # of the next request this thread serves


def test_the_site_and_somebody_unknown_can_do_things_too():
    audit.record(None, "run.forgotten", target="x" * 1000)
    audit.record(AnonymousUser(), "sign_in.failed", target="admin")
    assert list(AuditEvent.objects.order_by("id").values_list("actor_name", "address")) == [("", None), ("", None)]


def test_a_deed_that_is_rolled_back_leaves_no_event():
    with transaction.atomic():
        audit.record(None, "run.deleted")
        transaction.set_rollback(True)
    assert not AuditEvent.objects.exists()


def test_an_event_outlives_its_actor_and_its_team():
    owner = make_user("owner")
    team = make_team(admin=owner)
    audit.record(owner, "team.made", team=team)
    owner_id, team_id = owner.id, team.id
    team.delete()
    owner.delete()
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.actor_name, event.team_id) == (owner_id, "owner", team_id)


def test_events_neither_change_nor_go_before_their_time():
    audit.record(None, "run.deleted")
    with pytest.raises(TypeError, match="does not change"):
        AuditEvent.objects.update(action="run.kept")
    with pytest.raises(TypeError, match="retention"):
        AuditEvent.objects.all().delete()
    assert audit.forget_old() == 0
    kept_until = AuditEvent.objects.get().at + timedelta(days=settings.AUDIT_DAYS)
    assert audit.forget_old(kept_until - timedelta(seconds=1)) == 0
    assert audit.forget_old(kept_until + timedelta(seconds=1)) == 1


def test_retention_can_be_for_ever(settings):
    settings.AUDIT_DAYS = 0
    audit.record(None, "run.deleted")
    assert audit.forget_old(timezone.now() + timedelta(days=9_999)) == 0


def test_a_forwarded_address_counts_only_behind_proxies_of_ours(settings):
    told = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.7, 10.0.0.2"}
    assert client_address(request_from("10.0.0.1", **told)) == "10.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert client_address(request_from("10.0.0.1", **told)) == "10.0.0.2"
    settings.TRUSTED_PROXIES = 2
    assert client_address(request_from("10.0.0.1", **told)) == "192.0.2.7"
    assert client_address(request_from("10.0.0.1", HTTP_X_FORWARDED_FOR="nonsense, 10.0.0.2")) == ""
    assert client_address(request_from("10.0.0.1")) == "10.0.0.1"
