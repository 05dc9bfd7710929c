"""A batch of points as it waits for compaction: its shape in memory, its payload, the ids of its keys.

The payload is columnar, key-major and uncompressed, so that writing it costs a copy and reading one key of it costs a
slice. Layout, little-endian: version u32, groups u32, then per group: points-per-key n u32, keys k u32, key ids
int64 (k,), steps int64 (n,), times int64 (n,), values float64 (k, n).
"""

import functools
import hashlib
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

PAYLOAD_VERSION = 1
_HEADER = struct.Struct("<II")
_TWO_HEADERS = struct.Struct("<IIII")  # of the payload and of its first group
_NAN = np.array([np.nan])


class Group(NamedTuple):
    """Keys that were logged together: every key has a value at every one of the n points."""

    step: Ints  # (n,)
    time: Ints  # (n,) ms since epoch UTC
    keys: list[str]  # k names
    values: Floats  # (k, n)


class Batch(NamedTuple):
    """What one request carries."""

    groups: list[Group]

    @property
    def points(self) -> int:
        """How many points: one per key and row."""
        return sum(len(group.keys) * len(group.step) for group in self.groups)

    @property
    def names(self) -> dict[int, str]:
        """Key id to key name."""
        return {key_id(name): name for group in self.groups for name in group.keys}


class Columns(NamedTuple):
    """The points of one key in one group of a payload."""

    key_id: int
    step: Ints  # (n,)
    time: Ints  # (n,)
    value: Floats  # (n,)


@functools.lru_cache(maxsize=65_536)
def key_id(name: str) -> int:
    """The 63-bit BLAKE2b of a metric key's UTF-8 name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1


@functools.lru_cache(maxsize=4_096)
def _key_ids(names: tuple[str, ...]) -> bytes:
    return np.array([key_id(name) for name in names], dtype="<i8").tobytes()


def encode(batch: Batch) -> bytes:
    """The payload of a batch. NaN becomes the one canonical NaN, so that equal points have equal bytes."""
    parts = [_HEADER.pack(PAYLOAD_VERSION, len(batch.groups))]
    for group in batch.groups:
        values = group.values
        missing = np.isnan(values)
        if missing.any():
            values = np.where(missing, _NAN, values)
        parts.append(_HEADER.pack(len(group.step), len(group.keys)))
        parts.append(_key_ids(tuple(group.keys)))
        parts.append(np.ascontiguousarray(group.step, dtype="<i8").tobytes())
        parts.append(np.ascontiguousarray(group.time, dtype="<i8").tobytes())
        parts.append(np.ascontiguousarray(values, dtype="<f8").tobytes())
    return b"".join(parts)


def _groups(payload: bytes) -> Iterator[tuple[bytes, Ints, Ints, Floats]]:
    """Key ids as bytes, steps (n,), times (n,) and values (k, n) of each group of a payload; views."""
    version, groups = _HEADER.unpack_from(payload, 0)
    if version != PAYLOAD_VERSION:
        raise ValueError(f"This batch has payload version {version}; this release reads {PAYLOAD_VERSION}.")
    offset = _HEADER.size
    for _ in range(groups):
        n, k = _HEADER.unpack_from(payload, offset)
        offset += _HEADER.size
        ids = payload[offset : offset + 8 * k]
        step = np.frombuffer(payload, "<i8", n, offset + 8 * k)
        time = np.frombuffer(payload, "<i8", n, offset + 8 * (k + n))
        offset += 8 * (k + 2 * n)
        yield ids, step, time, np.frombuffer(payload, "<f8", k * n, offset).reshape(k, n)
        offset += 8 * k * n


def decode(payload: bytes, only: frozenset[int] | None = None) -> Iterator[Columns]:
    """The columns of a payload, all keys or only those with the given ids; views, nothing is copied.

    Raises ValueError when the payload is of another version.
    """
    for ids, step, time, values in _groups(payload):
        for row, one in enumerate(np.frombuffer(ids, "<i8").tolist()):
            if only is None or one in only:
                yield Columns(one, step, time, values[row])


def decode_many(payloads: Sequence[bytes], only: frozenset[int] | None = None) -> Iterator[Columns]:
    """The columns of many payloads. Those of one group with the same number of points of the same keys are taken
    together, their rows in the order given: a training sends thousands of these, with one row in each.
    """
    alike: dict[tuple[int, bytes], list[bytes]] = {}
    for payload in payloads:
        version, groups, n, k = _TWO_HEADERS.unpack_from(payload.ljust(_TWO_HEADERS.size))
        if groups == 1 and version == PAYLOAD_VERSION:
            alike.setdefault((n, payload[: _TWO_HEADERS.size + 8 * k]), []).append(payload)
        else:
            yield from decode(payload, only)
    for (n, head), some in alike.items():
        if len(some) == 1:
            yield from decode(some[0], only)
            continue
        ids = np.frombuffer(head, "<i8", offset=_TWO_HEADERS.size).tolist()
        begin = len(head) // 8
        words = np.frombuffer(b"".join(some), "<i8").reshape(len(some), -1)
        step, time = words[:, begin : begin + n].ravel(), words[:, begin + n : begin + 2 * n].ravel()
        for row, one in enumerate(ids, start=2):
            if only is None or one in only:
                value = words[:, begin + row * n : begin + (row + 1) * n].ravel().view(np.float64)
                yield Columns(one, step, time, value)


def join(payloads: list[bytes]) -> bytes:
    """One payload with the groups of all. Groups of the same keys become one, rows in the order given."""
    grouped: dict[bytes, list[tuple[Ints, Ints, Floats]]] = {}
    for payload in payloads:
        for ids, step, time, values in _groups(payload):
            grouped.setdefault(ids, []).append((step, time, values))
    parts = [_HEADER.pack(PAYLOAD_VERSION, len(grouped))]
    for ids, members in grouped.items():
        steps = np.concatenate([member[0] for member in members])
        parts.append(_HEADER.pack(len(steps), len(ids) // 8))
        parts.append(ids)
        parts.append(steps.tobytes())
        parts.append(np.concatenate([member[1] for member in members]).tobytes())
        parts.append(np.ascontiguousarray(np.concatenate([member[2] for member in members], axis=1)).tobytes())
    return b"".join(parts)


def digest(payload: bytes) -> bytes:
    """16 bytes that tell one content from another."""
    return hashlib.blake2b(payload, digest_size=16).digest()
