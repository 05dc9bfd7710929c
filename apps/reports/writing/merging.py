"""Two texts that began as the same one, brought together line by line. No Django."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from apps.reports.revision_diffs import steps

MINE, BETWEEN, THEIRS = "<<<<<<< yours", "=======", ">>>>>>> theirs"


class Merged(NamedTuple):
    """overlaps: places that both changed differently; the text has both of each between MINE, BETWEEN and THEIRS."""

    text: str
    overlaps: int


class _Change(NamedTuple):
    """Lines [start, end) of the base that one side has others for; longer: by how many lines that side grew here."""

    start: int
    end: int
    longer: int
    mine: bool


def merged(base: str, mine: str, theirs: str) -> Merged:
    """Both sides' changes of base in one text; nothing of either is lost. As bounded in time as a diff is."""
    lines, own, other = base.split("\n"), mine.split("\n"), theirs.split("\n")
    found: list[str] = []
    overlaps = at = own_at = other_at = 0
    for group in _groups([*_changes(lines, own, mine=True), *_changes(lines, other, mine=False)]):
        start, end = group[0].start, max(change.end for change in group)
        found += lines[at:start]
        own_at, other_at = own_at + start - at, other_at + start - at
        own_end = own_at + end - start + sum(change.longer for change in group if change.mine)
        other_end = other_at + end - start + sum(change.longer for change in group if not change.mine)
        ours, others = own[own_at:own_end], other[other_at:other_end]
        if ours == others or others == lines[start:end]:
            found += ours
        elif ours == lines[start:end]:
            found += others
        else:
            overlaps += 1
            found += [MINE, *ours, BETWEEN, *others, THEIRS]
        at, own_at, other_at = end, own_end, other_end
    return Merged("\n".join(found + lines[at:]), overlaps)


def _changes(base: Sequence[str], side: Sequence[str], *, mine: bool) -> Iterator[_Change]:
    for kind, start, end, new, new_end in steps(base, side):
        if kind != "equal":
            yield _Change(start, end, (new_end - new) - (end - start), mine)


def _groups(changes: list[_Change]) -> Iterator[list[_Change]]:
    """Changes that overlap or touch, together."""
    group: list[_Change] = []
    for change in sorted(changes):
        if group and change.start > max(one.end for one in group):
            yield group
            group = []
        group.append(change)
    if group:
        yield group
