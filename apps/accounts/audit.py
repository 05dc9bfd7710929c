"""The audit log: who did what, when, from where. Events are added, forgotten after their retention, never changed."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from apps.accounts.models import AuditEvent, Team, User
from apps.core.origin import current_origin

MAX_TEXT = 250
AnyActor = AbstractBaseUser | AnonymousUser | None


def record(actor: AnyActor, action: str, *, team: Team | None = None, target: str = "", **facts: Any) -> None:
    """Add one event in the caller's transaction: an action that is rolled back was not done.

    actor: who did it; None or anonymous for the site itself or somebody unknown. action: "subject.verb" in the past,
    as in "member.added". team: whose admins may read it. target: what it was done to, as people call it. facts: more
    of it, as JSON holds it; never a secret (a key's text, a token, a password): only what all admins may know for ever.
    """
    user = actor if isinstance(actor, User) else None
    origin = current_origin()
    AuditEvent.objects.create(
        action=action,
        actor=user,
        actor_name=user.get_username() if user else "",
        team=team,
        target=target[:MAX_TEXT],
        facts=facts,
        address=origin.address or None,
        key_prefix=origin.key,
    )


def forget_old(now: datetime | None = None) -> int:
    """Remove the events older than the settings' AUDIT_DAYS (0: keep all); how many."""
    if not settings.AUDIT_DAYS:
        return 0
    oldest = (now or timezone.now()) - timedelta(days=settings.AUDIT_DAYS)
    return AuditEvent.objects.older_than(oldest).forget()
