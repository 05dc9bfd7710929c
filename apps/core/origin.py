"""Where the request being served comes from: its client's address, and the API key it came with.

Kept for the length of a request, so that the audit log can name them without every service being handed the request.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase


@dataclass
class Origin:
    """address: an IP address, "" outside of a request. key: the shown prefix of the API key, "" without one."""

    address: str = ""
    key: str = ""


_current: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current_origin() -> Origin:
    """The origin of the request this thread serves; an empty one in workers and commands."""
    return _current.get() or Origin()


def client_address(request: HttpRequest) -> str:
    """The client's IP address, as far as it can be trusted.

    X-Forwarded-For counts only behind the settings' TRUSTED_PROXIES proxies: each appends whom it serves, so the
    address that the outermost of ours wrote is that many from the end. What stands before it is the client's own tale.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUSTED_PROXIES:
        told = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(told) >= settings.TRUSTED_PROXIES:
            address = told[-settings.TRUSTED_PROXIES]
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


class NoteOrigin:
    """Middleware: notes the origin of each request for as long as it is served."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = _current.set(Origin(client_address(request)))
        try:
            return self.get_response(request)
        finally:
            _current.reset(token)
