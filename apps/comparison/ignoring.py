"""Which differences a project does not want to see: patterns over keys. No Django."""

import re
from collections.abc import Callable, Iterable

MAX_PATTERN = 500  # characters
MAX_STARS = 8  # of a pattern, which bounds the time that one takes


def ignores(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether any of the patterns is a key. * stands for any characters, all others for themselves."""
    wanted = set(patterns)
    starred = [re.split(r"\*+", pattern) for pattern in wanted if "*" in pattern]
    return lambda key: key in wanted or any(_fits(key, parts) for parts in starred)


def _fits(key: str, parts: list[str]) -> bool:
    """Whether a key is these parts with anything between them: each is taken where it comes first."""
    first, *middle, last = parts
    if len(key) < len(first) + len(last) or not (key.startswith(first) and key.endswith(last)):
        return False
    at, end = len(first), len(key) - len(last)
    for part in middle:
        at = key.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True
