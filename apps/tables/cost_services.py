"""Writes of what mistakes cost in a project."""

import functools
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from apps.accounts.audit import record
from apps.accounts.models import User
from apps.core.errands import Errands
from apps.runs.models import Project, Run
from apps.tables import tasks
from apps.tables.cost_queries import costs_of, newest_costs
from apps.tables.cost_values import index_costs
from apps.tables.costs import Costs
from apps.tables.errors import CostsChanged
from apps.tables.forms import CONFUSION
from apps.tables.models import CostIndexing, CostMatrix
from apps.tables.queries import keys_of

KEPT_VERSIONS = 100  # of a project's costs: the newest
errands = Errands("costs")


@transaction.atomic
def change_costs(project: Project, costs: Costs, *, by: User | None, after: int | None = None) -> int:
    """Make costs the newest version of a project's, and have its old runs indexed by it; gives the version.

    Equal costs change nothing. after: the version that the change was made from, None for any. Raises CostsChanged.
    """
    list(Project.objects.select_for_update().filter(pk=project.pk))  # one change at a time
    newest = newest_costs(project.pk)
    version = newest.version if newest else 0
    if after is not None and after != version:
        raise CostsChanged(version)
    if costs == costs_of(project.pk):
        return version
    version += 1
    CostMatrix.objects.create(project=project, version=version, costs=costs.as_json(), made_by=by)
    CostMatrix.objects.filter(project=project, version__lte=version - KEPT_VERSIONS).delete()
    record(by, "costs.changed", team=project.team, target=str(project), version=version)
    _index_anew(project, version)
    return version


def _index_anew(project: Project, version: int) -> None:
    total = Run.objects.filter(project=project, deleted_at=None).count()
    begun = {"version": version, "after": 0, "done": 0, "total": total, "touched_at": timezone.now()}
    CostIndexing.objects.update_or_create(project=project, defaults=begun)
    hint = functools.partial(tasks.reindex_costs.apply_async, (project.pk,), retry=False)
    transaction.on_commit(lambda: errands.put("index costs", hint))


def move_costs(run_ids: Sequence[int], source: Project, target: Project) -> None:
    """Let runs that moved cost what their new project says; in the transaction that moves them."""
    if costs_of(source.pk) == costs_of(target.pk):
        return
    for run_id, keys in keys_of(CONFUSION, run_ids).items():
        if keys:
            index_costs(run_id)
