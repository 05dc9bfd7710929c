"""How many points a run holds, remembered for a second: counting what waits costs more than storing a row.

A process adds what it stores itself to what it has counted. So a receipt lacks at most what reached the run through
another process within the last second, and counts nothing twice.
"""

import time
from collections import OrderedDict
from threading import Lock

from apps.history import store
from apps.history.store import Waiting

COUNT_SECONDS = 1.0
MAX_RUNS = 4_096


class Count:
    """What was counted of a run, and what was stored since. until: monotonic seconds."""

    def __init__(self, held: Waiting) -> None:
        self.held = held
        self.until = time.monotonic() + COUNT_SECONDS


_counts: OrderedDict[int, Count] = OrderedDict()
_lock = Lock()


def current_count(run_id: int) -> Count | None:
    """The count to add a batch to: asked for before the batch is stored, since a later one may include it already."""
    return _counts.get(run_id)


def held_with(run_id: int, points: int, before: Count | None) -> Waiting:
    """What the run holds after a batch of so many points was stored. before: its current_count before that."""
    with _lock:
        if before is not None and _counts.get(run_id) is before and time.monotonic() < before.until:
            compacted, batches, waiting = before.held
            before.held = Waiting(compacted, batches + 1, waiting + points)
            return before.held
    held = store.waiting(run_id)
    with _lock:
        _counts[run_id] = Count(held)
        _counts.move_to_end(run_id)
        while len(_counts) > MAX_RUNS:
            _counts.popitem(last=False)
    return held


def forget_count(run_id: int) -> None:
    """Count the run anew when it is asked for next."""
    with _lock:
        _counts.pop(run_id, None)
