"""A panel's document read from its text, with the place of every value in it: problems are said at the line.

json says where a text stops being JSON, and nothing of the values before. No library we know keeps places and is kept
well, hence this scanner; what it reads equals what json.loads reads (tests/rendering/test_documents.py). No Django.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any, NoReturn

from apps.rendering.errors import BadDocument
from apps.rendering.limits import MAX_BYTES, MAX_DEPTH
from apps.rendering.problems import Path, Problem, path_text

Place = tuple[int, int]  # line and column, from 1

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"-?[A-Za-z_$][\w$]*|[-+]?[\d.][\w.+-]*")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_NOT_JSON = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_NOT_NUMBERS = ("NaN", "Infinity", "-Infinity")
_LONGEST_NUMBER = 400  # characters
_QUOTES = {"'": "a text stands in double quotes, not in '…'", "“": '“ is no straight quote: a text stands in "…"'}
_STRING_PROBLEMS = {
    "Unterminated string": 'this text has no closing "',
    "Invalid control character": "a text goes on to the next line or holds a tab: write \\n or \\t",
    "Invalid \\escape": 'after a backslash one of " \\ / b f n r t u is expected',
    "Invalid \\uXXXX": "after \\u four hexadecimal digits are expected",
}


@dataclass(frozen=True)
class Document:
    """spec: what json.loads reads. lines: the place of each value by its path; names: of each name in an object."""

    spec: dict[str, Any]
    lines: Mapping[Path, Place] = field(repr=False)
    names: Mapping[Path, Place] = field(default_factory=dict, repr=False)

    def problem(self, path: Path, message: str, *, at_name: bool = False) -> Problem:
        """message at the value of this path, or at its name; at the nearest one around it when it is not there."""
        known = path
        while known not in self.lines:
            known = known[:-1]
        line, column = self.names.get(known, self.lines[known]) if at_name else self.lines[known]
        return Problem(line, column, path_text(path), message)


def read_document(text: str) -> Document:
    """The document of a text. Raises BadDocument: too long, too deep, no JSON, or no object.

    Stricter than json.loads: no NaN, no name twice in one object (which of the two counts is not what people see), no
    lone surrogates, no number beyond float64.
    """
    size = len(text.encode(errors="surrogatepass"))
    if size > MAX_BYTES:
        raise BadDocument([Problem(1, 1, "", f"A document has at most {MAX_BYTES:,} bytes; {size:,} came.")])
    scanner = _Scanner(text)
    spec = scanner.document()
    if not isinstance(spec, dict):
        raise BadDocument([Problem(*scanner.lines[()], "", "A panel is one object: { … }.")])
    return Document(spec, scanner.lines, scanner.names)


class _Scanner:
    """Reads one text from its start to its end; recursion ends at MAX_DEPTH."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, Place] = {}
        self.names: dict[Path, Place] = {}
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def document(self) -> Any:
        if self.text.startswith("\ufeff"):
            self._refuse("The text begins with a byte order mark, which JSON does not have.")
        if not self._peek():
            self._refuse("The document is empty; a chart is expected: { … }.")
        value = self._value(())
        if rest := self._peek():
            why = "a comma or bracket too much?" if rest in ",]}" else "only one { … } is expected"
            self._refuse(f"The document ended before this {rest}: {why}")
        return value

    def _value(self, path: Path) -> Any:
        letter = self._peek()
        self.lines[path] = self._place(self.at)
        if letter == "{":
            return self._inside(path, self._object)
        if letter == "[":
            return self._inside(path, self._list)
        if letter == '"':
            return self._string()
        return self._scalar(letter)

    def _inside(self, path: Path, read: Any) -> Any:
        if len(path) >= MAX_DEPTH:
            self._refuse(f"Objects and lists are nested deeper than {MAX_DEPTH} levels.", path)
        self.at += 1
        return read(path, self.at - 1)

    def _object(self, path: Path, opened: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while (letter := self._peek()) != "}" or found:
            if letter != '"':
                self._refuse_name(letter, opened)
            begin = self.at
            name = self._string()
            here = (*path, name)
            if name in found:
                first = self.names[here][0]
                self._refuse(f'"{name[:60]}" is given twice in this object; first in line {first}.', here, begin)
            self.names[here] = self._place(begin)
            if self._peek() != ":":
                self._refuse(f'A colon is expected after the name "{name[:60]}".', here)
            self.at += 1
            found[name] = self._value(here)
            if not self._goes_on("}", opened, path):
                return found
        self.at += 1
        return found

    def _list(self, path: Path, opened: int) -> list[Any]:
        found: list[Any] = []
        while self._peek() != "]" or found:
            found.append(self._value((*path, len(found))))
            if not self._goes_on("]", opened, path):
                return found
        self.at += 1
        return found

    def _goes_on(self, end: str, opened: int, path: Path) -> bool:
        """Whether a comma follows a value, and with it another one; the end is taken."""
        letter = self._peek()
        if letter == end:
            self.at += 1
            return False
        if letter == ",":
            comma = self.at
            self.at += 1
            if self._peek() == end:
                self._refuse(f"This comma is the last thing before the {end}: take it away.", path, comma)
            return True
        return self._refuse_rest(letter, end, opened, path)

    def _string(self) -> str:
        begin = self.at
        try:
            found, self.at = scanstring(self.text, begin + 1, True)
        except JSONDecodeError as error:
            known = (said for start, said in _STRING_PROBLEMS.items() if error.msg.startswith(start))
            self._refuse(f"{_capital(next(known, error.msg))}.", at=error.pos)
        try:
            found.encode()
        except UnicodeEncodeError as error:
            code = f"U+{ord(found[error.start]):04X}"
            self._refuse(f"This text holds half of a surrogate pair ({code}), which is no character.", at=begin)
        return found

    def _scalar(self, letter: str) -> Any:
        begin = self.at
        number = _NUMBER.match(self.text, begin)
        word = _WORD.match(self.text, begin)
        said = word.group() if word else ""
        if number and (not said or number.group() == said):
            self.at = number.end()
            return self._number(number, begin)
        if said in _WORDS:
            self.at = begin + len(said)
            return _WORDS[said]
        shown = said[:40]
        if said in _NOT_NUMBERS:
            self._refuse(f"JSON has no {said}; null stands for what is missing.")
        if said in _NOT_JSON:
            self._refuse(f"JSON writes {_NOT_JSON[said]}, not {said}.")
        if number or (said and said[0] in "-+.0123456789"):
            self._refuse(f"{shown} is no number as JSON writes it: 0.5, -3, 1e-4.")
        if said:
            self._refuse(f'{shown} stands alone: a text stands in quotes, "{shown}".')
        return self._refuse_letter(letter, "a value is expected")

    def _number(self, found: re.Match[str], begin: int) -> int | float:
        text = found.group()
        if len(text) > _LONGEST_NUMBER:
            self._refuse(f"A number has at most {_LONGEST_NUMBER} characters; this has {len(text):,}.", at=begin)
        value = float(text)
        if value in (float("inf"), float("-inf")):
            self._refuse(f"{text[:40]} is larger than a number can be here (1.8e308).", at=begin)
        return value if found.group(1) or found.group(2) else int(text)

    def _peek(self) -> str:
        """The next letter that is no space, "" at the end."""
        space = _SPACE.match(self.text, self.at)
        self.at = space.end() if space else self.at
        return self.text[self.at : self.at + 1]

    def _place(self, at: int) -> Place:
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1

    def _refuse_name(self, letter: str, opened: int) -> NoReturn:
        if not letter:
            self._refuse_open(opened)
        word = _WORD.match(self.text, self.at)
        if word:
            self._refuse(f'A name stands in double quotes: "{word.group()[:40]}".')
        self._refuse_letter(letter, "a name in double quotes or } is expected")

    def _refuse_rest(self, letter: str, end: str, opened: int, path: Path) -> NoReturn:
        if not letter:
            self._refuse_open(opened)
        if letter in "}]":
            line, _ = self._place(opened)
            self._refuse(f"{end} is expected for the {self.text[opened]} of line {line}, not {letter}.", path)
        self._refuse_letter(letter, f"a comma or {end} is expected")

    def _refuse_open(self, opened: int) -> NoReturn:
        line, _ = self._place(opened)
        self._refuse(f"The document ends, and the {self.text[opened]} of line {line} is still open.")

    def _refuse_letter(self, letter: str, expected: str) -> NoReturn:
        if not letter:
            self._refuse(f"The document ends here, where {expected}.")
        if letter in _QUOTES:
            self._refuse(f"{_capital(_QUOTES[letter])}.")
        if self.text.startswith(("//", "/*"), self.at) or letter == "#":
            self._refuse("JSON has no comments.")
        self._refuse(f"{json.dumps(letter, ensure_ascii=False)} stands where {expected}.")

    def _refuse(self, message: str, path: Path = (), at: int | None = None) -> NoReturn:
        raise BadDocument([Problem(*self._place(self.at if at is None else at), path_text(path), message)])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
