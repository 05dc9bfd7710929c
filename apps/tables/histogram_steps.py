"""The histograms of a key over the steps of a run, on common bins."""

from dataclasses import dataclass

import numpy as np

from apps.core.transactions import series_snapshot
from apps.tables.errors import NoSuchTable
from apps.tables.forms import HISTOGRAM
from apps.tables.histograms import COMMON_BINS, MOST_STEPS, Floats, Histogram, common_edges, rebinned, spread
from apps.tables.queries import Found, steps_of, tables_at


@dataclass(frozen=True)
class OverSteps:
    """Histograms of k of `of` steps. edges: float64 (n + 1,); counts: float64 (k, n), values spread over bins."""

    tables: list[Found[Histogram]]
    of: int
    edges: Floats
    counts: Floats


def over_steps(run_id: int, key: str, most: int = MOST_STEPS, bins: int = COMMON_BINS) -> OverSteps:
    """What at most so many steps of a key count, evenly chosen from the first to the last. Two statements.

    Raises NoSuchTable.
    """
    with series_snapshot():
        heads = steps_of(HISTOGRAM, run_id, key)
        chosen = [heads[place] for place in spread(len(heads), most)]
        tables = tables_at(HISTOGRAM, run_id, key, chosen)
    if not tables:
        raise NoSuchTable("The run has no histogram of this name.")
    edges = common_edges([one.table for one in tables], bins)
    return OverSteps(tables, len(heads), edges, np.array([rebinned(one.table, edges) for one in tables]))
