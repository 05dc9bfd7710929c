"""Who may sign in."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend


class PeopleBackend(AuthenticationBackend):
    """By user name or e-mail address and password; active people only. A service account never has a session."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and not user.is_service
