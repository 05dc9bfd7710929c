"""A wrong setting of signing in is a sentence at the start, not a traceback later."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import Error, Warning

LOCAL = ("localhost", "127.0.0.1", "::1")


def check_sign_in(**_: Any) -> list[Error | Warning]:
    """System check: providers are whole, OpenID Connect travels encrypted, mailed links have an address to lead to."""
    found: list[Error | Warning] = []
    for name, values in settings.PROVIDER_VARIABLES.items():
        missing = [variable for variable, value in values.items() if not value]
        if 0 < len(missing) < len(values):
            found.append(
                Error(f"{name} is set up by halves.", hint=f"Set {' and '.join(missing)} too.", id="accounts.E001")
            )
    url = urlsplit(settings.OIDC_URL)
    if settings.OIDC_URL and url.scheme != "https" and url.hostname not in LOCAL:
        hint = "Its tokens are believed because TLS vouches for them: use https://."
        found.append(Error(f"PACELINE_OIDC_URL is {settings.OIDC_URL!r}.", hint=hint, id="accounts.E002"))
    if settings.MAIL_CONFIGURED and not settings.PUBLIC_URL:
        hint = "Set PACELINE_URL: links in mails lead there, instead of to whatever host a request named."
        found.append(Warning("Mails are sent but PACELINE_URL is not set.", hint=hint, id="accounts.W001"))
    if settings.SIGNUP_DOMAINS and not (settings.MAIL_CONFIGURED or settings.SOCIALACCOUNT_PROVIDERS):
        hint = "Addresses are verified by mail or by a provider: set PACELINE_MAIL_URL, or a provider's variables."
        found.append(Warning("PACELINE_SIGNUP_DOMAINS lets nobody in.", hint=hint, id="accounts.W002"))
    return found
