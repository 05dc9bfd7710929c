"""Who may make an account: who has an invitation's link, or an e-mail address of a domain the settings name."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from apps.accounts.audit import record
from apps.accounts.invitations import open_invitations, use_invitation
from apps.accounts.models import Invitation, User

_SESSION_KEY = "invitation"


def remember_invitation(request: HttpRequest, invitation: Invitation) -> None:
    """Open sign-up for this browser: it has shown a good link."""
    request.session[_SESSION_KEY] = invitation.id


def invitation_of(request: HttpRequest) -> Invitation | None:
    """The invitation this browser has shown, while it is still good."""
    invitation_id = request.session.get(_SESSION_KEY)
    return None if invitation_id is None else open_invitations().filter(id=invitation_id).first()


def by_domain() -> bool:
    """Whether somebody without an invitation may sign up by password: an address of theirs must be verified by mail."""
    return bool(settings.SIGNUP_DOMAINS and settings.MAIL_CONFIGURED)


def in_domain(email: str) -> bool:
    return email.rpartition("@")[2].lower() in settings.SIGNUP_DOMAINS


def require_domain(email: str) -> None:
    """Raise ValidationError unless the address lies in a domain that may sign up."""
    if not in_domain(email):
        domains = " or ".join(settings.SIGNUP_DOMAINS)
        raise ValidationError(f"Without an invitation, an address at {domains} is needed.")


def welcome(request: HttpRequest, user: User) -> None:
    """Let a new user into the team they were invited to. Raises InvitationGone when somebody else was faster."""
    record(user, "account.made", target=str(user))
    invitation_id = request.session.pop(_SESSION_KEY, None)
    if invitation_id is not None:
        use_invitation(invitation_id, user)
