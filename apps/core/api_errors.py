"""One error body everywhere: what each exception becomes, under /api/ and on pages."""

import logging
import sqlite3
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from rest_framework import exceptions
from rest_framework.response import Response

from apps.core.answers import json_answer
from apps.core.errors import Invalid, TrackerError, Unavailable
from apps.core.request_ids import current_request_id

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
CODES = {
    400: ("invalid", "The request cannot be taken as it stands."),
    401: ("unauthenticated", "Send an API key as `Authorization: Bearer <key>`, or sign in."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This method is not allowed here."),
    406: ("not_acceptable", "Only JSON is answered here."),
    411: ("length_required", "Send the body with a Content-Length."),
    413: ("body_too_large", "The body is too large."),
    415: ("unsupported_media_type", "Send JSON with `Content-Type: application/json`."),
    429: ("too_many_requests", "Too many requests; try again later."),
    500: ("server_error", "The server failed on this request. The log says why."),
    503: ("unavailable", "The server cannot do this now; try again later."),
}
_SQLITE_PASSING = ("disk is full", "readonly", "read-only", "locked", "unable to open", "disk i/o error")
_POSTGRESQL_PASSING = ("53", "57P", "08", "25006", "40001", "40P01", "55P03")  # resources, shutdown, connection, …


class ApiError(TrackerError):
    """A refusal of the framework (no such URL, wrong method, …) in our words."""

    def __init__(self, status: int, message: str = "", *, fields: dict[str, str] | None = None) -> None:
        self.code, text = CODES.get(status, CODES[400 if status < 500 else 500])
        self.status = status
        super().__init__(message or text, fields=fields)


class WrongMethod(ApiError):
    """allowed: what the Allow header says, `GET, HEAD`."""

    def __init__(self, allowed: str) -> None:
        super().__init__(405)
        self.allowed = allowed


def refusal(error: BaseException) -> TrackerError | None:
    """The refusal behind any exception, or None when it is a fault of ours."""
    if isinstance(error, TrackerError):
        return error
    if isinstance(error, (DatabaseError, InterfaceError)):
        return unavailable(error)
    if isinstance(error, exceptions.ValidationError):
        return Invalid("Some fields cannot be taken; nothing was stored.", fields=field_paths(error.detail))
    if isinstance(error, exceptions.APIException):
        return ApiError(error.status_code, _sentence(error))
    if isinstance(error, Http404):
        return ApiError(404)
    if isinstance(error, PermissionDenied):
        return ApiError(403, str(error))
    if isinstance(error, RequestDataTooBig):
        return ApiError(413)
    if isinstance(error, SuspiciousOperation):
        return ApiError(400)
    return None


def _sentence(error: exceptions.APIException) -> str:
    return str(error.detail) if isinstance(error, (exceptions.MethodNotAllowed, exceptions.Throttled)) else ""


def unavailable(error: BaseException) -> Unavailable | None:
    """What a full disk, a read-only or absent database is to the client: come back later, nothing was stored."""
    cause = error.__cause__ or error
    state = getattr(cause, "sqlstate", None)
    if isinstance(cause, sqlite3.Error):
        text = str(cause).lower()
        passing = any(part in text for part in _SQLITE_PASSING)
    elif state:
        passing = state.startswith(_POSTGRESQL_PASSING)
    else:  # psycopg has no state to tell when the connection itself failed
        passing = type(cause).__module__.startswith("psycopg") and type(cause).__name__ in (
            "OperationalError",
            "ConnectionTimeout",
            "InterfaceError",
        )
    if not passing:
        return None
    logger.error("The database cannot serve: %s", cause)
    return Unavailable(
        "The database cannot take this now (full, read-only or away). Nothing was stored; send it again later.",
        retry_after=RETRY_AFTER_SECONDS,
    )


def field_paths(detail: Any, path: str = "") -> dict[str, str]:
    """Every bad field of a serializer's errors by its path: {"config": …, "tags[2]": …}."""
    if isinstance(detail, dict):
        found: dict[str, str] = {}
        for name, inner in detail.items():
            part = f"[{name}]" if isinstance(name, int) else (f".{name}" if path else str(name))
            found |= field_paths(inner, path if name == "non_field_errors" else path + part)
        return found
    if isinstance(detail, list):
        if all(isinstance(one, str) for one in detail):
            return {path: " ".join(str(one) for one in detail)}
        found = {}
        for place, inner in enumerate(detail):
            found |= field_paths(inner, f"{path}[{place}]")
        return found
    return {path: str(detail)}


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:  # noqa: ARG001
    """Django REST framework's exception handler."""
    refused = refusal(error)
    if refused is None:
        return None
    response = Response(_body(refused), status=refused.status)
    for name, value in _headers(refused).items():
        response[name] = value
    return response


def error_answer(request: HttpRequest, refused: TrackerError) -> HttpResponse:
    """A refusal as JSON under /api/, as a page elsewhere. A page that needs a user leads to the sign-in page."""
    if is_api(request):
        response = json_answer(_body(refused), status=refused.status)
    elif refused.status == 401 and request.method in ("GET", "HEAD"):
        return redirect_to_login(request.get_full_path())
    else:
        response = HttpResponse(_page(request, refused), status=refused.status)
    for name, value in _headers(refused).items():
        response[name] = value
    return response


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")


def _message(refused: TrackerError) -> str:
    """What went wrong; of a fault of ours also the request's id, which finds it in the log."""
    request_id = current_request_id()
    return f"{refused.message} Request {request_id}." if refused.status >= 500 and request_id else refused.message


def _body(refused: TrackerError) -> dict[str, Any]:
    return refused.body() | {"message": _message(refused)}


def _headers(refused: TrackerError) -> dict[str, str]:
    headers = {}
    if isinstance(refused, WrongMethod):
        headers["Allow"] = refused.allowed
    if refused.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    if refused.retry_after is not None or refused.status == 503:
        headers["Retry-After"] = str(refused.retry_after or RETRY_AFTER_SECONDS)
    return headers


def _page(request: HttpRequest, refused: TrackerError) -> str:
    """error.html, or bare words when even that cannot be drawn (its database is away, say)."""
    context = {"error": refused, "status": refused.status, "code": refused.code, "message": _message(refused)}
    try:
        return render_to_string("error.html", context, request)
    except (TemplateDoesNotExist, DatabaseError):
        if settings.DEBUG:
            raise
        return f"<!doctype html><title>{refused.status}</title><p>{_message(refused)}</p>"


def unknown_path(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Everything under /api/ that is no endpoint; before the pages, whose paths begin with any team's name."""
    raise ApiError(404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_answer(request, refusal(exception) or ApiError(400))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_answer(request, ApiError(403, str(exception)))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return error_answer(request, ApiError(404))


def server_error(request: HttpRequest) -> HttpResponse:
    return error_answer(request, ApiError(500))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001
    return error_answer(
        request, ApiError(403, "The page was open for too long, or cookies are off. Reload it and try again.")
    )
