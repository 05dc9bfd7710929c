"""How points and buckets are written into the blobs of a chunk, and read back.

A blob is a version byte, a count of streams, and the streams one after the other. A stream is one int64 or float64
column, written as the shortest
of: one value for all (constant), start and stride (affine: regular steps cost nothing), or a pcodec stream.
Level 0: shape = steps, values; times = times. Levels: shape = what a chart over steps draws, times = the times of the
same points, sums = sums. Steps are kept relative to the bucket's start and times to its earliest, so they stay small.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pcodec import ChunkConfig, standalone

from apps.history.batches import Floats, Ints
from apps.history.buckets import (
    BARE_FLOATS,
    BARE_INTS,
    FIRST_STEP,
    FIRST_TIME,
    FLOATS,
    INTS,
    LAST_STEP,
    LAST_TIME,
    MAX_STEP,
    MAX_TIME,
    MIN_STEP,
    MIN_TIME,
    NAN_N,
    NAN_STEP,
    NAN_TIME,
    NINF_N,
    NINF_STEP,
    NINF_TIME,
    PINF_N,
    PINF_STEP,
    PINF_TIME,
    START,
    SUM,
    TIME_MAX,
    TIME_MIN,
    Buckets,
    N,
    Points,
    compiled,
)

VERSION = 1
POINTS_PER_CHUNK = 8_192
BUCKETS_PER_CHUNK = 1_024
_CONSTANT, _AFFINE, _PCO = 0, 1, 2
_CONFIG = ChunkConfig(compression_level=4)
_HEAD = struct.Struct("<BBI")  # version, streams, items
_LENGTH = struct.Struct("<BI")
_TWO = struct.Struct("<qq")

_NO_TIMES = np.zeros(POINTS_PER_CHUNK, np.int64)  # shared by all points whose times were not read; nobody writes to it

_STEPS = (FIRST_STEP, LAST_STEP, MIN_STEP, MAX_STEP)
_ODD = ((NAN_N, NAN_STEP, NAN_TIME), (PINF_N, PINF_STEP, PINF_TIME), (NINF_N, NINF_STEP, NINF_TIME))
_TIMES = (FIRST_TIME, LAST_TIME, MIN_TIME, MAX_TIME)


class Blobs(NamedTuple):
    """The three blobs of a chunk."""

    shape: bytes
    times: bytes
    sums: bytes


@compiled
def _stride(column: Ints) -> tuple[bool, int]:
    """Whether a column of two or more grows by the same amount from item to item, and that amount."""
    stride = column[1] - column[0]
    for i in range(2, len(column)):
        if column[i] - column[i - 1] != stride:
            return False, stride
    return True, stride


@compiled
def _fill(column: Ints, first: int, stride: int) -> None:
    value = first
    for i in range(len(column)):
        column[i] = value
        value += stride


def _write(columns: list[NDArray]) -> bytes:
    items = len(columns[0])
    parts = [_HEAD.pack(VERSION, len(columns), items)]
    for column in columns:
        bits = np.ascontiguousarray(column).view(np.int64)
        regular, stride = (True, 0) if items < 2 else _stride(bits)
        if regular and (stride == 0 or column.dtype == np.int64):
            first = int(bits[0]) if items else 0
            parts.append(bytes([_AFFINE if stride else _CONSTANT]) + _TWO.pack(first, int(stride)))
            continue
        packed = standalone.simple_compress(np.ascontiguousarray(column), _CONFIG)
        parts.append(_LENGTH.pack(_PCO, len(packed)))
        parts.append(packed)
    return b"".join(parts)


class _Reader:
    """Reads the streams of a blob in order."""

    def __init__(self, blob: bytes) -> None:
        version, self.streams, self.items = _HEAD.unpack_from(blob, 0)
        if version != VERSION:
            raise ValueError(f"This chunk has version {version}; this release reads {VERSION}.")
        self._blob = blob
        self._offset = _HEAD.size

    def skip_zeros(self) -> bool:
        """Pass over the next stream if it is all zeros; whether it was."""
        if self._blob[self._offset] != _CONSTANT or _TWO.unpack_from(self._blob, self._offset + 1)[0]:
            return False
        self._offset += 1 + _TWO.size
        return True

    def into(self, column: NDArray) -> None:
        """Decode the next stream into a contiguous column of `items` items."""
        kind = self._blob[self._offset]
        if kind == _PCO:
            _, length = _LENGTH.unpack_from(self._blob, self._offset)
            begin = self._offset + _LENGTH.size
            standalone.simple_decompress_into(self._blob[begin : begin + length], column)
            self._offset = begin + length
            return
        first, stride = _TWO.unpack_from(self._blob, self._offset + 1)
        self._offset += 1 + _TWO.size
        if kind == _CONSTANT:
            column.view(np.int64)[:] = first
        else:
            _fill(column.view(np.int64), first, stride)


def encode_points(points: Points) -> Blobs:
    """Blobs of a level-0 chunk."""
    return Blobs(_write([points.step, points.value]), _write([points.time]), b"")


def decode_points(shape: bytes, times: bytes | None) -> Points:
    """The points of a level-0 chunk; times are 0 when their blob is None (not read)."""
    reader = _Reader(shape)
    step, value = np.empty(reader.items, np.int64), np.empty(reader.items, np.float64)
    reader.into(step)
    reader.into(value)
    if times is None:
        return Points(step, _NO_TIMES[: reader.items], value)
    time = np.empty(reader.items, np.int64)
    _Reader(times).into(time)
    return Points(step, time, value)


def encode_buckets(buckets: Buckets) -> Blobs:
    """Blobs of a chunk of buckets."""
    ints, floats = buckets
    start, some = ints[START], ints[N] > 0
    shape: list[NDArray] = [start, ints[N]]
    shape += [np.where(some, ints[row] - start, 0) for row in _STEPS]
    times: list[NDArray] = [ints[TIME_MIN], ints[TIME_MAX] - ints[TIME_MIN]]
    times += [np.where(some, ints[row] - ints[TIME_MIN], 0) for row in _TIMES]
    for count, step, time in _ODD:
        there = ints[count] > 0
        shape += [ints[count], np.where(there, ints[step] - start, 0)]
        times.append(np.where(there, ints[time] - ints[TIME_MIN], 0))
    shape += [floats[row] for row in range(BARE_FLOATS)]
    return Blobs(_write(shape), _write(times), _write([floats[SUM]]))


def decode_buckets(rows: Sequence[tuple[bytes, bytes | None, bytes | None]]) -> Buckets:
    """The buckets of consecutive chunks, (shape, times, sums) each.

    times or sums are 0 when that blob is None (not read); without either the buckets are bare.
    """
    readers = [_Reader(shape) for shape, _, _ in rows]
    total = sum(reader.items for reader in readers)
    bare = all(times is None and sums is None for _, times, sums in rows)
    ints = np.zeros((BARE_INTS if bare else INTS, total), np.int64)
    floats = np.zeros((BARE_FLOATS if bare else FLOATS, total), np.float64)
    begin = 0
    for reader, (_, times, sums) in zip(readers, rows, strict=True):
        end = begin + reader.items
        _decode_buckets(reader, times, sums, ints[:, begin:end], floats[:, begin:end])
        begin = end
    return Buckets(ints, floats)


def _decode_buckets(reader: _Reader, times: bytes | None, sums: bytes | None, ints: Ints, floats: Floats) -> None:
    """Fill ints and floats, which are zeros."""
    for row in (START, N, *_STEPS):
        reader.into(ints[row])
    _shift(ints, FIRST_STEP, len(_STEPS), START, N)
    for count, step, _ in _ODD:
        if reader.skip_zeros():
            reader.skip_zeros()
            continue
        reader.into(ints[count])
        reader.into(ints[step])
        _shift(ints, step, 1, START, count)
    for row in range(BARE_FLOATS):
        reader.into(floats[row])
    if times is not None:
        reader = _Reader(times)
        for row in (TIME_MIN, TIME_MAX, *_TIMES):
            reader.into(ints[row])
        ints[TIME_MAX] += ints[TIME_MIN]
        _shift(ints, FIRST_TIME, len(_TIMES), TIME_MIN, N)
        for count, _, time in _ODD:
            if ints[count].any():
                reader.into(ints[time])
                _shift(ints, time, 1, TIME_MIN, count)
            else:
                reader.skip_zeros()
    if sums is not None:
        _Reader(sums).into(floats[SUM])


@compiled
def _shift(ints: Ints, first: int, rows: int, base: int, count: int) -> None:
    """Add row `base` to `rows` rows from `first` on, in place, where row `count` is not 0."""
    for row in range(first, first + rows):
        for i in range(ints.shape[1]):
            if ints[count, i] > 0:
                ints[row, i] += ints[base, i]


def encode_head(bucket: Buckets) -> bytes:
    """The one bucket of a series' head: 26 numbers as they are."""
    return bucket.ints.tobytes() + bucket.floats.tobytes()


def decode_heads(blobs: Sequence[bytes]) -> Buckets:
    """The buckets of many heads, one each."""
    whole = np.frombuffer(b"".join(blobs), np.int64).reshape(len(blobs), INTS + FLOATS).T
    return Buckets(np.ascontiguousarray(whole[:INTS]), np.ascontiguousarray(whole[INTS:]).view(np.float64))
