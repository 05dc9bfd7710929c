"""What a page holds of a growing answer, and what of a new one it lacks. Pure: the page says it, nothing is remembered.

A page names each line it holds by a **mark**: up to four prefixes of it, each as how many points, markers and smoothed
points it has and a digest of them, and a digest of the line's other facts. A new line that begins with one of the
prefixes is sent from there on. What a page holds after that is the new line to the byte: what differs is never kept.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

MAX_MARK = 250  # characters
_DIGEST = 8  # bytes
Columns = Sequence[NDArray[Any]]  # as they travel


class Size(NamedTuple):
    """How much of a line: leading points, markers and smoothed points."""

    points: int
    markers: int
    smooth: int


NOTHING = Size(0, 0, 0)


@dataclass(frozen=True)
class Shape:
    """A line as it travels. columns: (points,) each; smooth: (smoothed points,) each, or none; steady: as of a Line."""

    columns: Columns
    markers: Sequence[tuple[float, str, int]]
    smooth: Columns
    facts: Mapping[str, Any]
    steady: int | None

    @property
    def size(self) -> Size:
        return Size(len(self.columns[0]), len(self.markers), len(self.smooth[0]) if self.smooth else 0)

    def up_to(self, x: float) -> Size:
        """What of it lies before an x."""
        points = int(np.searchsorted(self.columns[0], x))
        markers = next((place for place, one in enumerate(self.markers) if one[0] >= x), len(self.markers))
        return Size(points, markers, int(np.searchsorted(self.smooth[0], x)) if self.smooth else 0)

    def digest(self, size: Size) -> str:
        """Of the first so many points, markers and smoothed points, and of the types they travel as."""
        state = hashlib.blake2b(digest_size=_DIGEST)
        for columns, count in ((self.columns, size.points), (self.smooth, size.smooth)):
            for column in columns:
                state.update(column.dtype.str.encode())
                state.update(np.ascontiguousarray(column[:count]).data)
        state.update(repr(self.markers[: size.markers]).encode())
        return _text(state.digest())


def mark(shape: Shape) -> str:
    """What a page is to say when it holds this line."""
    whole = shape.size
    sizes = {whole: None}
    if shape.steady is not None:
        sizes |= {shape.up_to(shape.steady): None, Size(*(count // 2 for count in whole)): None}
    prefixes = [f"{'.'.join(map(str, size))}.{shape.digest(size)}" for size in sizes if size != NOTHING]
    return "~".join([_facts_digest(shape), *prefixes])


def lacking(shape: Shape, held: str) -> Size | None:
    """How much of a line a page has already by the mark it holds; None when it has all of it, facts included."""
    facts, *prefixes = held[:MAX_MARK].split("~")
    whole = shape.size
    for text in prefixes:
        *counts, digest = text.split(".")
        if len(counts) != len(NOTHING) or not all(one.isdecimal() and len(one) < 10 for one in counts):
            continue
        size = Size(*map(int, counts))
        if all(have <= there for have, there in zip(size, whole, strict=True)) and shape.digest(size) == digest:
            return None if size == whole and facts == _facts_digest(shape) else size
    return NOTHING


def _facts_digest(shape: Shape) -> str:
    facts = orjson.dumps(shape.facts, option=orjson.OPT_SORT_KEYS)
    return _text(hashlib.blake2b(facts, digest_size=_DIGEST).digest())


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
