"""Request bodies: read, decompressed and parsed within bounds. No Django."""

import json
import math
import threading
import zlib
from typing import Any, Protocol

import orjson
import zstandard

from apps.core.errors import TrackerError

MAX_BODY_BYTES = 32 * 2**20  # as sent, and again after decompression
MAX_DRAIN_BYTES = 4 * MAX_BODY_BYTES  # what is read and thrown away so that a refusal reaches a client still sending
_CHUNK = 1 << 20
_threads = threading.local()


class BodyTooLarge(TrackerError):
    code = "body_too_large"
    status = 413

    def __init__(self, came: str) -> None:
        super().__init__(
            f"The body has {came}; at most {MAX_BODY_BYTES:,} bytes (32 MiB) are allowed, before and after "
            "decompression. Send it as several batches."
        )


class BodyIncomplete(TrackerError):
    code = "body_incomplete"
    status = 400


class BodyUnreadable(TrackerError):
    code = "body_unreadable"
    status = 400


class LengthRequired(TrackerError):
    code = "length_required"
    status = 411


class UnknownEncoding(TrackerError):
    code = "unknown_encoding"
    status = 415


class NumberTooLarge(float):
    """Stands for a number in a body that no float64 can hold; kept so that its path can be named."""


class Stream(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def read_body(stream: Stream, headers: Any) -> bytes:
    """A request's body, decompressed.

    headers: a WSGI environ. Raises BodyTooLarge, BodyIncomplete, BodyUnreadable, LengthRequired, UnknownEncoding.
    """
    text = headers.get("CONTENT_LENGTH") or ""
    if not text and "chunked" in headers.get("HTTP_TRANSFER_ENCODING", ""):
        raise LengthRequired("Send the body with a Content-Length; chunked transfer is not read.")
    length = int(text) if text.isdigit() else 0
    if length > MAX_BODY_BYTES:
        _drain(stream, min(length, MAX_DRAIN_BYTES))
        raise BodyTooLarge(f"{length:,} bytes")
    try:
        body = stream.read(length) if length else b""
    except OSError as error:
        raise BodyIncomplete("The connection ended before the body did; nothing was stored.") from error
    if len(body) < length:
        raise BodyIncomplete(f"The body ended after {len(body):,} of {length:,} bytes; nothing was stored.")
    return decompress(body, headers.get("HTTP_CONTENT_ENCODING", ""))


def _drain(stream: Stream, size: int) -> None:
    """Read and forget, so that a client that is still sending gets to read the refusal."""
    try:
        while size > 0:
            piece = stream.read(min(_CHUNK, size))
            if not piece:
                return
            size -= len(piece)
    except OSError:
        return


def decompress(body: bytes, encoding: str) -> bytes:
    """The body behind a Content-Encoding of "", "identity", "gzip" or "zstd", never more than MAX_BODY_BYTES."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return body
    if encoding in ("gzip", "x-gzip"):
        return _gunzip(body)
    if encoding == "zstd":
        return _unzstd(body)
    raise UnknownEncoding(f"Content-Encoding {encoding!r} is not known; send gzip, zstd or none.")


def _gunzip(body: bytes) -> bytes:
    parts: list[bytes] = []
    room = MAX_BODY_BYTES
    while body:  # a gzip file may have several members
        unpacker = zlib.decompressobj(wbits=31)
        try:
            part = unpacker.decompress(body, room + 1)
        except zlib.error as error:
            raise BodyUnreadable(f"The body is not valid gzip: {error}.") from error
        room -= len(part)
        if room < 0:
            raise BodyTooLarge(f"more than {MAX_BODY_BYTES:,} bytes after decompression ({len(body):,} before)")
        if not unpacker.eof:
            raise BodyIncomplete("The gzip body ends before its end mark; nothing was stored.")
        parts.append(part)
        body = unpacker.unused_data
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unzstd(body: bytes) -> bytes:
    unpackers = getattr(_threads, "zstd", None)
    if unpackers is None:  # one a thread: a shared one fails at random
        unpackers = _threads.zstd = zstandard.ZstdDecompressor(max_window_size=2**27)
    parts: list[bytes] = []
    room = MAX_BODY_BYTES
    try:
        with unpackers.stream_reader(body, read_across_frames=True) as reader:
            while room >= 0 and (part := reader.read(min(_CHUNK * 8, room + 1))):
                room -= len(part)
                parts.append(part)
    except zstandard.ZstdError as error:
        raise BodyUnreadable(f"The body is not valid zstd: {error}.") from error
    if room < 0:
        raise BodyTooLarge(f"more than {MAX_BODY_BYTES:,} bytes after decompression ({len(body):,} before)")
    if not _zstd_ends(body):
        raise BodyIncomplete("The zstd body ends before its end mark; nothing was stored.")
    return b"".join(parts)


def _zstd_ends(body: bytes) -> bool:
    """Whether the last frame of a zstd body is complete, by walking frame and block headers (RFC 8878)."""
    offset = 0
    while offset < len(body):
        magic = int.from_bytes(body[offset : offset + 4], "little")
        if magic & 0xFFFFFFF0 == 0x184D2A50:  # skippable frame
            offset += 8 + int.from_bytes(body[offset + 4 : offset + 8], "little")
            continue
        if len(body) < offset + 5:
            return False
        descriptor = body[offset + 4]
        single = descriptor >> 5 & 1
        offset += 5 + (1 - single) + (0, 1, 2, 4)[descriptor & 3]
        offset += (single, 2, 4, 8)[descriptor >> 6]
        last = False
        while not last:
            header = body[offset : offset + 3]
            if len(header) < 3:
                return False
            block = int.from_bytes(header, "little")
            last = bool(block & 1)
            offset += 3 + (1 if block >> 1 & 3 == 1 else block >> 3)
        offset += 4 * (descriptor >> 2 & 1)
    return offset == len(body)


def parse_json(body: bytes) -> Any:
    """The value of a JSON body. Bare NaN and Infinity are read too; numbers beyond float64 become NumberTooLarge.

    orjson reads what is JSON; a slower, tolerant parser reads the rest where a bare NaN, an Infinity, a huge number or
    a lone surrogate may be what orjson refuses, so that the caller can name its path.
    """
    if not body:
        raise BodyUnreadable("The body is empty; send JSON.")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if not (b"NaN" in body or b"Infinity" in body or b"\\u" in body or "infinity" in str(error)):
            raise BodyUnreadable(f"The body is not valid JSON: {error}.") from error
    try:
        return json.loads(body.decode(), parse_float=_float, parse_int=_integer)
    except RecursionError as error:
        raise BodyUnreadable("The body is nested too deeply.") from error
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise BodyUnreadable(f"The body is not valid JSON: {error}.") from error


def _float(text: str) -> float:
    number = float(text)
    return NumberTooLarge(number) if math.isinf(number) else number


def _integer(text: str) -> int | float:
    """Integers up to 64 bits exactly, longer ones as floats, like orjson."""
    if len(text) <= 19:
        return int(text)
    number = int(text) if len(text) <= 20 else 0
    return number if -(2**63) <= number < 2**64 and len(text) <= 20 else _float(text)
