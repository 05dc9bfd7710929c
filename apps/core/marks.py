"""The seqs of one writer that are stored for good, as ranges: [first, last] pairs, ascending, int64, little-endian.

Gaps are allowed and never waited for: batches arrive in any order.
"""

import bisect

import numpy as np

from apps.core.errors import TrackerError

MAX_GAPS = 4_096


class TooManyGaps(TrackerError):
    code = "too_many_gaps"
    status = 429

    def __init__(self, writer: str, gaps: int) -> None:
        super().__init__(
            f"The stored seqs of writer {writer} have {gaps:,} gaps; at most {MAX_GAPS:,} are allowed. "
            "Send the missing batches first, or start a new writer.",
            retry_after=5,
        )


class Marks:
    """A set of seqs that grows."""

    def __init__(self, blob: bytes = b"") -> None:
        pairs = np.frombuffer(blob, "<i8").tolist()
        self._first: list[int] = pairs[0::2]
        self._last: list[int] = pairs[1::2]

    def __contains__(self, seq: int) -> bool:
        place = bisect.bisect_right(self._first, seq) - 1
        return place >= 0 and seq <= self._last[place]

    @property
    def gaps(self) -> int:
        """How many runs of missing seqs lie between the stored ones."""
        return max(0, len(self._first) - 1)

    def require_room(self, writer: str) -> None:
        """Pass while a writer may leave another seq out. Raises TooManyGaps."""
        if self.gaps >= MAX_GAPS:
            raise TooManyGaps(writer, self.gaps)

    def add(self, seqs: list[int]) -> None:
        """Mark seqs, in any order, marked or not."""
        for seq in sorted(seqs):
            place = bisect.bisect_right(self._first, seq) - 1
            if place >= 0 and seq <= self._last[place]:
                continue
            joins_left = place >= 0 and self._last[place] == seq - 1
            joins_right = place + 1 < len(self._first) and self._first[place + 1] == seq + 1
            if joins_left and joins_right:
                self._last[place] = self._last.pop(place + 1)
                self._first.pop(place + 1)
            elif joins_left:
                self._last[place] = seq
            elif joins_right:
                self._first[place + 1] = seq
            else:
                self._first.insert(place + 1, seq)
                self._last.insert(place + 1, seq)

    def to_bytes(self) -> bytes:
        pairs = np.empty(2 * len(self._first), dtype="<i8")
        pairs[0::2] = self._first
        pairs[1::2] = self._last
        return pairs.tobytes()
