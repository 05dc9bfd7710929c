"""How everything under a share link is answered: kept nowhere, indexed nowhere, told to nobody."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.errors import TrackerError
from apps.sharing.access import open_link
from apps.sharing.errors import LinkGone

NOT_KEPT = "private, no-store"
_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}  # the address is the secret
View = Callable[..., HttpResponseBase]


def by_link(view: View | None = None, *, caching: str = NOT_KEPT) -> Any:
    """A view of what a link opens: it is given the ShareLink in place of the token. caching: its Cache-Control."""
    if view is None:
        return lambda given: by_link(given, caching=caching)

    @require_safe
    @wraps(view)
    def opened(request: HttpRequest, token: str, **named: Any) -> HttpResponseBase:
        try:
            response = view(request, open_link(token), **named)
            response["Cache-Control"] = caching
        except TrackerError as error:
            response = _refused(request, error)
        for name, value in _HEADERS.items():
            response[name] = value
        return response

    return opened


def _refused(request: HttpRequest, error: TrackerError) -> HttpResponseBase:
    """One page for every link that opens nothing, and for every address below one that is none."""
    said = LinkGone() if error.status == LinkGone.status else error
    response = render(request, "sharing/refused.html", {"error": said}, status=said.status)
    response["Cache-Control"] = NOT_KEPT
    if said.retry_after is not None:
        response["Retry-After"] = str(said.retry_after)
    return response
