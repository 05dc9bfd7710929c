"""Which colour a run has on every chart. The page's colours.js holds the same numbers. No Django."""

from collections.abc import Iterable

SLOTS = 30  # ten colours, then the same with dashes, then with dots


def preferred_slot(run_id: int) -> int:
    """The slot a run gets when it is free: its id's last character decides."""
    return (run_id & 31) % 10


def free_slot(run_id: int, taken: set[int]) -> int:
    """The slot of one more run beside those taken: solid colours first, the nearest free one from the preferred on."""
    start = preferred_slot(run_id)
    for block in range(0, SLOTS, 10):
        for step in range(10):
            slot = block + (start + step) % 10
            if slot not in taken:
                return slot
    return start


def run_slots(run_ids: Iterable[int]) -> dict[int, int]:
    """A slot for each run, in the order given: a run added at the end changes no other's colour."""
    slots: dict[int, int] = {}
    taken: set[int] = set()
    for run_id in run_ids:
        slots[run_id] = free_slot(run_id, taken)
        taken.add(slots[run_id])
    return slots
