"""How consecutive lines are written to two blobs, and read again. No Django.

text: the lines in UTF-8 joined by newlines. facts: columns time (differences, int64), attempt (int32) and stream
(uint8), little-endian, one after the other. Both begin with a byte for the format and are compressed by zstd.
"""

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

from apps.console.lines import Line

FORMAT = b"\x01"
CHUNK_BYTES = 256 * 2**10  # of text; one line may have four times as many
CHUNK_LINES = 16_384
QUICK, THOROUGH = 3, 6  # zstd levels: of a batch that arrives, of chunks that stay
_threads = threading.local()


class Encoded(NamedTuple):
    """A chunk as it is stored. size: bytes of text before compression."""

    lines: int
    size: int
    facts: bytes
    text: bytes


class Chunk:
    """Consecutive lines, decoded as far as they are looked at. first: the number of the first."""

    def __init__(self, first: int, count: int, facts: bytes, text: bytes) -> None:
        self.first = first
        self.count = count
        self._facts = facts
        self._text = text

    @property
    def last(self) -> int:
        """The number of the last line."""
        return self.first + self.count - 1

    @cached_property
    def text(self) -> bytes:
        """All lines, joined by newlines."""
        return _unpacked(self._text)

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """Where each line's text ends, in bytes; the next begins one byte later."""
        return line_ends(self.text)

    def line_text(self, place: int) -> bytes:
        """The text of the line at a place, 0 for the first."""
        begin = int(self.ends[place - 1]) + 1 if place else 0
        return self.text[begin : int(self.ends[place])]

    @cached_property
    def _columns(self) -> bytes:
        return _unpacked(self._facts)

    @cached_property
    def times(self) -> NDArray[np.int64]:
        """ms since epoch UTC, one a line."""
        return np.cumsum(np.frombuffer(self._columns, "<i8", self.count))

    @cached_property
    def attempts(self) -> NDArray[np.int32]:
        return np.frombuffer(self._columns, "<i4", self.count, 8 * self.count)

    @cached_property
    def streams(self) -> NDArray[np.uint8]:
        return np.frombuffer(self._columns, "u1", self.count, 12 * self.count)


def line_ends(text: bytes) -> NDArray[np.int64]:
    """Where each of the lines of a text ends, in bytes, the last one at the end of the text."""
    newlines = np.flatnonzero(np.frombuffer(text, "u1") == ord("\n"))
    return np.append(newlines, len(text))


def encode_lines(lines: Sequence[Line], attempt: int) -> list[Encoded]:
    """Lines of one attempt as chunks of at most about CHUNK_BYTES and CHUNK_LINES."""
    result = []
    for begin, end in _parts([len(line.text) for line in lines]):
        some = lines[begin:end]
        times = np.array([line.time for line in some], np.int64)
        streams = np.array([line.stream for line in some], np.uint8)
        attempts = np.full(len(some), attempt, np.int32)
        result.append(_encoded(times, attempts, streams, b"\n".join(line.text for line in some), QUICK))
    return result


def join_chunks(chunks: Sequence[Chunk]) -> Encoded:
    """Neighbouring chunks as one."""
    return _encoded(
        np.concatenate([chunk.times for chunk in chunks]),
        np.concatenate([chunk.attempts for chunk in chunks]),
        np.concatenate([chunk.streams for chunk in chunks]),
        b"\n".join(chunk.text for chunk in chunks),
        THOROUGH,
    )


def _parts(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """Where to cut lines of these sizes into chunks: (begin, end) of each."""
    parts = []
    begin = held = 0
    for place, size in enumerate(sizes):
        if place > begin and (held + size > CHUNK_BYTES or place - begin == CHUNK_LINES):
            parts.append((begin, place))
            begin, held = place, 0
        held += size + 1
    return [*parts, (begin, len(sizes))] if sizes else []


def _encoded(
    times: NDArray[np.int64], attempts: NDArray[np.int32], streams: NDArray[np.uint8], text: bytes, level: int
) -> Encoded:
    columns = np.diff(times, prepend=0).astype("<i8").tobytes() + attempts.astype("<i4").tobytes() + streams.tobytes()
    return Encoded(len(times), len(text), _packed(columns, level), _packed(text, level))


def _packed(data: bytes, level: int) -> bytes:
    packers = _threads.__dict__.setdefault("packers", {})  # one a thread: a shared one fails at random
    if level not in packers:
        packers[level] = zstandard.ZstdCompressor(level=level)
    return FORMAT + bytes(packers[level].compress(data))


def _unpacked(blob: bytes) -> bytes:
    if blob[:1] != FORMAT:
        raise ValueError(f"Chunk format {blob[:1]!r} is not known to this version.")
    unpackers = _threads.__dict__.setdefault("unpackers", [])
    if not unpackers:
        unpackers.append(zstandard.ZstdDecompressor())
    return bytes(unpackers[0].decompress(memoryview(blob)[1:]))
