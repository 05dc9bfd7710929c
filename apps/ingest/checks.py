"""What every form of a history body is checked for, and the paths of what is wrong. No Django."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from apps.core.json_values import text_problem
from apps.core.problems import Problems
from apps.history.batches import Batch
from apps.ingest.errors import MAX_KEY_LENGTH, MAX_LISTED, BadBatch

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
NO_TIME = INT64_MIN
MAX_WRITER_LENGTH = 64
MAX_KNOWN_KEYS = 200_000
_known_keys: set[str] = set()  # names that passed the checks


class Decoded(NamedTuple):
    """One history body. attempt: None for the newest. untimed: some points came without a time and have NO_TIME."""

    attempt: int | None
    writer: str
    seq: int
    batch: Batch
    untimed: bool

    def stamped(self, arrival: int) -> Batch:
        """The batch, its points without a time taking that of the arrival, in ms since epoch."""
        if not self.untimed:
            return self.batch
        return Batch([one._replace(time=np.where(one.time == NO_TIME, arrival, one.time)) for one in self.batch.groups])


def batch_problems() -> Problems:
    """What is wrong with a batch, to be refused as BadBatch."""
    return Problems(BadBatch, MAX_LISTED)


def address(body: dict[str, Any], problems: Problems) -> tuple[int | None, str, int]:
    """attempt, writer and seq of a body."""
    attempt = body.get("attempt")
    if attempt is not None and (type(attempt) is not int or not 1 <= attempt < 2**31):
        problems.add("attempt", "must be an integer from 1 on, or left out for the newest")
        attempt = None
    writer = body.get("writer")
    if not isinstance(writer, str) or not 1 <= len(writer) <= MAX_WRITER_LENGTH:
        problems.add("writer", f"must be a text of 1..{MAX_WRITER_LENGTH} characters, made anew by each process")
        writer = "-"
    elif text_problem(writer):
        problems.add("writer", text_problem(writer))
    seq = body.get("seq")
    if type(seq) is not int or not 0 <= seq <= INT64_MAX:
        problems.add("seq", "must be an integer of 0..2^63-1 that grows by one with each batch of the writer")
        seq = 0
    return attempt, writer, seq


def check_keys(names: Iterable[str], path: Any, problems: Problems) -> None:
    """Report keys that are too long, empty, or not text that can be stored. path: from a key to its path."""
    if _known_keys.issuperset(names):
        return
    for name in names:
        if name in _known_keys:
            continue
        problem = text_problem(name)
        if not name:
            problem = "the key is empty; a key has 1..250 characters"
        elif len(name) > MAX_KEY_LENGTH:
            problem = f"the key has {len(name):,} characters; at most {MAX_KEY_LENGTH} are allowed"
        elif problem:
            problem = f"the key {problem}"
        if problem:
            problems.add(path(name), problem)
        else:
            if len(_known_keys) >= MAX_KNOWN_KEYS:
                _known_keys.clear()
            _known_keys.add(name)
