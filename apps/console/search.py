"""Finding lines by a text or a regular expression. No Django.

The engine is RE2, whose time grows with the text and never with the pattern: nobody can send a pattern that hangs. It
runs over whole chunks; only what it finds is cut into lines. Codes for colours are no part of what is searched.
"""

from collections.abc import Iterator

import re2

from apps.console.ansi import plain
from apps.console.chunks import Chunk, line_ends
from apps.console.errors import MAX_SEARCH_LENGTH, BadPattern, SearchTooLong

_MEMORY = 16 * 2**20  # of the engine's automaton; it forgets and goes on when it has used this


class Pattern:
    """What to look for: a text, or with is_expression a regular expression (RE2's syntax; no match spans two lines)."""

    def __init__(self, text: str, *, is_expression: bool = False, match_case: bool = False) -> None:
        if len(text) > MAX_SEARCH_LENGTH:
            raise SearchTooLong(len(text))
        options = re2.Options()
        options.never_nl = True
        options.log_errors = False
        options.max_mem = _MEMORY
        options.case_sensitive = match_case
        options.literal = not is_expression
        pattern = text.encode(errors="replace")
        try:
            compiled = re2.compile(pattern, options)
            self._search = re2.compile(b"(?m)" + pattern, options).search if is_expression else compiled.search
        except re2.error as error:
            raise BadPattern(_said(error)) from error

    def places(self, chunk: Chunk) -> Iterator[int]:
        """The places in a chunk, ascending from 0, of the lines that match."""
        text = plain(chunk.text)
        found = self._search(text)
        if found is None:
            return
        ends = chunk.ends if text is chunk.text else line_ends(text)
        while found is not None:
            place = int(ends.searchsorted(found.start()))
            yield place
            begin = int(ends[place]) + 1
            if begin > len(text):
                return
            found = self._search(text, begin)


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
