"""What django-allauth asks us: who may sign up, what the audit log keeps, where links lead, how secrets are kept."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from apps.accounts import sign_up
from apps.accounts.audit import record
from apps.accounts.models import User
from apps.core.origin import client_address

UNKNOWN_ADDRESS = "0.0.0.0"  # noqa: S104  # a client without an address (a Unix socket) shares one rate limit


class AccountAdapter(DefaultAccountAdapter):
    """Signing in and up by password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return sign_up.invitation_of(request) is not None or sign_up.by_domain()

    def clean_username(self, username: str, shallow: bool = False) -> str:
        if "@" in username:  # service accounts are called NAME@TEAM, and addresses can be signed in with
            raise ValidationError("A user name has no @.")
        return str(super().clean_username(username, shallow=shallow))

    @transaction.atomic
    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        saved = super().save_user(request, user, form, commit=commit)
        if saved.pk:  # else a provider's sign-up saves it
            sign_up.welcome(request, saved)
        return saved

    def pre_login(self, request: HttpRequest, user: User, **login: Any) -> HttpResponse | None:
        if user.is_service:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **login)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        used = [record["method"] for record in get_authentication_records(request, user)]
        record(user, "sign_in.succeeded", target=str(user), by=", ".join(sorted(set(used))))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        """Note whose account was tried. A name nobody has is not kept: it may be a password in the wrong field."""
        name = credentials.get("username") or credentials.get("email") or ""
        known = User.objects.filter(username__iexact=name).first() or User.objects.filter(email__iexact=name).first()
        record(None, "sign_in.failed", target=str(known) if known and name else "", known=bool(known and name))

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request) or UNKNOWN_ADDRESS

    def get_login_stages(self) -> list[str]:
        ours = {"allauth.account.stages.EmailVerificationStage": "apps.accounts.stages.EmailVerification"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_reset_password_from_key_url(self, key: str) -> str:
        return _public(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return _public(super().get_email_confirmation_url(request, emailconfirmation))


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Signing in and up by GitHub, Google or OpenID Connect."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        if sign_up.invitation_of(request) is not None:
            return True
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        return any(sign_up.in_domain(email) for email in verified)

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        user = super().save_user(request, sociallogin, form)
        if form is None:
            sign_up.welcome(request, user)
        return user


class SecondFactorAdapter(DefaultMFAAdapter):
    """Authenticator apps, recovery codes and security keys. Their secrets are encrypted in the database."""

    def encrypt(self, text: str) -> str:
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _fernet().decrypt(encrypted_text.encode()).decode()


def _fernet() -> MultiFernet:
    """Encrypts with the site's secret key, and still reads what its former keys encrypted."""
    keys = [str(key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    digests = [hashlib.sha256(f"second factors:{key}".encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


def _public(url: str) -> str:
    """A mailed link at the site's public address: the Host header of whoever asked for the mail does not choose it."""
    if not settings.PUBLIC_URL:
        return url
    path = url[url.index(reverse("home"), url.index("//") + 2) :] if "//" in url else url
    return settings.PUBLIC_URL + path
