"""The one refusal every layer raises and every endpoint answers with the same body."""

from typing import Any


class TrackerError(Exception):
    """A refusal: code never changes, message says what to do or names the limit and what came.

    fields: path of each bad value ("rows[3].values.loss") to what is wrong with it.
    retry_after: seconds after which the same request may succeed, for 429 and 503.
    """

    code = "refused"
    status = 400

    def __init__(self, message: str, *, fields: dict[str, str] | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """The JSON body: {"code", "message", "fields"}."""
        return {"code": self.code, "message": self.message, "fields": self.fields}


class NotFound(TrackerError):
    """What is asked for does not exist, or its existence is not the asker's to know."""

    code = "not_found"
    status = 404


class Invalid(TrackerError):
    """The request cannot be taken as it stands; fields say where."""

    code = "invalid"
    status = 400


class Unavailable(TrackerError):
    """A resource is missing for now (disk full, database read-only or away); nothing was stored."""

    code = "unavailable"
    status = 503
