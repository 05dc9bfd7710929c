"""Unified diffs as lines to show: files, line numbers, what came and went. No Django."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import NamedTuple

HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,\d{1,9})? @@")
_NOTES = ("new file", "deleted file", "rename from", "rename to", "similarity", "Binary files", "old mode", "new mode")
_INDEX = re.compile(r"index ([0-9a-f]{4,64})\.\.[0-9a-f]{4,64}")
LONGEST_LINE = 2_000  # characters shown


class DiffLine(NamedTuple):
    """One line. kind: "same", "added", "removed", "hunk" or "note". old, new: its numbers, None where it is not."""

    kind: str
    old: int | None
    new: int | None
    text: str


@dataclass
class DiffFile:
    """The changes of one file. blob: the first characters of what git calls its content before them, "" unknown."""

    name: str
    notes: list[str] = field(default_factory=list)
    lines: list[DiffLine] = field(default_factory=list)
    blob: str = ""

    @property
    def binary(self) -> bool:
        return any(note.startswith("Binary files") for note in self.notes)

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)


class Diff(NamedTuple):
    """Files in order. left_out: lines of the text beyond the first so many."""

    files: list[DiffFile]
    left_out: int


class Pair(NamedTuple):
    """A line beside a line, None where a side has none. A hunk's head stands on both."""

    left: DiffLine | None
    right: DiffLine | None


def parsed(text: str, most_lines: int) -> Diff:
    """The files of a unified diff, up to so many of its lines. Any text is one: what it does not tell is a note."""
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    files: list[DiffFile] = []
    old = new = 0
    inside = False  # a hunk
    for line in lines[:most_lines]:
        shown = line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
        if line.startswith("diff --git ") or not files:
            files.append(DiffFile(_name(line)))
            inside = False
            if line.startswith("diff --git "):
                continue
        file = files[-1]
        hunk = HUNK.match(line)
        if hunk:
            old, new, inside = int(hunk[1]), int(hunk[3]), True
            file.lines.append(DiffLine("hunk", None, None, shown))
        elif not inside:
            if line.startswith(_NOTES):
                file.notes.append(shown)
            elif index := _INDEX.match(line):
                file.blob = index[1]
            elif not line.startswith(("index ", "--- ", "+++ ")):
                file.lines.append(DiffLine("note", None, None, shown))
        elif line.startswith("+"):
            file.lines.append(DiffLine("added", None, new, shown[1:]))
            new += 1
        elif line.startswith("-"):
            file.lines.append(DiffLine("removed", old, None, shown[1:]))
            old += 1
        elif line.startswith(" ") or not line:
            file.lines.append(DiffLine("same", old, new, shown[1:]))
            old, new = old + 1, new + 1
        else:
            file.lines.append(DiffLine("note", None, None, shown))
    return Diff(files, max(0, len(lines) - most_lines))


def pairs(lines: Sequence[DiffLine]) -> list[Pair]:
    """Unified lines side by side: removed beside added, in order."""
    found: list[Pair] = []
    removed: list[DiffLine] = []
    added: list[DiffLine] = []

    def settle() -> None:
        found.extend(Pair(left, right) for left, right in zip_longest(removed, added))
        removed.clear()
        added.clear()

    for line in lines:
        if line.kind == "removed":
            if added:
                settle()
            removed.append(line)
        elif line.kind == "added":
            added.append(line)
        else:
            settle()
            found.append(Pair(line, line))
    settle()
    return found


def _name(line: str) -> str:
    """The file of `diff --git a/x b/x`; the whole line where that cannot be told."""
    _, _, rest = line.partition(" b/")
    return rest if line.startswith("diff --git ") and rest else "diff"
