"""Sessions, users, CSRF tokens and messages, for people only.

A program that calls the API with a key has none of them, and they would cost a quarter of its request. Without a
session there is nobody a forged request could act as, so leaving CSRF out is safe too.
"""

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware


def is_program(request: HttpRequest) -> bool:
    """Whether a request to the API carries a key (good or not): its session, if it sent one, does not count."""
    return request.path_info.startswith("/api/v1/") and bool(request.META.get("HTTP_AUTHORIZATION"))


class Sessions(SessionMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if is_program(request) else super().__call__(request)  # type: ignore[return-value]


class Users(AuthenticationMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if is_program(request) else super().__call__(request)  # type: ignore[return-value]


class CsrfTokens(CsrfViewMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if is_program(request) else super().__call__(request)  # type: ignore[return-value]


class Messages(MessageMiddleware):
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if is_program(request) else super().__call__(request)  # type: ignore[return-value]
