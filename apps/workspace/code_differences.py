"""What differs between the code of two runs, from the uncommitted diff of each. No Django.

Where both diffs begin from the same content of a file, what each run had around its changes is known line by line, and
so is what differs between the two: their own uncommitted lines, not a diff of diffs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from apps.core.diffs import HUNK, LONGEST_LINE, Diff, DiffFile, DiffLine

CONTEXT = 3  # lines shown around what differs
MAX_REGION = 2_000  # lines of one stretch that are compared; in a longer one the diffs are shown apart


@dataclass
class FileDifference:
    """One file in two runs.

    kind: "differs": lines lead from the first run's to the other's; "same": both changed it alike; "binary"; "apart":
    what it was before is not the same or not known, so each one's own changes stand alone. first, other: None where
    a run did not change it.
    """

    name: str
    kind: str
    first: DiffFile | None
    other: DiffFile | None
    lines: list[DiffLine] = field(default_factory=list)

    @property
    def added(self) -> int:
        return sum(line.kind == "added" for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.kind == "removed" for line in self.lines)


def code_differences(
    first: Diff, other: Diff, *, same_commit: bool, whole: tuple[bool, bool] = (True, True)
) -> list[FileDifference]:
    """The files that either run changed, by name, those that differ first.

    whole: whether each diff is all there; the last file of one that was cut, and files it may have lost, stand apart.
    """
    ours = {file.name: file for file in first.files}
    theirs = {file.name: file for file in other.files}
    unsure = {
        diff.files[-1].name
        for diff, all_there in zip((first, other), whole, strict=True)
        if diff.files and not all_there
    }
    found = []
    for name in sorted(ours.keys() | theirs.keys()):
        mine, yours = ours.get(name), theirs.get(name)
        known = all(whole) or (mine is not None and yours is not None and name not in unsure)
        found.append(_difference(name, mine, yours, known and _same_before(mine, yours, same_commit)))
    return sorted(found, key=lambda one: one.kind == "same")


def _same_before(mine: DiffFile | None, yours: DiffFile | None, same_commit: bool) -> bool:
    """Whether a file was the same before both runs changed it, as far as git's name of its content tells."""
    if mine is None or yours is None or not (mine.blob and yours.blob):
        return same_commit
    shorter = min(len(mine.blob), len(yours.blob))
    return mine.blob[:shorter] == yours.blob[:shorter]


def _difference(name: str, mine: DiffFile | None, yours: DiffFile | None, same_before: bool) -> FileDifference:
    if (mine and mine.binary) or (yours and yours.binary):
        return FileDifference(name, "binary", mine, yours)
    if not same_before:
        return FileDifference(name, "apart", mine, yours)
    if mine and yours and (mine.notes, mine.lines) == (yours.notes, yours.lines):
        return FileDifference(name, "same", mine, yours)
    lines = _between(_Side(mine), _Side(yours))
    if lines is None:
        return FileDifference(name, "apart", mine, yours)
    return FileDifference(name, "differs" if lines or _notes(mine) != _notes(yours) else "same", mine, yours, lines)


def _notes(file: DiffFile | None) -> list[str]:
    return file.notes if file else []


class _Side:
    """What a diff says of one file: its lines before, by number, and what became of them.

    before: number to text; gone: numbers that were removed; new: number to the lines put in front of it.
    """

    def __init__(self, file: DiffFile | None) -> None:
        self.before: dict[int, str] = {}
        self.gone: set[int] = set()
        self.new: dict[int, list[str]] = {}
        self.cut = False
        at = 0
        for line in file.lines if file else ():
            self.cut |= len(line.text) >= LONGEST_LINE - 1
            if line.kind == "hunk" and (hunk := HUNK.match(line.text)):
                at = int(hunk[1]) + (hunk[2] == "0")  # a hunk of no old lines names the line before it
            elif line.kind == "added":
                self.new.setdefault(at, []).append(line.text)
            elif line.kind in ("same", "removed"):
                self.before[at] = line.text
                if line.kind == "removed":
                    self.gone.add(at)
                at += 1

    def after(self, numbers: Sequence[int], before: dict[int, str]) -> list[str]:
        """What a stretch of lines became. before: what is known of them from either diff."""
        found: list[str] = []
        for number in numbers:
            found += self.new.get(number, ())
            if number in before and number not in self.gone:
                found.append(before[number])
        return found


def _between(first: _Side, other: _Side) -> list[DiffLine] | None:
    """The lines that lead from one to the other; None where they cannot be told."""
    if first.cut or other.cut:
        return None
    before = other.before | first.before
    lines: list[DiffLine] = []
    shift_first = shift_other = 0
    for numbers in _stretches(sorted({*before, *first.new, *other.new})):
        ours, theirs = first.after(numbers, before), other.after(numbers, before)
        if max(len(ours), len(theirs)) > MAX_REGION:
            return None
        lines += _hunks(ours, theirs, numbers[0] + shift_first, numbers[0] + shift_other)
        known = sum(number in before for number in numbers)
        shift_first += len(ours) - known
        shift_other += len(theirs) - known
    return lines


def _stretches(numbers: Sequence[int]) -> Iterator[list[int]]:
    """Runs of numbers without a gap."""
    stretch: list[int] = []
    for number in numbers:
        if stretch and number != stretch[-1] + 1:
            yield stretch
            stretch = []
        stretch.append(number)
    if stretch:
        yield stretch


def _hunks(ours: list[str], theirs: list[str], at_first: int, at_other: int) -> Iterator[DiffLine]:
    """What differs between two stretches, with context. at_first, at_other: the numbers of their first lines."""
    if ours == theirs:
        return
    for group in SequenceMatcher(None, ours, theirs).get_grouped_opcodes(CONTEXT):
        a, b = group[0][1], group[0][3]
        head = f"@@ -{at_first + a},{group[-1][2] - a} +{at_other + b},{group[-1][4] - b} @@"
        yield DiffLine("hunk", None, None, head)
        for kind, a, a_end, b, b_end in group:
            if kind == "equal":
                for place in range(a_end - a):
                    yield DiffLine("same", at_first + a + place, at_other + b + place, ours[a + place])
                continue
            for place in range(a, a_end):
                yield DiffLine("removed", at_first + place, None, ours[place])
            for place in range(b, b_end):
                yield DiffLine("added", None, at_other + place, theirs[place])
