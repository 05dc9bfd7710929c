"""What follows an accepted batch: tell the workers, once per run and a while; roll up when nobody listens.

Hints are sent by a thread of their own, so that a slow or missing broker never slows a request. A lost hint costs
time, not data: the sweep finds the run by its PendingRun row.
"""

import logging
import os
import queue
import threading
import time
from datetime import timedelta

from django.db import connections
from django.utils import timezone

from apps.history import jobs, tasks
from apps.history.models import PendingRun

logger = logging.getLogger(__name__)

SETTLE_AFTER_SECONDS = 5.0  # each compaction writes the last chunks of its series anew
AT_ONCE_FROM = 100_000  # points of a batch that is worth compacting at once
PENDING_SECONDS = 20.0  # a run is marked anew so often; less than jobs.FORGET_AFTER
WARN_SECONDS = 60.0
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
        self.warned = -WARN_SECONDS
        self.work: queue.SimpleQueue[tuple[str, int, float]] = queue.SimpleQueue()
        self.thread: threading.Thread | None = None

    def put(self, what: str, run_id: int, after: float) -> None:
        self.work.put((what, run_id, after))
        if self.thread is None:
            with self.lock:
                if self.thread is None:
                    self.thread = threading.Thread(target=self.loop, name="history-hints", daemon=True)
                    self.thread.start()

    def loop(self) -> None:
        while True:
            what, run_id, after = self.work.get()
            try:
                if what == "settle":
                    tasks.settle_run.apply_async((run_id,), countdown=after or None, retry=False)
                else:
                    jobs.roll_up(run_id)
            except Exception as error:
                if time.monotonic() - self.warned > WARN_SECONDS:
                    self.warned = time.monotonic()
                    logger.warning("Could not %s a run: %s. The next sweep will find it.", what, error)
            finally:
                if what != "settle":
                    for connection in connections.all(initialized_only=True):
                        connection.close_if_unusable_or_obsolete()

    def forget_quiet_runs(self, now: float) -> None:
        for memory in (self.marked, self.hinted):
            for run_id in [run_id for run_id, at in memory.items() if now - at > 10 * PENDING_SECONDS]:
                memory.pop(run_id, None)
                self.appended.pop(run_id, None)


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
        _aftermath.put("settle", run_id, after)
    appended = _aftermath.appended.get(run_id, 0) + 1
    if appended >= jobs.ROLL_UP_FROM and batches_waiting >= ROLL_UP_FROM_WAITING:
        appended = 0
        _aftermath.put("roll up", run_id, 0.0)
    _aftermath.appended[run_id] = appended


assert timedelta(seconds=PENDING_SECONDS) < jobs.FORGET_AFTER
