"""What follows an accepted batch: tell the workers, once per run and a while; roll up when nobody listens.

Hints are errands (apps/core/errands.py): a lost one costs time, not data, as the sweep finds the run by its
PendingRun row.
"""

import functools
from datetime import timedelta

from django.utils import timezone

from apps.core.errands import Errands
from apps.core.memory import Memory
from apps.history import jobs, tasks
from apps.history.models import PendingRun

SETTLE_AFTER_SECONDS = 5.0  # each compaction writes the last chunks of its series anew
AT_ONCE_FROM = 100_000  # points of a batch that is worth compacting at once
PENDING_SECONDS = 20.0  # a run is marked anew so often; less than jobs.FORGET_AFTER
ROLL_UP_FROM_WAITING = 1_024  # more than most runs send until their compaction is due
MAX_RUNS = 4_096

_errands = Errands("history-hints")
_marked: Memory[int, bool] = Memory(PENDING_SECONDS, MAX_RUNS)
_hinted: Memory[int, bool] = Memory(SETTLE_AFTER_SECONDS, MAX_RUNS)
_appended: dict[int, int] = {}  # batches since this process looked whether to roll up


def mark_pending(run_id: int) -> None:
    """Note in the metadata plane that a run may have batches waiting; before the batch, so that no sweep misses it."""
    if _marked.get(run_id):
        return
    learn = _marked.learner()
    PendingRun.objects.update_or_create(run_id=run_id, defaults={"marked_at": timezone.now()})
    learn(run_id, True)


def batch_accepted(run_id: int, points: int, batches_waiting: int) -> None:
    """Hint a compaction, at most one per run and SETTLE_AFTER_SECONDS; roll up when many small batches wait."""
    if points >= AT_ONCE_FROM:
        _hint(run_id, None)
    elif not _hinted.get(run_id):
        _hinted.learner()(run_id, True)
        _hint(run_id, SETTLE_AFTER_SECONDS)
    appended = _appended.get(run_id, 0) + 1
    if appended >= jobs.ROLL_UP_FROM and batches_waiting >= ROLL_UP_FROM_WAITING:
        appended = 0
        _errands.put("roll up a run", functools.partial(jobs.roll_up, run_id))
    if len(_appended) > MAX_RUNS:
        _appended.clear()
    _appended[run_id] = appended


def _hint(run_id: int, after: float | None) -> None:
    hint = functools.partial(tasks.settle_run.apply_async, (run_id,), countdown=after, retry=False)
    _errands.put("settle a run", hint)


assert timedelta(seconds=PENDING_SECONDS) < jobs.FORGET_AFTER
