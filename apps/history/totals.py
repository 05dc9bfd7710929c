"""How many points a run holds, remembered for a second: counting what waits costs more than storing a row.

A process adds what it stores itself to what it has counted. So a receipt lacks at most what reached the run through
another process within the last second, and counts nothing twice.
"""

from threading import Lock

from apps.core.memory import Memory
from apps.history import store
from apps.history.store import Waiting

COUNT_SECONDS = 1.0
MAX_RUNS = 4_096


class Count:
    """What was counted of a run, with what this process has stored since."""

    def __init__(self, held: Waiting) -> None:
        self.held = held


_counts: Memory[int, Count] = Memory(COUNT_SECONDS, MAX_RUNS)
_adding = Lock()


def current_count(run_id: int) -> Count | None:
    """The count to add a batch to: asked for before the batch is stored, since a later one may include it already."""
    return _counts.get(run_id)


def held_with(run_id: int, points: int, before: Count | None) -> Waiting:
    """What the run holds after a batch of so many points was stored. before: its current_count before that."""
    with _adding:
        if before is not None and _counts.get(run_id) is before:
            compacted, batches, waiting = before.held
            before.held = Waiting(compacted, batches + 1, waiting + points)
            return before.held
    learn = _counts.learner()
    held = store.waiting(run_id)
    learn(run_id, Count(held))
    return held


def forget_count(run_id: int) -> None:
    """Count the run anew when it is asked for next."""
    _counts.forget(lambda counted: counted == run_id)
