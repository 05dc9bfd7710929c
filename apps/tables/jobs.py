"""What a worker does for tables: it indexes the costs of old runs when those of their project have changed."""

import time
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from apps.runs.models import Run
from apps.tables.cost_values import index_costs
from apps.tables.forms import CONFUSION
from apps.tables.models import CostIndexing
from apps.tables.queries import keys_of

STEP_SECONDS = 10.0
RUNS_AT_ONCE = 200
FORGOTTEN_AFTER = timedelta(seconds=60)  # since a worker was last seen at it


def reindex_costs(project_id: int) -> bool:
    """Index the costs of a project's runs anew, for STEP_SECONDS and one run more; whether some are left.

    It goes on where the row says, so killed anywhere, or done by two workers at once, it only repeats some runs.
    """
    until = time.monotonic() + STEP_SECONDS
    while True:
        work = CostIndexing.objects.filter(project_id=project_id).first()
        if work is None:
            return False
        _next_runs(work, until)
        if time.monotonic() > until:
            return True


def _next_runs(work: CostIndexing, until: float) -> None:
    """The next RUNS_AT_ONCE runs, one at least when the time is over. A change of the costs meanwhile begins anew."""
    same = CostIndexing.objects.filter(project_id=work.project_id, version=work.version, after=work.after)
    runs = Run.objects.filter(project_id=work.project_id, deleted_at=None, id__gt=work.after).order_by("id")
    run_ids = list(runs.values_list("id", flat=True)[:RUNS_AT_ONCE])
    if not run_ids:
        same.delete()
        return
    done = 0
    keys = keys_of(CONFUSION, run_ids)
    for run_id in run_ids:
        if keys[run_id]:
            index_costs(run_id)
        done += 1
        if time.monotonic() > until:
            break
    same.update(after=run_ids[done - 1], done=F("done") + done, touched_at=timezone.now())


def forgotten_indexings() -> list[int]:
    """The projects whose costs are being indexed and that no worker was seen at."""
    silent = CostIndexing.objects.filter(touched_at__lt=timezone.now() - FORGOTTEN_AFTER)
    return list(silent.order_by("touched_at").values_list("project_id", flat=True))
