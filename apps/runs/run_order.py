"""The order of a sorted list of runs, and the cursor that stands between two of them. No Django.

Numbers come before texts, and runs without a value last. What is equal by every sort is in the order of run ids; runs
without a value of the last sort are in the order they were made, newest first.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.runs.filters_syntax import Name

NUMBER, TEXT, MISSING = range(3)
_MAX_ID = 2**63
_END_OF_TIME = 253_402_300_800 * 10**6  # the year 10000, in µs since epoch


class Sort(NamedTuple):
    """One of the names that runs are sorted by, as it was asked for."""

    name: Name
    descending: bool

    @property
    def text(self) -> str:
        return f"-{self.name.text}" if self.descending else self.name.text


class Mark(NamedTuple):
    """Where a run stands by one sort. value: of MISSING by the last sort, when the run was made, in µs since epoch."""

    kind: int
    value: Any = None


class Place(NamedTuple):
    """Where a run stands in a list: one mark for each sort."""

    marks: tuple[Mark, ...]
    run_id: int


def ordered(places: Sequence[Place], sorts: Sequence[Sort]) -> list[Place]:
    """The places in order."""
    found = list(places)
    for level in range(len(sorts) - 1, -1, -1):  # sorting keeps what is equal in its order: so from the last on
        last = level == len(sorts) - 1
        parts: list[list[Place]] = [[], [], []]
        for place in found:
            parts[place.marks[level].kind].append(place)
        for kind in (NUMBER, TEXT, MISSING):
            if kind != MISSING or last:
                down = sorts[level].descending or kind == MISSING
                parts[kind].sort(key=lambda place: _key(place, level, last), reverse=down)
        found = [place for part in parts for place in part]
    return found


def _key(place: Place, level: int, last: bool) -> Any:
    value = place.marks[level].value
    return (value, place.run_id) if last else value


def follows(place: Place, after: Place, sorts: Sequence[Sort]) -> bool:
    """Whether a place comes after another."""
    for mark, other, sort in zip(place.marks, after.marks, sorts, strict=True):
        if mark.kind != other.kind:
            return mark.kind > other.kind
        if mark.value != other.value:
            down = sort.descending or mark.kind == MISSING
            return bool(mark.value < other.value if down else mark.value > other.value)
    down = sorts[-1].descending or place.marks[-1].kind == MISSING
    return place.run_id < after.run_id if down else place.run_id > after.run_id


# --- cursors ---


def digest(*question: Any) -> str:
    """A few characters that tell one question from another."""
    return hashlib.blake2b(orjson.dumps(question), digest_size=6).hexdigest()


def to_cursor(of: str, seen: int, place: Place) -> str:
    """The cursor after a place. of: the digest of the question; seen: how many runs came up to there."""
    return (
        base64.urlsafe_b64encode(orjson.dumps([of, seen, place.run_id, [[*mark] for mark in place.marks]]))
        .decode()
        .rstrip("=")
    )


def from_cursor(cursor: str, of: str, levels: int) -> tuple[int, Place]:
    """How many runs came before, and the last of them. Raises Invalid."""
    try:
        asked, seen, run_id, marks = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        place = Place(tuple(Mark(*mark) for mark in marks), run_id)
        if asked != of:
            raise Invalid("This cursor belongs to another filter or order.", fields={"cursor": "of another question"})
        whole = isinstance(seen, int) and isinstance(run_id, int) and -_MAX_ID <= run_id < _MAX_ID
        sound = [_sound(mark, last=level == levels - 1) for level, mark in enumerate(place.marks)]
        if whole and len(sound) == levels and all(sound):
            return seen, place
    except (ValueError, TypeError, IndexError, binascii.Error):
        pass
    raise Invalid("This cursor is not one of ours.", fields={"cursor": "cannot be read"})


def _sound(mark: Mark, last: bool) -> bool:
    kind, value = mark
    if kind == NUMBER:
        return isinstance(value, float | int)
    if kind == TEXT:
        return isinstance(value, str) and not text_problem(value)
    if kind == MISSING and last:
        return isinstance(value, int) and 0 <= value < _END_OF_TIME
    return kind == MISSING and value is None
