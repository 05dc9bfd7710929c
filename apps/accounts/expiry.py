"""What signing in leaves behind that opens nothing any more; workers remove it."""

from allauth.account.models import EmailConfirmation
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from apps.accounts.models import Invitation, SignInLink


def clear_expired() -> None:
    """Remove sessions, confirmations of addresses, sign-in links and invitations that are used up or too old.

    Who was invited and who came in stays in the audit log. Running it twice changes nothing.
    """
    SessionStore.clear_expired()
    UserSession.objects.filter(~Exists(Session.objects.filter(session_key=OuterRef("session_key")))).delete()
    EmailConfirmation.objects.delete_expired_confirmations()
    gone = Q(expires_at__lt=timezone.now()) | Q(used_at__isnull=False)
    SignInLink.objects.filter(gone).delete()
    Invitation.objects.filter(gone | Q(revoked_at__isnull=False)).delete()
