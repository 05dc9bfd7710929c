"""What follows lines that were added: tell the workers, once per run and a while; join chunks here when nobody does.

Hints are errands (apps/core/errands.py): a lost one costs time, not data, as the sweep finds the run by its
PendingRun row.
"""

import functools

from django.utils import timezone

from apps.console import jobs, tasks
from apps.console.models import PendingRun
from apps.core.errands import Errands
from apps.core.memory import Memory

SETTLE_AFTER_SECONDS = 10.0  # each time writes the last chunk anew
PENDING_SECONDS = 20.0  # a run is marked anew so often; less than jobs.FORGET_AFTER
SETTLE_HERE_FROM = 512  # batches of a run through this process: more than come until a worker has settled it
MAX_RUNS = 4_096

_errands = Errands("console-hints")
_marked: Memory[int, bool] = Memory(PENDING_SECONDS, MAX_RUNS)
_hinted: Memory[int, bool] = Memory(SETTLE_AFTER_SECONDS, MAX_RUNS)
_added: dict[int, int] = {}  # batches since this process looked how many chunks wait


def mark_pending(run_id: int) -> None:
    """Note in the metadata plane that a run may have small chunks; before the first, so that no sweep misses it."""
    if _marked.get(run_id):
        return
    learn = _marked.learner()
    PendingRun.objects.update_or_create(run_id=run_id, defaults={"marked_at": timezone.now()})
    learn(run_id, True)


def lines_added(run_id: int) -> None:
    """Hint a settling, at most one per run and SETTLE_AFTER_SECONDS; settle here what no worker has."""
    if not _hinted.get(run_id):
        _hinted.learner()(run_id, True)
        hint = functools.partial(
            tasks.settle_console.apply_async, (run_id,), countdown=SETTLE_AFTER_SECONDS, retry=False
        )
        _errands.put("settle the console of a run", hint)
    added = _added.get(run_id, 0) + 1
    if added >= SETTLE_HERE_FROM:
        added = 0
        _errands.put("settle the console of a run", functools.partial(jobs.settle_if_many, run_id, SETTLE_HERE_FROM))
    if len(_added) > MAX_RUNS:
        _added.clear()
    _added[run_id] = added


def forget(run_id: int) -> None:
    """Drop what is remembered of a run whose lines were removed."""
    PendingRun.objects.filter(run_id=run_id).delete()
    _marked.forget(lambda marked: marked == run_id)
