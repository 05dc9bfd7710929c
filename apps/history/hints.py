"""What follows an accepted batch: tell the workers, once per run and a while; roll up when nobody listens.

Hints are errands (apps/core/errands.py): a lost one costs time, not data, as the sweep finds the run by its
PendingRun row.
"""

import functools
import os
import threading
import time
from datetime import timedelta

from django.utils import timezone

from apps.core.errands import Errands
from apps.history import jobs, tasks
from apps.history.models import PendingRun

SETTLE_AFTER_SECONDS = 5.0  # each compaction writes the last chunks of its series anew
AT_ONCE_FROM = 100_000  # points of a batch that is worth compacting at once
PENDING_SECONDS = 20.0  # a run is marked anew so often; less than jobs.FORGET_AFTER
ROLL_UP_FROM_WAITING = 1_024  # more than most runs send until their compaction is due


class _Aftermath:
    """This process' memory of what it told whom."""

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self.lock = threading.Lock()
        self.marked: dict[int, float] = {}
        self.hinted: dict[int, float] = {}
        self.appended: dict[int, int] = {}

    def forget_quiet_runs(self, now: float) -> None:
        for memory in (self.marked, self.hinted):
            for run_id in [run_id for run_id, at in memory.items() if now - at > 10 * PENDING_SECONDS]:
                memory.pop(run_id, None)
                self.appended.pop(run_id, None)


_errands = Errands("history-hints")
_aftermath = _Aftermath()


def mark_pending(run_id: int) -> None:
    """Note in the metadata plane that a run may have batches waiting; before the batch, so that no sweep misses it."""
    now = time.monotonic()
    if now - _aftermath.marked.get(run_id, -PENDING_SECONDS) < PENDING_SECONDS:
        return
    PendingRun.objects.update_or_create(run_id=run_id, defaults={"marked_at": timezone.now()})
    with _aftermath.lock:
        _aftermath.forget_quiet_runs(now)
        _aftermath.marked[run_id] = now


def batch_accepted(run_id: int, points: int, batches_waiting: int) -> None:
    """Hint a compaction, at most one per run and SETTLE_AFTER_SECONDS; roll up when many small batches wait."""
    now = time.monotonic()
    at_once = points >= AT_ONCE_FROM
    after = 0.0 if at_once else SETTLE_AFTER_SECONDS
    if now >= _aftermath.hinted.get(run_id, 0.0) or at_once:
        _aftermath.hinted[run_id] = now + after
        hint = functools.partial(tasks.settle_run.apply_async, (run_id,), countdown=after or None, retry=False)
        _errands.put("settle a run", hint)
    appended = _aftermath.appended.get(run_id, 0) + 1
    if appended >= jobs.ROLL_UP_FROM and batches_waiting >= ROLL_UP_FROM_WAITING:
        appended = 0
        _errands.put("roll up a run", functools.partial(jobs.roll_up, run_id))
    _aftermath.appended[run_id] = appended


assert timedelta(seconds=PENDING_SECONDS) < jobs.FORGET_AFTER
