"""The audit log: what an event holds, that it stays as it is, and how long."""

import csv
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
from apps.accounts.tasks import forget_old_events
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
    event = AuditEvent.objects.exclude(action="key.made").get()
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


def test_a_worker_forgets_what_is_too_old(settings):
    audit.record(None, "run.deleted")
    forget_old_events()
    assert AuditEvent.objects.exists()
    settings.AUDIT_DAYS = -1  # as if the event were a day older than it may be
    forget_old_events()
    assert not AuditEvent.objects.exists()


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


def owner_and_team():
    owner = make_user("owner")
    return owner, make_team("vision", admin=owner)


def rows(client, query=""):
    answer = client.get(f"/teams/vision/audit.csv{query}")
    return list(csv.reader(answer.getvalue().decode().splitlines()))[1:]


def test_admins_read_what_was_done_to_their_team_and_by_its_people(client):
    owner, team = owner_and_team()
    stranger = make_user("stranger")
    other = make_team("speech", admin=stranger)
    audit.record(owner, "role.changed", team=team, target="reader")
    audit.record(owner, "sign_in.succeeded", target="owner")
    audit.record(None, "sign_in.failed", target="owner")
    audit.record(None, "sign_in.failed", target="stranger")
    audit.record(stranger, "role.changed", team=other, target="secret plan")
    audit.record(stranger, "sign_in.succeeded", target="stranger")
    audit.record(owner, "run.deleted", team=other, target="secret run")
    client.force_login(owner)
    page = client.get("/teams/vision/audit/")
    assert [(event.action, event.target) for event in page.context["events"]] == [
        ("sign_in.failed", "owner"),
        ("sign_in.succeeded", "owner"),
        ("role.changed", "reader"),
    ]
    assert b"secret" not in page.content


def test_the_log_is_filtered_by_subject_person_and_day(client):
    owner, team = owner_and_team()
    client.force_login(owner)
    audit.record(owner, "role.changed", team=team, target="reader")
    audit.record(owner, "run.deleted", team=team, target="k3f")
    today = timezone.now().date()
    assert [row[2] for row in rows(client, "?about=role")] == ["role.changed"]
    assert [row[3] for row in rows(client, "?who=READ")] == ["reader"]
    assert len(rows(client, f"?since={today}&until={today}&about=run")) == 1
    assert rows(client, f"?until={today - timedelta(days=1)}") == []
    wrong = client.get("/teams/vision/audit/?since=yesterday")
    assert wrong.status_code == 400
    assert b"A day is written" in wrong.content
    assert client.get("/teams/vision/audit.csv?since=yesterday").status_code == 400


def test_a_long_log_comes_in_pages_and_whole_as_csv(client):
    owner, team = owner_and_team()
    client.force_login(owner)
    for number in range(205):
        audit.record(owner, "run.deleted", team=team, target=f"run{number}")
    seen, path = [], "/teams/vision/audit/"
    while path:
        page = client.get(path)
        seen += [event.target for event in page.context["events"]]
        path = page.context["older"] and "/teams/vision/audit/" + page.context["older"]
    assert seen == [f"run{number}" for number in reversed(range(205))]
    assert len(rows(client)) == 206  # with the export before this line
    assert AuditEvent.objects.filter(action="export.audit_log").exists()


def test_a_name_in_the_csv_is_no_formula(client):
    owner, team = owner_and_team()
    client.force_login(owner)
    audit.record(owner, "run.deleted", team=team, target='=HYPERLINK("http://evil")', note="-1")
    assert rows(client, "?about=run")[0][3] == '\'=HYPERLINK("http://evil")'
