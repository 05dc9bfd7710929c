"""Lines of a diff as templates draw them (workspace/_diff_lines.html): unified or side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.safestring import SafeString

from apps.core.diffs import DiffFile, DiffLine, pairs


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


def shown_file(
    file: DiffFile, html: Mapping[DiffLine, SafeString], *, side: bool = False, folded: bool = False
) -> ShownFile:
    """One file of a diff. html: of each of its lines; side: side by side."""

    def line(one: DiffLine) -> ShownLine:
        return ShownLine(one.kind, one.old, one.new, html[one])

    rows = []
    if side:
        rows = [ShownPair(line(a) if a else None, line(b) if b else None) for a, b in pairs(file.lines)]
    lines = [] if side else [line(one) for one in file.lines]
    return ShownFile(file.name, file.added, file.removed, file.notes, lines, rows, folded)
