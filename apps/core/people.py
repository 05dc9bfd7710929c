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
from django.utils.deprecation import MiddlewareMixin


def is_program(request: HttpRequest) -> bool:
    """Whether a request to the API carries a key (good or not): its session, if it sent one, does not count."""
    return request.path_info.startswith("/api/v1/") and bool(request.META.get("HTTP_AUTHORIZATION"))


class ForPeople(MiddlewareMixin):
    """Before one of Django's middlewares: leaves it out for programs."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request) if is_program(request) else super().__call__(request)  # type: ignore[return-value]


class Sessions(ForPeople, SessionMiddleware):
    pass


class Users(ForPeople, AuthenticationMiddleware):
    pass


class CsrfTokens(ForPeople, CsrfViewMiddleware):
    pass


class Messages(ForPeople, MessageMiddleware):
    pass
