"""What a page holds of a growing answer, and what of a new one it lacks. Pure: the page says it, nothing is remembered.

A page names each line it holds by a **mark**: up to four prefixes of it, each as how many points, markers and smoothed
points it has and a digest of them, and a digest of the line's other facts. A new line that begins with one of the
prefixes is sent from there on. What a page holds after that is the new line to the byte: what differs is never kept.
"""

import base64
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

MAX_MARK = 250  # characters
_DIGEST = 6  # bytes
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

    def digests(self, sizes: Collection[Size]) -> dict[Size, str]:
        """Of so many first points, markers and smoothed points each, and of the types they travel as: read once."""
        points = _prefix_digests(self.columns, {size.points for size in sizes})
        smooth = _prefix_digests(self.smooth, {size.smooth for size in sizes})
        found = {}
        for size in sizes:
            markers = repr(self.markers[: size.markers]).encode() if size.markers else b""
            found[size] = _digest(points[size.points] + smooth[size.smooth] + markers)
        return found


def _prefix_digests(columns: Columns, counts: Collection[int]) -> dict[int, bytes]:
    """Digests of the first so many rows of the columns."""
    if not columns:
        return dict.fromkeys(counts, b"")
    rows = np.empty(len(columns[0]), [(str(place), column.dtype) for place, column in enumerate(columns)])
    for place, column in enumerate(columns):
        rows[str(place)] = column
    text = rows.tobytes()
    state = hashlib.blake2b(repr(rows.dtype).encode(), digest_size=_DIGEST)
    found, read = {}, 0
    for count in sorted(counts):
        state.update(text[read : count * rows.itemsize])
        read = count * rows.itemsize
        found[count] = state.copy().digest()
    return found


def compared(shape: Shape, held: str) -> tuple[Size | None, str]:
    """How much of a line a page has already by the mark it holds, None when all and its facts too; and its mark now."""
    whole = shape.size
    sizes = {whole: None}
    if shape.steady is not None:
        sizes |= {shape.up_to(shape.steady): None, Size(*(count // 2 for count in whole)): None}
    held_facts, claimed = _read(held, whole)
    digests = shape.digests({*sizes, *claimed})
    facts = _digest(orjson.dumps(shape.facts, option=orjson.OPT_SORT_KEYS))
    mark = "~".join([facts, *(_prefix(size, digests[size]) for size in sizes if size != NOTHING)])
    kept = next((size for size, digest in claimed.items() if digests[size] == digest), NOTHING)
    return (None if kept == whole and held_facts == facts else kept), mark


def _read(mark: str, whole: Size) -> tuple[str, dict[Size, str]]:
    """The digest of the facts, and those of the prefixes that the line is long enough for."""
    facts, *prefixes = mark[:MAX_MARK].split("~")
    found = {}
    for text in prefixes:
        *counts, digest = text.split(".")
        if len(counts) == len(NOTHING) and all(one.isdecimal() and len(one) < 10 for one in counts):
            size = Size(*map(int, counts))
            if all(have <= there for have, there in zip(size, whole, strict=True)):
                found[size] = digest
    return facts, found


def _prefix(size: Size, digest: str) -> str:
    return f"{'.'.join(map(str, size))}.{digest}"


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(content, digest_size=_DIGEST).digest()).decode()
