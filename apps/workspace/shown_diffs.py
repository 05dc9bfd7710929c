"""Diffs as pages show them: lines in syntax colours, unified or side by side, large files folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.safestring import SafeString

from apps.workspace.code_differences import FileDifference, pairs
from apps.workspace.diffs import DiffFile, DiffLine
from apps.workspace.highlighting import Colours

FOLDED_FROM = 400  # lines of a file
OPEN_LINES = 3_000  # of a page; files beyond them are folded


class ShownLine(NamedTuple):
    """A line with its colours."""

    kind: str
    old: int | None
    new: int | None
    html: SafeString


class ShownPair(NamedTuple):
    """A line beside a line, None where a side has none."""

    left: ShownLine | None
    right: ShownLine | None


@dataclass
class ShownFile:
    """One file. lines: unified; rows: the same side by side, when that was asked for."""

    name: str
    added: int
    removed: int
    notes: Sequence[str] = ()
    lines: list[ShownLine] = field(default_factory=list)
    rows: list[ShownPair] = field(default_factory=list)
    folded: bool = False


@dataclass
class ShownDifference:
    """One file in two runs. parts: what is to be seen of it, with whose it is, "" where it leads across."""

    name: str
    kind: str
    parts: list[tuple[str, ShownFile]]
    folded: bool


def coloured_files(files: Sequence[DiffFile]) -> list[ShownFile]:
    """The files of one diff."""
    colours, room = Colours(), _Room()
    return [_shown(file, colours, folded=room.folds(len(file.lines))) for file in files]


def coloured_differences(found: Sequence[FileDifference], *, side: bool) -> list[ShownDifference]:
    """The files of two runs; side: side by side."""
    colours, room = Colours(), _Room()
    shown = []
    for one in found:
        if one.kind == "apart":
            files = [(whose, file) for whose, file in (("first", one.first), ("other", one.other)) if file]
        elif one.kind == "same" and one.first:
            files = [("", one.first)]
        else:
            notes = [note for file in (one.first, one.other) if file for note in file.notes]
            files = [("", DiffFile(one.name, list(dict.fromkeys(notes)), one.lines))]
        folded = one.kind == "same" or room.folds(sum(len(file.lines) for _, file in files))
        parts = [(whose, _shown(file, colours, side=side and one.kind == "differs")) for whose, file in files]
        shown.append(ShownDifference(one.name, one.kind, parts, folded))
    return shown


class _Room:
    """How many lines a page still shows without being asked."""

    def __init__(self) -> None:
        self.left = OPEN_LINES

    def folds(self, lines: int) -> bool:
        if lines > min(FOLDED_FROM, self.left):
            return True
        self.left -= lines
        return False


def _shown(file: DiffFile, colours: Colours, *, side: bool = False, folded: bool = False) -> ShownFile:
    html = colours.of(file.name, file.lines)

    def line(one: DiffLine) -> ShownLine:
        return ShownLine(one.kind, one.old, one.new, html[one])

    rows = []
    if side:
        rows = [ShownPair(line(a) if a else None, line(b) if b else None) for a, b in pairs(file.lines)]
    lines = [] if side else [line(one) for one in file.lines]
    return ShownFile(file.name, file.added, file.removed, file.notes, lines, rows, folded)
