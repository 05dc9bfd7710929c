"""What two revisions of a report differ in, line by line. No Django."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal, TypeAlias

CONTEXT = 3  # lines around what differs
MAX_REGION = 2_000  # lines; of two longer texts between what they begin and end with alike, all came and went

Step: TypeAlias = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]


def unified(old: str, new: str, *, old_name: str, new_name: str) -> str:
    """The unified diff of two texts, "" of equal ones. Whatever the texts are, it takes at most about a second."""
    before, after = old.split("\n"), new.split("\n")
    lines = list(_hunks(before, after))
    return "\n".join([f"--- {old_name}", f"+++ {new_name}", *lines]) if lines else ""


class _Known(SequenceMatcher[str]):
    """Steps that are known, to be grouped as SequenceMatcher does."""

    def __init__(self, steps: list[Step]) -> None:
        super().__init__()
        self._steps = steps

    def get_opcodes(self) -> list[Step]:
        return self._steps


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for group in _Known(steps(before, after)).get_grouped_opcodes(CONTEXT):
        if all(kind == "equal" for kind, *_ in group):
            continue
        first, last = group[0], group[-1]
        yield f"@@ -{_span(first[1], last[2])} +{_span(first[3], last[4])} @@"
        for kind, old, old_end, new, new_end in group:
            if kind == "equal":
                yield from (f" {line}" for line in before[old:old_end])
            else:
                yield from (f"-{line}" for line in before[old:old_end])
                yield from (f"+{line}" for line in after[new:new_end])


def steps(before: Sequence[str], after: Sequence[str]) -> list[Step]:
    """How the one becomes the other, in the form of SequenceMatcher's opcodes."""
    shorter = min(len(before), len(after))
    head = next((place for place in range(shorter) if before[place] != after[place]), shorter)
    room = shorter - head
    tail = next((place for place in range(room) if before[-1 - place] != after[-1 - place]), room)
    old_end, new_end = len(before) - tail, len(after) - tail
    found: list[Step] = [("equal", 0, head, 0, head)] if head else []
    if max(old_end, new_end) - head > MAX_REGION:
        found.append(("replace", head, old_end, head, new_end))
    else:
        compared = SequenceMatcher(None, before[head:old_end], after[head:new_end]).get_opcodes()
        found += [(kind, a + head, b + head, c + head, d + head) for kind, a, b, c, d in compared]
    if tail:
        found.append(("equal", old_end, len(before), new_end, len(after)))
    return found


def _span(start: int, end: int) -> str:
    """Lines as a hunk's head names them; of none, the line before."""
    return f"{start + 1},{end - start}" if end > start else f"{start},0"
