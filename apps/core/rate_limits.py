"""How much one key, and one address, may ask within ten seconds; more is refused with 429 and when to come back.

Counting costs a request two dictionary entries. With Redis the processes tell each other their counts once a second, so
a limit holds for the site to within a second's requests; without it, or while it is away, for each process.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from ipaddress import ip_address

import redis
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core import metrics
from apps.core.api_errors import error_answer
from apps.core.errors import TrackerError
from apps.core.origin import client_address

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 10
TELL_SECONDS = 1.0
ADDRESS_SHARE = 4  # an address may ask for so many keys' worth: a cluster has one address and many trainings
READING_POSTS = ("/api/v1/series/", "/api/v1/live/")  # what their paths begin with
READING_ENDS = ("/panel-check/", "/panel-data/")  # and those of a project end with
FREE = ("/static/", "/healthz", "/readyz", "/metrics")
REDIS_KEY = "paceline:requests:"


class RateLimited(TrackerError):
    code = "rate_limited"
    status = 429

    def __init__(self, who: str, kind: str, limit: int, retry_after: int) -> None:
        super().__init__(
            f"This {who} sent more than {limit:,} {kind} within {WINDOW_SECONDS} seconds, the limit of this site. "
            f"Go on in {retry_after} s, or put more into each request.",
            retry_after=retry_after,
        )


class Counts:
    """Requests by name in the window that runs: those of this process, and of the others as last told."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._lock = threading.Lock()
        self._window = 0
        self._own: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._others: dict[str, int] = {}
        self._thread: threading.Thread | None = None
        self._warned = False

    def add(self, name: str, window: int) -> int:
        """Count one request; gives how many there were in this window, with this one."""
        with self._lock:
            if window != self._window:
                self._window, self._own, self._told, self._others = window, {}, {}, {}
            self._own[name] = count = self._own.get(name, 0) + 1
            count += self._others.get(name, 0)
        if settings.REDIS_URL and self._thread is None:
            self._begin()
        return count

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="rate-limits", daemon=True)
                self._thread.start()

    def _loop(self) -> None:
        connection = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        while True:
            time.sleep(TELL_SECONDS)
            try:
                self.tell(connection)
                self._warned = False
            except redis.RedisError as error:
                if not self._warned:
                    logger.warning("Rate limits hold for each process only: Redis is away (%s).", type(error).__name__)
                self._warned = True

    def tell(self, connection: redis.Redis) -> None:
        """Add what was counted here since the last time to the site's counts, and take over those: one round trip."""
        with self._lock:
            window = self._window
            new = {name: count - self._told.get(name, 0) for name, count in self._own.items()}
        if not new:
            return
        key = f"{REDIS_KEY}{window}"
        with connection.pipeline(transaction=False) as pipeline:
            for name, count in new.items():
                pipeline.hincrby(key, name, count)
            pipeline.expire(key, 2 * WINDOW_SECONDS)
            totals = pipeline.execute()[:-1]
        with self._lock:
            if window == self._window:
                for (name, count), total in zip(new.items(), totals, strict=True):
                    self._told[name] = self._told.get(name, 0) + count
                    self._others[name] = int(total) - self._told[name]


counts = Counts()


class RateLimits:
    """Middleware: refuses what is over the settings' limits. This machine itself is never refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        refused = self._refusal(request)
        return self.get_response(request) if refused is None else error_answer(request, refused)

    @staticmethod
    def _refusal(request: HttpRequest) -> RateLimited | None:
        kind = _kind(request)
        limit = settings.RATE_LIMITS[kind] * WINDOW_SECONDS // 60
        if not limit or request.path_info.startswith(FREE):
            return None
        address = client_address(request)
        if not address or ip_address(address).is_loopback:
            return None
        now = time.time()
        window = int(now // WINDOW_SECONDS)
        key = request.META.get("HTTP_AUTHORIZATION", "")
        names = [("address", address, limit * ADDRESS_SHARE)]
        if key:
            names.insert(0, ("key", hashlib.sha256(key.encode(errors="replace")).hexdigest()[:16], limit))
        for who, name, most in names:
            if counts.add(f"{kind} {who} {name}", window) > most:
                metrics.request_limited(kind)
                return RateLimited(who, kind, most, max(1, round((window + 1) * WINDOW_SECONDS - now)))
        return None


def _kind(request: HttpRequest) -> str:
    path = request.path_info
    reads = (
        request.method in ("GET", "HEAD", "OPTIONS") or path.startswith(READING_POSTS) or path.endswith(READING_ENDS)
    )
    return "reads" if reads else "writes"
