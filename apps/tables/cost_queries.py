"""Reads of what mistakes cost in a project."""

from collections.abc import Mapping
from typing import NamedTuple

from apps.runs.models import Project
from apps.tables.costs import Costs, expected_cost, read_costs
from apps.tables.matrices import Matrix
from apps.tables.models import CostIndexing, CostMatrix
from apps.tables.queries import Found


class Indexing(NamedTuple):
    """How far the costs of old runs are: done of total runs."""

    done: int
    total: int


def newest_costs(project_id: int) -> CostMatrix | None:
    """The version of a project's costs that counts, with its maker; None where nobody said any: one query."""
    found = CostMatrix.objects.select_related("made_by").filter(project_id=project_id)
    return found.order_by("-version").first()


def costs_of(project_id: int) -> Costs:
    """What mistakes cost in a project: one query."""
    newest = newest_costs(project_id)
    return Costs() if newest is None else read_costs(newest.costs)


def cost_versions(project_id: int, limit: int = 20) -> list[CostMatrix]:
    """The newest versions of a project's costs with their makers, the one that counts first: one query."""
    found = CostMatrix.objects.select_related("made_by").filter(project_id=project_id)
    return list(found.order_by("-version")[:limit])


def indexing_of(project: Project) -> Indexing | None:
    """How far the costs of old runs are, None when all are as the newest version has them: one query."""
    row = CostIndexing.objects.filter(project=project).values_list("done", "total").first()
    return None if row is None else Indexing(min(row[0], row[1]), row[1])


def run_costs(tables: Mapping[str, Found[Matrix]], costs: Costs) -> dict[str, float]:
    """By key the expected cost of each matrix that has examples."""
    found = {key: expected_cost(one.table, costs) for key, one in tables.items()}
    return {key: cost for key, cost in found.items() if cost is not None}
