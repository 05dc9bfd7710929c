"""Whom people may sign in with, and how mails leave: what the environment says, as the libraries want it."""

from typing import Any
from urllib.parse import unquote, urlsplit

from environs import Env

OIDC_ID = "oidc"  # in the callback's URL: /accounts/oidc/oidc/login/callback/


def provider_variables(env: Env) -> dict[str, dict[str, str]]:
    """Each provider's variables and what they are, "" when unset."""
    names = {
        "GitHub": ("PACELINE_GITHUB_ID", "PACELINE_GITHUB_SECRET"),
        "Google": ("PACELINE_GOOGLE_ID", "PACELINE_GOOGLE_SECRET"),
        "OpenID Connect": ("PACELINE_OIDC_URL", "PACELINE_OIDC_ID", "PACELINE_OIDC_SECRET"),
    }
    return {provider: {name: env.str(name, default="") for name in wanted} for provider, wanted in names.items()}


def providers(variables: dict[str, dict[str, str]], oidc_name: str) -> dict[str, Any]:
    """django-allauth's SOCIALACCOUNT_PROVIDERS: those whose variables are all set. All use PKCE."""
    found: dict[str, Any] = {}
    for provider, key in (("GitHub", "github"), ("Google", "google")):
        client_id, secret = variables[provider].values()
        if client_id and secret:
            found[key] = {"APPS": [{"client_id": client_id, "secret": secret}], "OAUTH_PKCE_ENABLED": True}
    if "github" in found:
        found["github"]["SCOPE"] = ["read:user", "user:email"]
    if "google" in found:
        found["google"]["SCOPE"] = ["openid", "profile", "email"]
    url, client_id, secret = variables["OpenID Connect"].values()
    if url and client_id and secret:
        app = {
            "provider_id": OIDC_ID,
            "name": oidc_name,
            "client_id": client_id,
            "secret": secret,
            "settings": {"server_url": url.rstrip("/")},
        }
        found["openid_connect"] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    return found


def mail_settings(url: str) -> dict[str, Any]:
    """Django's EMAIL_… of smtp://USER:PASSWORD@HOST:587 (STARTTLS), smtps://…:465, or smtp+plain://… (none).

    Without a URL no mail leaves. Raises ValueError for another scheme.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    parts = urlsplit(url)
    ports = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
    if parts.scheme not in ports or not parts.hostname:
        raise ValueError("PACELINE_MAIL_URL must be smtp://, smtps:// or smtp+plain:// USER:PASSWORD@HOST:PORT.")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }
