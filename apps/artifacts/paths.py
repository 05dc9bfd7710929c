"""The names of run files: which are taken, and why not. No Django."""

import unicodedata

from apps.core.errors import Invalid
from apps.core.json_values import printable, text_problem

MAX_PATH_BYTES = 1_000
MAX_PART_BYTES = 250
# Characters that make a name read otherwise than it is: line ends, and marks that turn the direction of writing.
_MISLEADING = {
    *"\u2028\u2029",
    *"\u200e\u200f\u061c",
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
}


class BadPath(Invalid):
    """A file cannot have this path; nothing was stored."""

    code = "bad_path"

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"A file cannot be called {printable(text)!r}: {why}. Nothing was stored.", fields={"path": why}
        )


def checked_path(text: str) -> str:
    """A run file's path in the form it is kept in: relative, parts joined by "/", in Unicode's form NFC.

    Raises BadPath, which says why.
    """
    problem = text_problem(text)
    if problem:
        raise BadPath(text, f"it {problem}")
    path = unicodedata.normalize("NFC", text)
    why = _problem(path)
    if why:
        raise BadPath(text, why)
    return path


def _problem(path: str) -> str:
    if not path:
        return "it is empty"
    size = len(path.encode())
    if size > MAX_PATH_BYTES:
        return f"it has {size:,} bytes, at most {MAX_PATH_BYTES:,} are allowed"
    if path.startswith("/"):
        return "it begins with /, paths are relative to the run"
    if "\\" in path:
        return "it holds a backslash, folders are parted by /"
    for character in path:
        if unicodedata.category(character) == "Cc" or character in _MISLEADING:
            return f"it holds the control character U+{ord(character):04X}"
    for part in path.split("/"):
        if not part:
            return "it ends with / or has an empty part, it must name a file"
        if part in (".", ".."):
            return f"it has the part {part}, which would lead elsewhere"
        if part != part.strip():
            return f"its part {part!r} begins or ends with a space"
        if len(part.encode()) > MAX_PART_BYTES:
            return f"one of its parts has {len(part.encode()):,} bytes, at most {MAX_PART_BYTES} are allowed"
    return ""


def folder_of(path: str) -> str:
    """The folder of a file, "" for the run's own: "media/loss/3.png" lies in "media/loss"."""
    return path.rpartition("/")[0]
