"""One kept connection to one address, through a proxy where the environment names one. Follows no redirect."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Mapping
from typing import BinaryIO
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 30.0
LARGEST_ANSWER = 16 << 20
LOOPBACK = ("localhost", "127.0.0.1", "::1")


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


class Connection:
    """Used by one thread at a time. path: of the address, without a trailing slash. secure: whether it is https."""

    def __init__(self, address: str) -> None:
        """Raises ValueError when the address is none of the web."""
        parts = urlsplit(address)
        if not parts.hostname:
            raise ValueError(f"{address!r} is no server address")
        self.secure = parts.scheme == "https"
        self.host = parts.hostname
        self.path = parts.path.rstrip("/")
        self._port = parts.port or (443 if self.secure else 80)
        self._connection: http.client.HTTPConnection | None = None
        self._prefix = ""  # of request targets, when a proxy stands between

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def exchange(
        self, method: str, target: str, content: bytes | BinaryIO | None, headers: dict[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Status, headers and body of one request. A kept connection that was closed meanwhile is opened anew.

        Raises Away.
        """
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
        near = self.host in LOOPBACK or proxy_bypass(self.host)
        proxy = None if near else getproxies().get("https" if self.secure else "http")
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy else None
        host, port = (through.hostname or "", through.port or 80) if through else (self.host, self._port)
        connection: http.client.HTTPConnection
        if self.secure:
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
            if self.secure:
                connection.set_tunnel(self.host, self._port, headers)
            else:
                self._prefix = f"http://{self.host}:{self._port}"
        connection.connect()
        connection.sock.settimeout(ANSWER_SECONDS)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = connection
        return connection


def _words(error: BaseException) -> str:
    if isinstance(error, socket.timeout):
        return "no answer in time"
    return str(error) or type(error).__name__
