"""What stands between a right password and a session."""

from typing import Any

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.stages import EmailVerificationStage


class EmailVerification(EmailVerificationStage):
    """Who signed up by the domain of an address must prove that it is theirs. Members were invited by someone."""

    def handle(self) -> tuple[Any, bool]:
        if self.login.user is not None and self.login.user.memberships.exists():
            self.login.email_verification = EmailVerificationMethod.NONE
        return super().handle()
