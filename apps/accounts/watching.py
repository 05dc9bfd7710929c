"""What people do to their own accounts on django-allauth's pages, for the audit log."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.dispatch import Signal
from django.http import HttpRequest

from apps.accounts.audit import record
from apps.accounts.models import User

OWN_ACCOUNT: dict[Signal, str] = {
    account.password_set: "password.set",
    account.password_changed: "password.changed",
    account.password_reset: "password.reset",
    account.email_added: "email.added",
    account.email_removed: "email.removed",
    account.email_changed: "email.changed",
    mfa.authenticator_added: "second_factor.added",
    mfa.authenticator_removed: "second_factor.removed",
    mfa.authenticator_reset: "second_factor.reset",
}


def watch() -> None:
    """Record each of these from now on."""
    for signal, action in OWN_ACCOUNT.items():
        signal.connect(_recorder(action), weak=False, dispatch_uid=action)
    social.social_account_added.connect(_connected, dispatch_uid="connection.added")
    social.social_account_removed.connect(_disconnected, dispatch_uid="connection.removed")
    mfa.authentication_failed.connect(_second_factor_failed, dispatch_uid="second_factor.failed")


def _recorder(action: str) -> Any:
    def receive(sender: Any, user: User, authenticator: Any = None, **_: Any) -> None:  # noqa: ARG001
        facts = {"kind": authenticator.type} if authenticator is not None else {}
        record(user, action, target=str(user), **facts)

    return receive


def _connected(sender: Any, request: HttpRequest, sociallogin: Any, **_: Any) -> None:  # noqa: ARG001
    record(sociallogin.user, "connection.added", target=str(sociallogin.user), provider=sociallogin.account.provider)


def _disconnected(sender: Any, request: HttpRequest, socialaccount: Any, **_: Any) -> None:  # noqa: ARG001
    record(socialaccount.user, "connection.removed", target=str(socialaccount.user), provider=socialaccount.provider)


def _second_factor_failed(sender: Any, user: User, **_: Any) -> None:  # noqa: ARG001
    record(None, "sign_in.failed", target=str(user), known=True, by="second factor")
