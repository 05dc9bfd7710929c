"""Taking in one file: streamed to a temporary file, unpacked, hashed and bounded on the way. No Django."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import zstandard

from apps.artifacts.errors import FileTooLarge
from apps.artifacts.kinds import HEAD_BYTES
from apps.artifacts.storage import storage_trouble
from apps.core.bodies import BodyIncomplete, BodyUnreadable, Stream, UnknownEncoding

PIECE_BYTES = 1 << 18
LONGEST_TEXT_PIECE = 1 << 24  # of text that is changed at once; pieces end at line ends where there are any
LONGEST_KEY_LINES = 1_000


class Received(NamedTuple):
    """A whole file on the disk, not yet in the storage. sha256: in hex; head: its first HEAD_BYTES."""

    path: str
    size: int
    sha256: str
    head: bytes


class Unpacker(Protocol):
    """What zlib and zstandard give for one member or frame."""

    def decompress(self, data: bytes, /) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


@contextmanager
def received(stream: Stream, folder: Path, limit: int) -> Iterator[Received]:
    """The bytes of a stream as a temporary file in folder, which is gone afterwards unless it was moved.

    limit: bytes. Raises FileTooLarge, StorageUnavailable, BodyIncomplete and what the stream itself raises.
    """
    with _temporary(folder) as (file, path):
        digest, size, head = hashlib.sha256(), 0, b""
        while piece := _read(stream):
            size += len(piece)
            if size > limit:
                raise FileTooLarge(f"more than {limit:,} bytes", limit)
            digest.update(piece)
            if len(head) < HEAD_BYTES:
                head = (head + piece)[:HEAD_BYTES]
            with storage_trouble():
                file.write(piece)
        _finish(file)
        yield Received(path, size, digest.hexdigest(), head)


@contextmanager
def rewritten(file: Received, folder: Path, change: Callable[[str], str]) -> Iterator[Received]:
    """A received text with change made to pieces of it. Bytes that are no UTF-8 stay as they are."""
    with open(file.path, "rb") as source, received(_Changed(source, change), folder, limit=1 << 62) as changed:  # noqa: PTH123
        yield changed


class _Changed:
    """A stream of a text with a change made to each piece of whole lines."""

    def __init__(self, source: IO[bytes], change: Callable[[str], str]) -> None:
        self._source = source
        self._change = change

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002
        piece = self._source.read(LONGEST_TEXT_PIECE)
        if not piece:
            return b""
        if not piece.endswith(b"\n"):
            piece += self._source.readline(LONGEST_TEXT_PIECE)
        for _ in range(LONGEST_KEY_LINES):  # a private key is known by its beginning alone
            if piece.rfind(b"-----BEGIN") <= piece.rfind(b"-----END"):
                break
            piece += self._source.readline(LONGEST_TEXT_PIECE)
        text = piece.decode(errors="surrogateescape")
        return self._change(text).encode(errors="surrogateescape")


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[IO[bytes], str]]:
    with storage_trouble():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(dir=folder, prefix="incoming-", delete=False, buffering=0)  # noqa: SIM115
    try:
        with file:
            yield file, file.name
    finally:
        Path(file.name).unlink(missing_ok=True)


def _finish(file: IO[bytes]) -> None:
    with storage_trouble():
        file.flush()
        os.fsync(file.fileno())
        file.close()


def _read(stream: Stream) -> bytes:
    try:
        return stream.read(PIECE_BYTES)
    except OSError as error:
        raise BodyIncomplete("The connection ended before the file did; nothing was stored.") from error


class Sized:
    """A request's body of a known length. read() raises BodyIncomplete when it ends before."""

    def __init__(self, stream: Stream, length: int) -> None:
        self._stream = stream
        self._length = length
        self.left = length

    def read(self, size: int = PIECE_BYTES, /) -> bytes:
        if self.left == 0:
            return b""
        piece = self._stream.read(min(size, self.left))
        if not piece:
            came = self._length - self.left
            raise BodyIncomplete(f"The file ended after {came:,} of {self._length:,} bytes; nothing was stored.")
        self.left -= len(piece)
        return piece


class Unpacked:
    """The content of a gzip or zstd stream, whose members or frames follow each other.

    read() gives some bytes, b"" at the end, never much more than was asked for by what one small piece unpacks to.
    Raises BodyUnreadable, BodyIncomplete.
    """

    def __init__(self, stream: Stream, encoding: str) -> None:
        self._stream = stream
        self._encoding = encoding
        self._unpacker: Unpacker | None = None
        self._packed = b""

    def read(self, size: int = PIECE_BYTES, /) -> bytes:  # noqa: ARG002
        while True:
            if not self._packed:
                self._packed = self._stream.read(_PACKED_PIECE_BYTES)
                if not self._packed:
                    if self._unpacker is not None:
                        raise BodyIncomplete(f"The {self._encoding} file ends before its end mark; nothing was stored.")
                    return b""
            piece = self._next()
            if piece:
                return piece

    def _next(self) -> bytes:
        if self._unpacker is None:
            self._unpacker = _unpacker(self._encoding)
        try:
            piece = self._unpacker.decompress(self._packed)
        except (zlib.error, zstandard.ZstdError) as error:
            raise BodyUnreadable(f"The file is not valid {self._encoding}: {error}. Nothing was stored.") from error
        self._packed = b""
        if self._unpacker.eof:
            self._packed = self._unpacker.unused_data
            self._unpacker = None
        return piece


_PACKED_PIECE_BYTES = 1 << 14  # a thousandfold packed piece is still only some megabytes


def _unpacker(encoding: str) -> Unpacker:
    if encoding == "gzip":
        return zlib.decompressobj(wbits=31)
    return zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()


def unpacked(stream: Stream, encoding: str) -> Stream:
    """The stream behind a Content-Encoding of "", "identity", "gzip" or "zstd". Raises UnknownEncoding."""
    encoding = encoding.strip().lower().removeprefix("x-")
    if encoding in ("", "identity"):
        return stream
    if encoding in ("gzip", "zstd"):
        return Unpacked(stream, encoding)
    raise UnknownEncoding(f"Content-Encoding {encoding!r} is not known; send gzip, zstd or none.")
