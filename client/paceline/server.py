"""HTTP to one server: one kept connection, JSON in and out, and what each answer means for what was sent."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit
from urllib.request import getproxies, proxy_bypass

from paceline.version import VERSION

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
COMPRESS_FROM = 8 << 10  # bytes
LARGEST_ANSWER = 16 << 20
LONGEST_RETRY_AFTER = 600.0
LOOPBACK = ("localhost", "127.0.0.1", "::1")
RETRIED = (408, 425, 429)  # and 5xx
BLOCKING = (401, 403, 404, 405, 407, 410)
USER_AGENT = f"paceline-python/{VERSION}"


class Failure(Exception):
    """A request that was not answered with success. known: the server is sure not to have acted on it."""

    def __init__(
        self, message: str, *, status: int = 0, code: str = "", fields: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.fields = dict(fields or {})
        self.known = False


class Away(Failure):
    """The same request may succeed later: no connection, a timeout, 429 or 5xx."""

    retry_after: float = 0.0


class Blocked(Failure):
    """Nothing gets through until somebody changes something: key, rights, address, the run's existence."""


class Refused(Failure):
    """This body will never be taken."""


class Server:
    """One server and one key. Used by one thread at a time."""

    def __init__(self, address: str, api_key: str) -> None:
        """address: as settings.server_address gives it. Raises ValueError when it is no web address."""
        parts = urlsplit(address)
        if not parts.hostname:
            raise ValueError(f"{address!r} is no server address")
        self.address = address
        self._key = api_key
        self._secure = parts.scheme == "https"
        self._host = parts.hostname
        self._port = parts.port or (443 if self._secure else 80)
        self._path = parts.path.rstrip("/")
        self._connection: http.client.HTTPConnection | None = None
        self._prefix = ""  # of request targets, when a proxy stands between

    def post(self, path: str, body: bytes | Mapping[str, Any], *, quoted: str = "") -> dict[str, Any]:
        """Send one body to /api/v1/<path><quoted>; quoted: as of get(). Raises Away, Blocked or Refused."""
        return self._send("POST", path, body, quoted)

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._send("PATCH", path, body)

    def put(self, path: str, file: BinaryIO, size: int, *, media_type: str = "", sha256: str = "") -> dict[str, Any]:
        """Send a file's bytes to /api/v1/<path>, read from its beginning. path: slashes part it, all else is quoted.

        Raises Away, Blocked or Refused.
        """
        headers = {
            **self._headers(),
            "Content-Type": media_type or "application/octet-stream",
            "Content-Length": str(size),
            **({"X-Content-SHA256": sha256} if sha256 else {}),
        }
        target = f"{self._path}/api/v1/{quote(path, safe='/')}"
        status, answer_headers, answer = self._exchange("PUT", target, file, headers)
        return _understood(status, answer_headers, answer, self.address)

    def get(self, path: str, *, quoted: str = "") -> dict[str, Any]:
        """Read /api/v1/<path><quoted>; quoted: what the caller has quoted already."""
        return self._send("GET", path, None, quoted)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _send(self, method: str, path: str, body: bytes | Mapping[str, Any] | None, quoted: str = "") -> dict[str, Any]:
        headers = self._headers()
        content: bytes | None = None
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
            if len(content) > COMPRESS_FROM:
                packer = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: gzip
                content = packer.compress(content) + packer.flush()
                headers["Content-Encoding"] = "gzip"
        target = f"{self._path}/api/v1/{quote(path, safe='/?&=:,')}{quoted}"
        status, answer_headers, answer = self._exchange(method, target, content, headers)
        return _understood(status, answer_headers, answer, self.address)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._key}", "Accept": "application/json", "User-Agent": USER_AGENT}

    def _exchange(
        self, method: str, target: str, content: bytes | BinaryIO | None, headers: dict[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of one request. A kept connection that was closed meanwhile is opened anew."""
        for kept in (self._connection is not None, False):
            try:
                connection = self._connected()
                if content is not None and not isinstance(content, bytes):
                    content.seek(0)
                connection.request(method, self._prefix + target, content, headers)
                answer = connection.getresponse()
                found = (
                    answer.status,
                    {name.lower(): value for name, value in answer.getheaders()},
                    answer.read(LARGEST_ANSWER),
                )
                if not answer.isclosed():
                    self.close()
                return found
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError) as error:
                self.close()
                if not kept:
                    raise Away(f"the connection broke: {_words(error)}") from error
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.close()
                away = Away(_words(error))
                away.known = isinstance(error, (ConnectionRefusedError, socket.gaierror))
                raise away from error
        raise AssertionError("unreachable")

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is not None:
            return self._connection
        near = self._host in LOOPBACK or proxy_bypass(self._host)
        proxy = None if near else getproxies().get("https" if self._secure else "http")
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        host, port = (through.hostname or "", through.port or 80) if through else (self._host, self._port)
        connection: http.client.HTTPConnection
        if self._secure:
            connection = http.client.HTTPSConnection(
                host, port, timeout=CONNECT_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        self._prefix = ""
        if through:
            headers = {}
            if through.username:
                login = f"{through.username}:{through.password or ''}".encode()
                headers["Proxy-Authorization"] = "Basic " + base64.b64encode(login).decode()
            if self._secure:
                connection.set_tunnel(self._host, self._port, headers)
            else:
                self._prefix = f"http://{self._host}:{self._port}"
        connection.connect()
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection


def _understood(status: int, headers: Mapping[str, str], answer: bytes, address: str) -> dict[str, Any]:
    """The JSON object of a successful answer. Raises what any other answer means."""
    try:
        found = json.loads(answer) if answer else {}
    except ValueError:
        found = None
    if 200 <= status < 300 and isinstance(found, dict):
        return found
    if 200 <= status < 300:
        raise _known(Blocked(f"{address} answers, but not as a Paceline server does; check the address", status=status))
    body = found if isinstance(found, dict) else {}
    code, message = str(body.get("code", "")), str(body.get("message", "") or f"HTTP {status}")
    fields = body.get("fields") if isinstance(body.get("fields"), dict) else {}
    if 300 <= status < 400:
        location = headers.get("location", "elsewhere")
        raise _known(Blocked(f"{address} sends us on to {location}; name that address instead", status=status))
    if status in RETRIED or status >= 500 or code == "body_incomplete":
        away = Away(message, status=status, code=code)
        away.retry_after = retry_after(headers.get("retry-after", ""))
        away.known = status in (429, 503)
        raise away
    if status in BLOCKING:
        raise _known(Blocked(message, status=status, code=code, fields=fields))
    raise _known(Refused(message, status=status, code=code, fields=fields))


def _known(failure: Failure) -> Failure:
    failure.known = True
    return failure


def retry_after(text: str) -> float:
    """Seconds a Retry-After header asks for, at most LONGEST_RETRY_AFTER; 0 when it says nothing we understand."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
        except (TypeError, ValueError, IndexError):
            return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _words(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    return str(error) or type(error).__name__
