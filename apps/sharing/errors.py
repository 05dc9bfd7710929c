"""What sharing refuses."""

from apps.core.errors import NotFound, TrackerError


class LinkGone(NotFound):
    """No link of this token opens anything: which of the reasons it is, is not the asker's to know."""

    def __init__(self) -> None:
        super().__init__(
            "The link may have ended, or whoever made it took it back, or what it showed was "
            "deleted, or a part of the address is missing. Ask whoever gave it to you for a new one."
        )


class TooManyLinks(TrackerError):
    code = "too_many_links"
    status = 409

    def __init__(self, most: int) -> None:
        super().__init__(
            f"This version has {most} share links that are open, as many as may be. Revoke one that nobody needs."
        )
