"""Teams: their people and roles, invitations, service accounts, what each page lets whom do."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts import invitations, members, services
from apps.accounts.authentication import live_key
from apps.accounts.errors import InvitationGone, LastAdmin, Unauthenticated
from apps.accounts.models import ApiKey, AuditEvent, Invitation, Membership, Role, Team, User
from apps.core.errors import Invalid, NotFound
from tests.factories import make_key, make_team, make_user

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def role_of(user, team):
    return Membership.objects.filter(user=user, team=team).values_list("role", flat=True).first()


def actions():
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def team(owner):
    return make_team("vision", admin=owner)


def test_anybody_signed_in_makes_a_team_and_administers_it(owner):
    client = signed_in(owner)
    assert b"You are in no team" in client.get("/teams/").content
    answer = client.post("/teams/", {"name": "Vision group", "slug": "vision"})
    assert answer["Location"] == "/teams/vision/"
    assert role_of(owner, Team.objects.get(slug="vision")) == Role.ADMIN
    refused = client.post("/teams/", {"name": "Again", "slug": "Vision"})
    assert refused.status_code == 400
    assert b"already" in refused.content
    assert b'value="Again"' in refused.content
    assert actions() == ["team.made"]


def test_somebody_may_be_in_several_teams_with_a_role_in_each(owner, team):
    other = make_team("speech", admin=make_user(), viewer=owner)
    page = signed_in(owner).get("/teams/").content.decode()
    assert "/teams/vision/" in page
    assert "/teams/speech/" in page
    assert signed_in(owner).get(f"/teams/{other.slug}/settings/").status_code == 404
    assert signed_in(owner).get(f"/teams/{team.slug}/settings/").status_code == 200


def test_a_team_is_renamed_and_keeps_its_urls(owner, team):
    client = signed_in(owner)
    client.post("/teams/vision/settings/", {"name": "Vision & language"})
    assert b"Vision &amp; language" in client.get("/teams/vision/").content
    assert client.post("/teams/vision/settings/", {"name": " "}).status_code == 400
    event = AuditEvent.objects.get(action="team.renamed")
    assert event.facts == {"before": "vision", "after": "Vision & language"}


def test_an_invitation_lets_one_member_in_once(owner, team):
    reader, stranger = make_user("reader"), make_user("stranger")
    page = signed_in(owner).post("/teams/vision/invitations/", {"role": "viewer", "email": "r@example.org"})
    link = page.context["link"]
    assert link.encode() in page.content
    token = link.split("/")[-2]
    assert len(token) >= 43
    assert token not in str(Invitation.objects.values().get())
    assert token.encode() not in signed_in(owner).get("/teams/vision/").content
    path = link.removeprefix("http://testserver")
    shown = signed_in(reader).get(path)
    assert b"Join vision" in shown.content
    assert shown["Referrer-Policy"] == "no-referrer"
    assert signed_in(reader).post(path)["Location"] == "/teams/vision/"
    assert role_of(reader, team) == Role.VIEWER
    assert signed_in(stranger).post(path).status_code == 404
    assert role_of(stranger, team) is None
    assert token not in str(list(AuditEvent.objects.values()))
    assert actions() == ["invitation.made", "invitation.used"]


def test_a_member_who_opens_an_invitation_keeps_role_and_link(owner, team):
    _, token = invitations.make_invitation(team=team, role="viewer", by=owner)
    found = invitations.open_invitation(token)
    invitations.use_invitation(found.id, owner)
    assert role_of(owner, team) == Role.ADMIN
    assert invitations.open_invitation(token)


def test_an_invitation_ends_by_time_or_revocation(owner, team):
    made, token = invitations.make_invitation(team=team, role="member", by=owner)
    client = signed_in(owner)
    assert client.post(f"/teams/vision/invitations/{made.id}/revoke/").status_code == 302
    assert client.post(f"/teams/vision/invitations/{made.id}/revoke/").status_code == 302
    assert actions().count("invitation.revoked") == 1
    with pytest.raises(InvitationGone):
        invitations.open_invitation(token)
    made, token = invitations.make_invitation(team=team, role="member", by=owner)
    Invitation.objects.filter(id=made.id).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvitationGone):
        invitations.use_invitation(made.id, make_user())


def test_an_invitation_of_another_team_cannot_be_revoked(owner, team):
    theirs = make_user()
    made, token = invitations.make_invitation(team=make_team("speech", admin=theirs), role="member", by=theirs)
    assert signed_in(owner).post(f"/teams/vision/invitations/{made.id}/revoke/").status_code == 404
    assert invitations.open_invitation(token)


@pytest.mark.parametrize("asked", [{"role": "owner"}, {"role": ""}, {"role": "member", "email": "nobody"}])
def test_a_wrong_invitation_is_refused(owner, team, asked):
    assert signed_in(owner).post("/teams/vision/invitations/", asked).status_code == 400
    assert not Invitation.objects.exists()


def test_an_invitation_is_mailed_where_mail_is_set_up(owner, team, settings):
    settings.MAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://paceline.example"
    page = signed_in(owner).post(
        "/teams/vision/invitations/", {"role": "member", "email": "r@example.org"}, HTTP_HOST="evil.example"
    )
    assert mail.outbox[0].to == ["r@example.org"]
    assert page.context["link"] in mail.outbox[0].body
    assert page.context["link"].startswith("https://paceline.example/accounts/invitation/")
    assert b"was mailed to" in page.content


def test_a_mail_that_fails_leaves_the_link_to_copy(owner, team, settings):
    settings.MAIL_CONFIGURED = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    page = signed_in(owner).post("/teams/vision/invitations/", {"role": "member", "email": "r@example.org"})
    assert b"could not be sent" in page.content
    assert page.context["link"].encode() in page.content


def test_invitations_are_limited(owner, team, settings):
    settings.ACCOUNT_RATE_LIMITS = {"make_invitation": "2/h/user", "open_invitation": "3/h/ip"}
    client = signed_in(owner)
    codes = [client.post("/teams/vision/invitations/", {"role": "member"}).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    guesses = [Client().get(f"/accounts/invitation/{number}/").status_code for number in range(4)]
    assert guesses == [404, 404, 404, 429]


def test_an_admin_changes_roles_and_removes_people(owner, team):
    reader = make_user("reader")
    Membership.objects.create(team=team, user=reader, role=Role.VIEWER)
    client = signed_in(owner)
    client.post(f"/teams/vision/members/{reader.id}/role/", {"role": "member"})
    assert role_of(reader, team) == Role.MEMBER
    client.post(f"/teams/vision/members/{reader.id}/role/", {"role": "god"})
    assert role_of(reader, team) == Role.MEMBER
    client.post(f"/teams/vision/members/{reader.id}/remove/")
    assert role_of(reader, team) is None
    assert reader.is_active
    assert client.post(f"/teams/vision/members/{reader.id}/remove/").status_code == 404
    assert actions() == ["role.changed", "member.removed"]


def test_the_last_admin_can_neither_leave_nor_step_down(owner, team):
    helper = make_user("helper")
    Membership.objects.create(team=team, user=helper, role=Role.MEMBER)
    with pytest.raises(LastAdmin):
        members.remove_member(team=team, user_id=owner.id, by=owner)
    with pytest.raises(LastAdmin):
        members.change_role(team=team, user_id=owner.id, role="member", by=owner)
    page = signed_in(owner).post("/teams/vision/leave/", follow=True)
    assert b"no other admin" in page.content
    members.change_role(team=team, user_id=helper.id, role="admin", by=owner)
    assert signed_in(owner).post("/teams/vision/leave/")["Location"] == "/teams/"
    assert role_of(owner, team) is None
    assert actions() == ["role.changed", "member.left"]


def test_an_admin_who_is_not_active_does_not_count(owner, team):
    gone = make_user("gone")
    Membership.objects.create(team=team, user=gone, role=Role.ADMIN)
    User.objects.filter(id=gone.id).update(is_active=False)
    with pytest.raises(LastAdmin):
        members.remove_member(team=team, user_id=owner.id, by=owner)


def test_a_member_sees_the_people_and_nothing_to_change(team):
    reader = make_user("reader")
    Membership.objects.create(team=team, user=reader, role=Role.MEMBER)
    page = signed_in(reader).get("/teams/vision/").content
    assert b"owner" in page
    assert b"Make a link" not in page
    assert b"Remove" not in page
    assert b"Leave vision" in page
    for path in ("invitations/", f"members/{reader.id}/role/", f"members/{reader.id}/remove/"):
        assert signed_in(reader).post(f"/teams/vision/{path}", {"role": "admin"}).status_code == 404
    assert role_of(reader, team) == Role.MEMBER


def test_a_service_account_has_keys_and_no_sign_in(owner, team):
    client = signed_in(owner)
    client.post("/teams/vision/services/", {"name": "ci", "role": "member"})
    account = User.objects.get(username="ci@vision")
    page = client.post(f"/teams/vision/services/{account.id}/keys/", {"scope": "ingest", "name": "nightly"})
    text = page.context["made_text"]
    assert live_key(text).user == account
    assert text.encode() not in client.get("/teams/vision/services/").content
    account.set_password("correct horse battery")
    account.save()
    by_form = Client()
    by_form.post("/accounts/sign-in/", {"login": "ci@vision", "password": "correct horse battery"})
    assert "_auth_user_id" not in by_form.session
    assert signed_in(account).get("/teams/").status_code == 302  # not even a session made by force counts
    with pytest.raises(Invalid, match="cannot sign in"):
        services.one_time_sign_in_link(account)


def test_a_service_account_is_never_an_admin(owner, team):
    for name, role in (("ci", "admin"), ("c i", "member"), ("", "member"), ("-", "member"), ("x" * 41, "member")):
        with pytest.raises(Invalid):
            members.make_service_account(team=team, name=name, role=role, by=owner)
    account = members.make_service_account(team=team, name="ci", role="viewer", by=owner)
    with pytest.raises(Invalid, match="never an admin"):
        members.change_role(team=team, user_id=account.id, role="admin", by=owner)
    with pytest.raises(Invalid, match="already"):
        members.make_service_account(team=team, name="CI", role="viewer", by=owner)


def test_a_removed_service_account_stops_at_once(owner, team):
    account = members.make_service_account(team=team, name="ci", role="member", by=owner)
    key, text = services.make_key(user=account, by=owner)
    signed_in(owner).post(f"/teams/vision/members/{account.id}/remove/", {"from": "services"})
    with pytest.raises(Unauthenticated):
        live_key(text)
    assert ApiKey.objects.get(id=key.id).revoked_at
    assert actions() == ["service_account.made", "key.made", "key.revoked", "member.removed"]


def test_a_key_of_a_service_account_is_made_and_revoked_by_its_teams_admins_only(owner, team):
    account = members.make_service_account(team=team, name="ci", role="member", by=owner)
    key, text = services.make_key(user=account, by=owner)
    stranger = make_user("stranger")
    make_team("speech", admin=stranger)
    theirs = signed_in(stranger)
    assert theirs.post(f"/teams/speech/services/{account.id}/keys/", {"scope": "ingest"}).status_code == 404
    assert theirs.post(f"/teams/speech/services/{account.id}/keys/{key.id}/revoke/").status_code == 404
    person = make_key(owner)
    persons_key = ApiKey.objects.get(user=owner)
    ours = signed_in(owner)
    assert ours.post(f"/teams/vision/services/{owner.id}/keys/{persons_key.id}/revoke/").status_code == 404
    assert live_key(text)
    assert live_key(person)
    assert ours.post(f"/teams/vision/services/{account.id}/keys/{key.id}/revoke/").status_code == 302
    with pytest.raises(Unauthenticated):
        live_key(text)


def test_a_service_account_of_another_team_is_not_found(owner, team):
    with pytest.raises(NotFound):
        members.service_account(team, owner.id)


def test_ten_people_cost_the_page_as_many_queries_as_two(owner, team):
    client = signed_in(owner)
    counts: dict[str, list[int]] = {
        "/teams/vision/": [],
        "/teams/vision/services/": [],
        "/teams/": [],
        "/teams/vision/audit/": [],
    }
    for more in (2, 8):
        for number in range(more):
            Membership.objects.create(team=team, user=make_user())
            account = members.make_service_account(team=team, name=f"s{more}-{number}", role="member", by=owner)
            services.make_key(user=account, by=owner)
            invitations.make_invitation(team=team, role="member", by=owner)
            make_team(admin=owner)
        for path, found in counts.items():
            with CaptureQueriesContext(connection) as queries:
                assert client.get(path).status_code == 200
            found.append(len(queries))
    assert all(few == many for few, many in counts.values()), counts
