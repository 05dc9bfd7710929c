"""What workers do for the site itself."""

from datetime import timedelta

from django.utils import timezone

from apps.accounts.expiry import clear_expired
from apps.hosting import quotas, retention
from apps.hosting.models import Sign

QUEUE = "queue"
FORGET_AFTER = timedelta(days=1)


def note_sign(name: str) -> None:
    """Say that something is alive, and forget what has not been for a day."""
    now = timezone.now()
    Sign.objects.update_or_create(name=name, defaults={"seen_at": now})
    Sign.objects.filter(seen_at__lt=now - FORGET_AFTER).delete()


def look_after() -> None:
    """Everything that is due every few minutes."""
    quotas.count_all()
    retention.apply_all()
    clear_expired()
