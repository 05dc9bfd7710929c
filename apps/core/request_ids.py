"""The id of what is being done: of a request, and of the tasks it set off, in every log line and answer about it."""

import re
import secrets
from contextvars import ContextVar
from typing import Any

HEADER = "X-Request-ID"
_PLAIN = re.compile(r"[A-Za-z0-9._=+/:-]{1,128}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def current_request_id() -> str:
    """The id of the request this thread serves, or that set off this task; "" elsewhere."""
    return _current.get()


def begin(told: str = "") -> Any:
    """Work under the id a client or proxy told, when it is plain, else under a new one; gives what end() takes."""
    return _current.set(told if _PLAIN.fullmatch(told) else secrets.token_hex(8))


def end(token: Any) -> None:
    _current.reset(token)
