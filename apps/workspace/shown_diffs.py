"""Diffs as pages show them: lines in syntax colours, unified or side by side, large files folded."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.core.diffs import DiffFile
from apps.core.shown_diffs import ShownFile, shown_file
from apps.workspace.code_differences import FileDifference
from apps.workspace.highlighting import Colours

FOLDED_FROM = 400  # lines of a file
OPEN_LINES = 3_000  # of a page; files beyond them are folded


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
    return [shown_file(file, colours.of(file.name, file.lines), folded=room.folds(len(file.lines))) for file in files]


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
        parts = [
            (whose, shown_file(file, colours.of(file.name, file.lines), side=side and one.kind == "differs"))
            for whose, file in files
        ]
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
