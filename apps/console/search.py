"""Finding lines by a text or a regular expression. No Django.

A text is found by bytes.find, an expression by RE2; both run over pieces of chunks, and only what they find is cut into
lines. The time of RE2 grows with the text times the pattern's steps, so nobody can send a pattern that hangs: its steps
are bounded, and the clock is looked at after each piece. Codes for colours are no part of what is searched. Taking them
out costs more than searching: a text is looked for among them, unless one may stand inside of it.
"""

import functools
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import re2

from apps.console.ansi import ESCAPE, plain
from apps.console.chunks import Chunk, line_ends
from apps.console.errors import MAX_PATTERN_STEPS, MAX_SEARCH_LENGTH, BadPattern, PatternTooLarge, SearchTooLong

PIECE_BYTES = 32 * 2**10  # given to an expression at a time; it sees no more of one line
_MEMORY = 4 * 2**20  # of the engine's automaton; it forgets and goes on when it has used this
_LONGEST_AMONG_CODES = 100  # of longer texts the codes are taken out before


class Pattern:
    """What to look for: a text, or with is_expression a regular expression (RE2's syntax; no match spans two lines)."""

    def __init__(self, text: str, *, is_expression: bool = False, match_case: bool = False) -> None:
        if len(text) > MAX_SEARCH_LENGTH:
            raise SearchTooLong(len(text))
        self._is_expression = is_expression
        self._match_case = match_case
        pattern = text.encode(errors="replace")
        self._text = b""  # a text that can be found as bytes
        if not is_expression and b"\n" not in pattern and ESCAPE not in pattern and (match_case or text.isascii()):
            self._text = pattern if match_case else pattern.lower()
        self._search = _compiled(pattern, is_expression, match_case).search

    def looked(self, chunk: Chunk, first: int, until: float) -> Iterator[tuple[int, bool]]:
        """The lines of a chunk from place `first` on that match, ascending: (place, True).

        Ends early after `until` (time.monotonic()), though not before a piece is done, with the place to go on from:
        (place, False).
        """
        text, among_codes = self._prepared(chunk.text)
        ends = functools.cache(lambda: chunk.ends if len(text) == len(chunk.text) else line_ends(text))
        begin = int(ends()[first - 1]) + 1 if first else 0
        while begin <= len(text):
            at, following = self._next(text, begin)
            if at >= 0:
                place = int(ends().searchsorted(at))
                if not among_codes or self._text in self._folded(plain(chunk.line_text(place))):
                    yield place, True
                following = int(ends()[place]) + 1
            begin = following
            if time.monotonic() > until:
                yield int(ends().searchsorted(begin)), False
                return

    def _prepared(self, text: bytes) -> tuple[bytes, bool]:
        """What to search of a chunk's text, and whether codes are left in it, which are no part of what is shown."""
        if ESCAPE not in text:
            return self._folded(text), False
        folded = self._folded(text)
        if not self._text or self._may_be_split(folded):
            return self._folded(plain(text)), False
        return folded, True

    def _folded(self, text: bytes) -> bytes:
        """The text in small letters, if it is looked through for bytes and they do not matter."""
        return text if self._match_case or not self._text else text.lower()

    def _may_be_split(self, text: bytes) -> bool:
        """Whether codes may stand inside of what is looked for: if what it begins with stands before one."""
        if len(self._text) > _LONGEST_AMONG_CODES:
            return True
        letters = np.frombuffer(text, "u1")
        codes = np.flatnonzero(letters == ESCAPE[0])
        before = letters[codes - 1]
        for size in range(1, len(self._text)):
            ends = codes[(before == self._text[size - 1]) & (codes >= size)]
            for back in range(2, size + 1):
                ends = ends[letters[ends - back] == self._text[size - back]]
            if ends.size:
                return True
        return False

    def _next(self, text: bytes, begin: int) -> tuple[int, int]:
        """Where the next match is, -1 without one, and where to go on without one."""
        if self._text:
            return text.find(self._text, begin), len(text) + 1
        end = following = len(text)
        if self._is_expression and begin + PIECE_BYTES < len(text):
            end = text.rfind(b"\n", begin, begin + PIECE_BYTES)
            following = end
            if end < 0:  # one long line
                end = begin + PIECE_BYTES
                following = text.find(b"\n", end) % (len(text) + 1)
        found = self._search(text, begin, end)
        return (found.start() if found else -1), following + 1


def _compiled(pattern: bytes, is_expression: bool, match_case: bool) -> Any:
    options = re2.Options()
    options.never_nl = True
    options.log_errors = False
    options.max_mem = _MEMORY
    options.case_sensitive = match_case
    options.literal = not is_expression
    try:
        compiled = re2.compile(pattern, options)
        if is_expression:
            compiled = re2.compile(b"(?m)" + pattern, options)
    except re2.error as error:
        raise BadPattern(_said(error)) from error
    if is_expression and compiled.programsize > MAX_PATTERN_STEPS:
        raise PatternTooLarge(compiled.programsize)
    return compiled


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
