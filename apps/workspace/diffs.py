"""Unified diffs as lines to show: files, line numbers, what came and went. No Django."""

import re
from typing import NamedTuple

_HUNK = re.compile(r"@@ -(\d{1,9})(?:,\d{1,9})? \+(\d{1,9})(?:,\d{1,9})? @@")
_NOTES = ("new file", "deleted file", "rename from", "rename to", "similarity", "Binary files", "old mode", "new mode")
LONGEST_LINE = 2_000  # characters shown


class DiffLine(NamedTuple):
    """One line. kind: "same", "added", "removed", "hunk" or "note". old, new: its numbers, None where it is not."""

    kind: str
    old: int | None
    new: int | None
    text: str


class DiffFile(NamedTuple):
    """The changes of one file."""

    name: str
    notes: list[str]
    lines: list[DiffLine]

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
            files.append(DiffFile(_name(line), [], []))
            inside = False
            if line.startswith("diff --git "):
                continue
        file = files[-1]
        hunk = _HUNK.match(line)
        if hunk:
            old, new, inside = int(hunk[1]), int(hunk[2]), True
            file.lines.append(DiffLine("hunk", None, None, shown))
        elif not inside:
            if line.startswith(_NOTES):
                file.notes.append(shown)
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


def _name(line: str) -> str:
    """The file of `diff --git a/x b/x`; the whole line where that cannot be told."""
    _, _, rest = line.partition(" b/")
    return rest if line.startswith("diff --git ") and rest else "diff"
