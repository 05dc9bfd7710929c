"""Rate limits of our own pages, counted by django-allauth in the cache that all processes share."""

from allauth.core.internal import ratelimit
from django.conf import settings
from django.http import HttpRequest

from apps.accounts.errors import TooManyAttempts

RETRY_AFTER_SECONDS = 600


def count(request: HttpRequest, action: str, what: str) -> None:
    """Count one attempt; raises TooManyAttempts beyond the settings' ACCOUNT_RATE_LIMITS[action]."""
    allowed = settings.ACCOUNT_RATE_LIMITS[action]
    config = {action: allowed}
    if not ratelimit.consume(request, app="apps.accounts", action=action, config=config, limit_get=True):
        raise TooManyAttempts(what, allowed.rpartition("/")[0].replace("/h", " an hour"), RETRY_AFTER_SECONDS)
