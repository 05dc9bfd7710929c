"""From logged rows to request bodies: rows with the same keys become shared columns, small groups share one body."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from paceline.spool import BATCH_HEAD

CELLS = 100_000  # at most this many values (nulls included) a batch
SPARSE = 4  # keys logged at different times share a batch while at least every 4th cell holds a value …
FREE_CELLS = 5_000  # … or the batch is this small anyway
PIECE = 4_096  # values encoded at a time, so that the training never waits long for the interpreter


class Rows(NamedTuple):
    """Points that share their keys: step int, time in ms since the epoch and values, values[i] belonging to keys[i]."""

    keys: tuple[str, ...]
    steps: list[int]
    times: list[int]
    values: list[Sequence[float]]  # one sequence a key, each as long as steps

    @property
    def points(self) -> int:
        return len(self.keys) * len(self.steps)


class Body(NamedTuple):
    """One batch: the JSON pieces after "seq", and how many points (or console lines) they hold."""

    json: bytes
    points: int
    rows: Sequence[Rows] = ()


def grouped(rows: Iterable[tuple[tuple[str, ...], int, int, Sequence[float]]]) -> list[Rows]:
    """Logged rows (keys, step, time, values) by their keys, in order of first appearance."""
    by_keys: dict[tuple[str, ...], list[tuple[int, int, Sequence[float]]]] = {}
    for keys, step, time, values in rows:
        by_keys.setdefault(keys, []).append((step, time, values))
    groups = []
    for keys, points in by_keys.items():
        steps, times, values = zip(*points)
        groups.append(Rows(keys, list(steps), list(times), list(zip(*values))))
    return groups


def bodies(groups: Sequence[Rows]) -> Iterator[Body]:
    """The batches of some groups: each at most CELLS values, no point left out, none twice."""
    for shared in _packed([piece for group in groups for piece in _cut(group)]):
        yield Body(_json(shared), sum(group.points for group in shared), shared)


def _cut(group: Rows) -> Iterator[Rows]:
    """A group in pieces of at most CELLS values."""
    for first in range(0, len(group.keys), CELLS):
        keys, values = group.keys[first : first + CELLS], group.values[first : first + CELLS]
        height = max(1, CELLS // len(keys))
        for start in range(0, len(group.steps), height):
            rows = slice(start, start + height)
            yield Rows(keys, group.steps[rows], group.times[rows], [column[rows] for column in values])


def _packed(groups: Sequence[Rows]) -> Iterator[list[Rows]]:
    """Neighbouring groups that fit one body without too many nulls."""
    pack: list[Rows] = []
    keys: set[str] = set()
    height = points = 0
    for group in groups:
        wider = keys.union(group.keys)
        cells = len(wider) * (height + len(group.steps))
        if pack and (cells > CELLS or cells > max(FREE_CELLS, SPARSE * (points + group.points))):
            yield pack
            pack, wider, height, points = [], set(group.keys), 0, 0
        pack.append(group)
        keys, height, points = wider, height + len(group.steps), points + group.points
    if pack:
        yield pack


def _json(groups: Sequence[Rows]) -> bytes:
    """`"step":[…],"time":[…],"values":{…}}` of groups below each other, null where a group lacks a key."""
    parts = [
        '"step":' + _list([step for group in groups for step in group.steps]),
        ',"time":' + _list([time for group in groups for time in group.times]),
        ',"values":{',
    ]
    columns: dict[str, list[Any]] = {}
    height = 0
    for group in groups:
        for key, values in zip(group.keys, group.values):
            column = columns.setdefault(key, [])
            column.extend([None] * (height - len(column)))
            column.extend(values)
        height += len(group.steps)
    separator = ""
    for key, column in columns.items():
        column.extend([None] * (height - len(column)))
        parts.append(f"{separator}{json.dumps(key, ensure_ascii=False)}:{_list(column)}")
        separator = ","
    parts.append("}}")
    return "".join(parts).encode()


def _list(values: list[Any]) -> str:
    pieces = (values[start : start + PIECE] for start in range(0, len(values), PIECE))
    return "[" + ",".join(json.dumps(piece, separators=(",", ":"))[1:-1] for piece in pieces) + "]"


def pack(body: Body, *, writer: str, seq: int) -> bytes:
    """A batch as the spool keeps it: seq and points, then the compressed body without its attempt."""
    text = b'"writer":"%s","seq":%d,' % (writer.encode(), seq) + body.json
    return BATCH_HEAD.pack(seq, min(body.points, 2**32 - 1)) + zlib.compress(text, 1)


def unpack(payload: bytes, *, attempt: int) -> tuple[int, int, bytes]:
    """(seq, points, request body) of a packed batch. Raises ValueError or zlib.error when it is damaged."""
    if len(payload) < BATCH_HEAD.size:
        raise ValueError("a batch without a head")
    seq, points = BATCH_HEAD.unpack_from(payload)
    return seq, points, b'{"attempt":%d,' % attempt + zlib.decompress(payload[BATCH_HEAD.size :])
