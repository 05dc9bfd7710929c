"""HTTP to one server: one kept connection, JSON in and out, and what each answer means for what was sent."""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO
from urllib.parse import quote

from paceline.connection import Away, Connection, Failure
from paceline.version import VERSION

COMPRESS_FROM = 8 << 10  # bytes
LONGEST_RETRY_AFTER = 600.0
RETRIED = (408, 425, 429)  # and 5xx
BLOCKING = (401, 403, 404, 405, 407, 410)
USER_AGENT = f"paceline-python/{VERSION}"


class Blocked(Failure):
    """Nothing gets through until somebody changes something: key, rights, address, the run's existence."""


class Refused(Failure):
    """This body will never be taken."""


class Server:
    """One server and one key. Used by one thread at a time."""

    def __init__(self, address: str, api_key: str) -> None:
        """address: as settings.server_address gives it. api_key: "" asks as nobody.

        Raises ValueError when the address is none of the web.
        """
        self.address = address
        self._key = api_key
        self._connection = Connection(address)

    def post(self, path: str, body: bytes | Mapping[str, Any], *, quoted: str = "") -> dict[str, Any]:
        """Send one body to /api/v1/<path><quoted>; quoted: as of get(). Raises Away, Blocked or Refused."""
        return self._send("POST", path, body, quoted)

    def patch(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._send("PATCH", path, body)

    def put_body(self, path: str, body: Mapping[str, Any], *, quoted: str = "") -> dict[str, Any]:
        """Put one body to /api/v1/<path><quoted>; quoted: as of get(). Raises Away, Blocked or Refused."""
        return self._send("PUT", path, body, quoted)

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
        target = f"{self._connection.path}/api/v1/{quote(path, safe='/')}"
        status, answer_headers, answer = self._connection.exchange("PUT", target, file, headers)
        return _understood(status, answer_headers, answer, self.address)

    def post_file(self, path: str, body: bytes, *, quoted: str = "") -> dict[str, Any]:
        """Send a file's bytes to /api/v1/<path><quoted>; quoted: as of get(). Raises Away, Blocked or Refused."""
        headers = {**self._headers(), "Content-Type": "application/octet-stream"}
        target = f"{self._connection.path}/api/v1/{quote(path, safe='/')}{quoted}"
        status, answer_headers, answer = self._connection.exchange("POST", target, body, headers)
        return _understood(status, answer_headers, answer, self.address)

    def get(self, path: str, *, quoted: str = "") -> dict[str, Any]:
        """Read /api/v1/<path><quoted>; quoted: what the caller has quoted already."""
        return self._send("GET", path, None, quoted)

    def text(self, path: str) -> str:
        """Read /api/v1/<path> where it answers with a text of any kind. Raises Away, Blocked or Refused."""
        target = f"{self._connection.path}/api/v1/{quote(path, safe='/')}"
        status, headers, answer = self._connection.exchange("GET", target, None, {**self._headers(), "Accept": "*/*"})
        if status == 200 and headers.get("content-type", "").startswith("text/"):
            return answer.decode(errors="replace")
        _understood(status, headers, answer, self.address)
        raise _known(Blocked(f"{self.address} answers, but with no text; check the address", status=status))

    def close(self) -> None:
        self._connection.close()

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
        target = f"{self._connection.path}/api/v1/{quote(path, safe='/?&=:,')}{quoted}"
        status, answer_headers, answer = self._connection.exchange(method, target, content, headers)
        return _understood(status, answer_headers, answer, self.address)

    def _headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        return {**headers, "Authorization": f"Bearer {self._key}"} if self._key else headers


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
