"""The form of a new account."""

from typing import Any

from allauth.account.forms import SignupForm
from allauth.core import context

from apps.accounts.sign_up import invitation_of, require_domain


class SignUpForm(SignupForm):
    """Without an invitation, only for addresses of the domains that may sign up."""

    def clean_email(self) -> Any:
        email = super().clean_email()
        if invitation_of(context.request) is None:
            require_domain(email)
        return email
