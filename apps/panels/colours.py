"""Which colour a run has on every chart. The page's colours.js holds the same numbers. No Django."""

from collections.abc import Iterable

SLOTS = 30  # ten colours, then the same with dashes, then with dots
RUN_COLOURS = {  # of slots 0 to 9, as panels.css has them
    "light": (
        *("#4a70e2", "#c46a08", "#35967f", "#a8186f", "#a08a14"),
        *("#2b7099", "#a04b42", "#5f2494", "#3f6b1e", "#7c83a6"),
    ),
    "dark": (
        *("#5aa9fb", "#fda03a", "#35b37a", "#cf7cc0", "#f0cf42"),
        *("#84e0fa", "#ea6f38", "#a084f2", "#bce4a8", "#aab2c2"),
    ),
}


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
