"""The REST interface of a host of pull requests, asked with a token that goes nowhere else."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from paceline.connection import LOOPBACK, Away, Connection
from paceline.server import USER_AGENT, retry_after

MOST_PAGES = 100
LONGEST_MESSAGE = 300
UNSAID_SECONDS = 60.0  # what GitHub asks for where no header says how long
_LIMITED = re.compile("rate limit|too many", re.IGNORECASE)


class HostError(Exception):
    """What the host answered instead of doing it, in words."""


class NotAllowed(HostError):
    """This job may not do that: a read-only token, as of a fork; a repository that it does not see; no token at all."""


class WrongToken(HostError):
    """The host does not know this token: somebody has to mend it."""


class NotNow(HostError):
    """The same may be done later: a rate limit, or no answer. retry_after: in seconds; 0 when the host does not say."""

    def __init__(self, message: str, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Rest:
    """JSON over HTTP to one address. Used by one thread at a time."""

    def __init__(self, address: str, token: str, headers: Mapping[str, str]) -> None:
        """headers: those that carry the token and say what is understood.

        Raises NotAllowed where the token would go through the network for everybody to read, or where there is none.
        """
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise NotAllowed(f"{parts.scheme}://{parts.netloc} is not https, and no token is sent over that")
        if not token:
            raise NotAllowed("this job has no token for it")
        self._connection = Connection(address)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._token = token
        self._headers = {**headers, "User-Agent": USER_AGENT}

    def get(self, path: str) -> Any:
        """What is at <address>/<path>. Raises HostError."""
        return self._asked("GET", f"{self._connection.path}/{path}")[0]

    def pages(self, path: str) -> Iterator[dict[str, Any]]:
        """All objects of a list, page after page as its Link headers lead. Raises HostError."""
        target = f"{self._connection.path}/{path}"
        for _ in range(MOST_PAGES):
            found, headers = self._asked("GET", target)
            yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
            target = self._next(headers.get("link", ""))
            if not target:
                return

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Do something there. Raises HostError."""
        self._connection.close()  # on a kept connection that breaks, it would be done twice
        return self._asked(method, f"{self._connection.path}/{path}", body)[0]

    def close(self) -> None:
        self._connection.close()

    def _next(self, link: str) -> str:
        """The target of the next page, "" when there is none on this host."""
        found = re.search(r'<([^<>]*)>\s*;[^,]*\brel="?next\b', link)
        if not found or not found[1].startswith(f"{self._origin}/"):
            return ""
        return found[1][len(self._origin) :]

    def _asked(self, method: str, target: str, body: Mapping[str, Any] | None = None) -> tuple[Any, Mapping[str, str]]:
        headers = {**self._headers, **({"Content-Type": "application/json"} if body is not None else {})}
        content = None if body is None else json.dumps(body).encode()
        try:
            status, answer_headers, answer = self._connection.exchange(method, target, content, headers)
        except Away as away:
            raise NotNow(self._clean(away.message)) from None
        try:
            found = json.loads(answer) if answer else None
        except ValueError:
            found = None
        if 200 <= status < 300 and isinstance(found, (dict, list)):
            return found, answer_headers
        if 200 <= status < 300:
            raise HostError("it answers, but not as such a host does; check the address")
        raise self._refusal(status, answer_headers, found)

    def _refusal(self, status: int, headers: Mapping[str, str], found: Any) -> HostError:
        words = self._clean(_message(found) or f"HTTP {status}")
        if 300 <= status < 400:
            return NotAllowed("it sends us on to another address, where the token is not taken")
        if status == 429 or (status == 403 and _limits(headers, words)):
            return NotNow(words, _wait(headers))
        if status >= 500 or status == 408:
            return NotNow(words, retry_after(headers.get("retry-after", "")))
        if status == 401:
            return WrongToken(words)
        if status in (403, 404, 410, 423):
            return NotAllowed(f"{words} ({status})")
        return HostError(f"{words} ({status})")

    def _clean(self, words: str) -> str:
        """On one line, without the token, for logs that many may read."""
        line = " ".join(words.replace(self._token, "[hidden]").split())
        return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 1]}…"


def _message(found: Any) -> str:
    """What an error's body says: GitHub's and Gitea's `message` with its `errors`, GitLab's `message` or `error`."""
    if not isinstance(found, dict):
        return ""
    said = found.get("message") or found.get("error_description") or found.get("error") or ""
    more = [one.get("message", "") for one in found.get("errors") or [] if isinstance(one, dict)]
    return ": ".join([said if isinstance(said, str) else json.dumps(said), *filter(None, more)])


def _limits(headers: Mapping[str, str], words: str) -> bool:
    """Whether a 403 is a rate limit: GitHub answers its own with either status."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or bool(_LIMITED.search(words))


def _wait(headers: Mapping[str, str]) -> float:
    """Seconds until a limit ends, by the host's own clock."""
    if "retry-after" in headers:
        return retry_after(headers["retry-after"])
    reset = headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset") or ""
    if not reset.isdigit():
        return UNSAID_SECONDS
    try:
        now = parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        now = time.time()
    return max(0.0, float(reset) - now)
