"""Invitations by link: made, sent, shown, used once, revoked."""

import logging
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from apps.accounts.audit import record
from apps.accounts.authentication import key_digest
from apps.accounts.errors import InvitationGone
from apps.accounts.members import checked_role
from apps.accounts.models import Invitation, Membership, Team, User
from apps.core.errors import Invalid, NotFound

logger = logging.getLogger(__name__)

INVITATION_LIVES = timedelta(days=7)


def open_invitations() -> QuerySet[Invitation]:
    """Those that can still be used, the newest first, with their teams and who made them."""
    now = timezone.now()
    found = Invitation.objects.select_related("team", "created_by")
    return found.filter(used_at=None, revoked_at=None, expires_at__gt=now).order_by("-created_at", "-id")


def open_invitation(token: str) -> Invitation:
    """The invitation behind a link. Raises InvitationGone."""
    found = open_invitations().filter(digest=key_digest(token)).first()
    if found is None:
        raise InvitationGone
    return found


@transaction.atomic
def make_invitation(*, team: Team, role: str, by: User, email: str = "") -> tuple[Invitation, str]:
    """A new invitation and the token of its link, which is shown now and never again. Raises Invalid."""
    checked_role(role)
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise Invalid(f"{email!r} is no e-mail address.", fields={"email": "not an address"}) from error
    token = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        team=team,
        role=role,
        email=email,
        digest=key_digest(token),
        created_by=by,
        expires_at=timezone.now() + INVITATION_LIVES,
    )
    record(by, "invitation.made", team=team, target=email, role=role, until=f"{made.expires_at:%Y-%m-%d %H:%M}")
    return made, token


def send_invitation(invitation: Invitation, link: str) -> bool:
    """Mail the link to the invitation's address; whether that worked. Without mail or an address nothing is sent."""
    if not settings.MAIL_CONFIGURED or not invitation.email:
        return False
    words = render_to_string("accounts/email/invitation.txt", {"invitation": invitation, "link": link})
    try:
        send_mail(f"Join {invitation.team.name} on Paceline", words, None, [invitation.email])
    except OSError as error:  # smtplib's errors and the network's
        logger.warning("The invitation for %s could not be mailed: %s", invitation.email, error)
        return False
    return True


@transaction.atomic
def revoke_invitation(*, team: Team, invitation_id: int, by: User) -> None:
    """Make a link useless; once more changes nothing. Raises NotFound for one of another team."""
    invitation = team.invitations.filter(id=invitation_id).first()
    if invitation is None:
        raise NotFound("There is no such invitation.")
    if team.invitations.filter(id=invitation_id, revoked_at=None, used_at=None).update(revoked_at=timezone.now()):
        record(by, "invitation.revoked", team=team, target=invitation.email, role=invitation.role)


@transaction.atomic
def use_invitation(invitation_id: int, user: User) -> Team:
    """Let the user into the team; the link is used up by this. Raises InvitationGone.

    Who is a member already keeps their role, and the link stays good.
    """
    invitation = open_invitations().filter(id=invitation_id).first()
    if invitation is None:
        raise InvitationGone
    if Membership.objects.filter(team=invitation.team, user=user).exists():
        return invitation.team
    used = open_invitations().filter(id=invitation_id).order_by().update(used_at=timezone.now(), used_by=user)
    if not used:
        raise InvitationGone
    Membership.objects.create(team=invitation.team, user=user, role=invitation.role)
    record(user, "invitation.used", team=invitation.team, target=str(user), role=invitation.role)
    return invitation.team
