"""Who sends a request: an API key's user or a signed-in browser's. For REST framework views and for lean ones."""

import hashlib
import logging
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts.errors import CsrfRefused, ScopeMissing, Unauthenticated
from apps.accounts.models import ApiKey, Scope, User
from apps.core.origin import current_origin

logger = logging.getLogger(__name__)

LAST_USED_EVERY = timedelta(minutes=1)
_INCLUDES = {
    Scope.READ: {Scope.READ},
    Scope.INGEST: {Scope.READ, Scope.INGEST},
    Scope.ADMIN: {Scope.READ, Scope.INGEST, Scope.ADMIN},
}


def key_digest(key: str) -> str:
    """The SHA-256 of a key, as stored. A fast hash is enough for 256 random bits."""
    return hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


def bearer_key(request: HttpRequest) -> str | None:
    """The key of the Authorization header, None without one. Raises Unauthenticated for another scheme."""
    header = request.META.get("HTTP_AUTHORIZATION")
    if not header:
        return None
    scheme, _, key = header.partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise Unauthenticated("The Authorization header must be `Bearer <key>`.")
    return str(key.strip())


def live_key(key: str) -> ApiKey:
    """The stored key behind the text of a key, with its user, who knows its limit: one query. Raises Unauthenticated.

    Notes when the key was used, at most once a minute.
    """
    found = ApiKey.objects.select_related("user").filter(digest=key_digest(key)).first()
    if found is None:
        raise Unauthenticated("This API key is not known.")
    if found.revoked_at is not None:
        raise Unauthenticated("This API key was revoked.")
    if not found.user.is_active:
        raise Unauthenticated("The user of this API key is not active.")
    current_origin().key = found.prefix
    found.user.limited_to = found.project_id
    _note_use(found)
    return found


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    if key.last_used_at is not None and now - key.last_used_at < LAST_USED_EVERY:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY)
    try:
        ApiKey.objects.filter(stale, id=key.id).update(last_used_at=now)
    except DatabaseError as error:  # a read-only database still serves reads
        logger.warning("When key %s was used could not be noted: %s", key.prefix, error)


def require_scope(key: Any, needed: Scope) -> None:
    """Raise ScopeMissing unless the key may do this. A session (no key) may do what its user may."""
    if isinstance(key, ApiKey) and needed not in _INCLUDES[Scope(key.scope)]:
        raise ScopeMissing(key.scope, needed)


def check_csrf(request: HttpRequest) -> None:
    """Raise CsrfRefused unless a write of a signed-in browser carries its CSRF token."""
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    check.process_request(request)
    reason = check.process_view(request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise CsrfRefused(str(reason))


def request_user(request: HttpRequest, *, needs: Scope = Scope.READ) -> User | AnonymousUser:
    """The user behind a lean view's request: of its key, else of its session, else anonymous.

    A POST that only reads needs READ and no CSRF token. Raises Unauthenticated, ScopeMissing, CsrfRefused.
    """
    key = bearer_key(request)
    if key is not None:
        found = live_key(key)
        require_scope(found, needs)
        return found.user
    user = get_user(request)
    if needs != Scope.READ and user.is_authenticated and request.method not in SAFE_METHODS:
        check_csrf(request)
    return user


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>`; request.auth is the ApiKey."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        key = bearer_key(request._request)
        if key is None:
            return None
        found = live_key(key)
        return found.user, found

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="api"'


class SessionAuthentication(BaseAuthentication):
    """The session cookie of a signed-in browser; writes carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        user = get_user(request._request)
        if not isinstance(user, User) or not user.is_active:
            return None
        if request.method not in SAFE_METHODS:
            check_csrf(request._request)
        return user, None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return 'Bearer realm="api"'


class ScopeAllows(BasePermission):
    """Reading needs a key that may read, writing one that may ingest, or what the view says (required_scope).

    A view that only reads, whatever the method, says so (only_reads).
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        reads = request.method in SAFE_METHODS or getattr(view, "only_reads", False)
        require_scope(request.auth, Scope.READ if reads else getattr(view, "required_scope", Scope.INGEST))
        return reads or bool(request.user.is_authenticated)
