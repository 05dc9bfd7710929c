"""Which differences a project does not want to see: patterns over keys. No Django."""

import re
from collections.abc import Callable, Iterable

import re2

MAX_PATTERN = 500  # characters


def ignores(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether any of the patterns is a key. * stands for any characters, all others for themselves.

    In time that grows with the key alone, whatever the patterns are.
    """
    wanted = list(patterns)
    plain = {pattern for pattern in wanted if "*" not in pattern}
    starred = [".*".join(map(re2.escape, re.split(r"\*+", pattern))) for pattern in wanted if "*" in pattern]
    options = re2.Options()
    options.dot_nl = True
    options.max_mem = 32 << 20
    any_of = re2.compile("|".join(starred), options) if starred else None
    return lambda key: key in plain or (any_of is not None and any_of.fullmatch(key) is not None)
