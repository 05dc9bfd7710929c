"""The outermost middleware: gives each request its id, times it, counts it, and writes its line in the log."""

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core import metrics, request_ids
from apps.core.origin import client_address

logger = logging.getLogger("paceline.requests")

METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])


class Requests:
    """X-Request-ID is taken from the client or proxy when it sent a plain one, and always answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        token = request_ids.begin(request.META.get("HTTP_X_REQUEST_ID", ""))
        try:
            response = self.get_response(request)
            response.headers[request_ids.HEADER] = request_ids.current_request_id()
            seconds = time.perf_counter() - began
            method = request.method if request.method in METHODS else "other"
            route = _route(request)
            metrics.request_served(method or "", route, response.status_code, seconds)
            if logger.isEnabledFor(logging.INFO):
                logger.info(
                    "%s %s %s",
                    method,
                    request.path_info,
                    response.status_code,
                    extra={
                        "route": route,
                        "status": response.status_code,
                        "ms": round(seconds * 1e3, 1),
                        "address": client_address(request),
                    },
                )
            return response
        finally:
            request_ids.end(token)


def _route(request: HttpRequest) -> str:
    match = request.resolver_match
    return "none" if match is None else match.route or "/"
