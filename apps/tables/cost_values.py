"""What a run's confusion matrices cost, in the values index: cost["val"] of a filter."""

from apps.runs.models import Namespace, Run
from apps.runs.values import note_kept
from apps.tables.cost_queries import costs_of, run_costs
from apps.tables.forms import CONFUSION
from apps.tables.queries import newest_tables


def index_costs(run_id: int) -> dict[str, float]:
    """Write the expected cost of each newest matrix of a run by its project's costs; gives them by key.

    Done twice, and without the run, it changes nothing. Costs are read once the run is locked: whoever changes them
    comes to this run afterwards (jobs.reindex_costs), so that the newest always win.
    """
    costs: dict[str, float] = {}

    def values() -> dict[str, float]:
        project_id = Run.objects.values_list("project_id", flat=True).get(id=run_id)
        costs.update(run_costs(newest_tables(CONFUSION, [run_id])[run_id], costs_of(project_id)))
        return costs

    note_kept(run_id, Namespace.COST, values)
    return costs
