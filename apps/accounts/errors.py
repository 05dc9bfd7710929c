"""What signing in and API keys refuse."""

from apps.core.errors import NotFound, TrackerError


class Unauthenticated(TrackerError):
    """The key or session that came is not (or no longer) good."""

    code = "unauthenticated"
    status = 401


class SignInNeeded(NotFound):
    """An anonymous visitor asks for what is not public, or does not exist: which of both is not theirs to know."""

    code = "unauthenticated"
    status = 401

    def __init__(self) -> None:
        super().__init__("Send an API key as `Authorization: Bearer <key>`, or sign in.")


class ScopeMissing(TrackerError):
    code = "scope_missing"
    status = 403

    def __init__(self, scope: str, needed: str) -> None:
        super().__init__(f"This key has the scope {scope!r}; this request needs {needed!r}. Make another key.")


class KeyLimited(TrackerError):
    """A key of one project asks for one that reaches further."""

    code = "key_limited"
    status = 403

    def __init__(self) -> None:
        super().__init__("This key is limited to one project, and so are the keys it makes. Name the same project.")


class CsrfRefused(TrackerError):
    code = "csrf_failed"
    status = 403

    def __init__(self, reason: str) -> None:
        super().__init__(f"A signed-in browser must send its CSRF token with a write: {reason}")


class UnknownUser(TrackerError):
    code = "unknown_user"
    status = 404

    def __init__(self, username: str, near: list[str]) -> None:
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"There is no active user {username!r}.{hint}")


class LastAdmin(TrackerError):
    code = "last_admin"
    status = 409

    def __init__(self, team: str) -> None:
        super().__init__(f"The team {team} has no other admin. Make somebody else an admin first.")


class InvitationGone(NotFound):
    code = "invitation_gone"

    def __init__(self) -> None:
        super().__init__("This invitation was used, was revoked or is too old. Ask whoever sent it for a new link.")


class TooManyAttempts(TrackerError):
    code = "too_many_requests"
    status = 429

    def __init__(self, what: str, allowed: str, retry_after: int) -> None:
        super().__init__(f"Too many {what}: {allowed} are allowed. Try again later.", retry_after=retry_after)
