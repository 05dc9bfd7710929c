"""What a new plot begins with: a metric, and the settings that went with it most."""

from typing import Any

import numpy as np
from django.db.models import Count

from apps.plots.axes import Axis, evenly
from apps.plots.importance import correlation, varying_parameters
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.filters_sql import compiled
from apps.runs.filters_syntax import Filter, Name
from apps.runs.models import Namespace, Project, RunValue
from apps.runs.value_columns import Ints, run_values

LOOKED_AT = 300  # runs
OFFERED = 6
METRICS_OF = 20  # runs whose metrics are looked at


def suggestion(project: Project, runs: Ints, target: Axis | None) -> dict[str, Any]:
    """The target, or the metric most runs (n,) have, one whose good end is known where there is one; and the settings
    that vary, those that go with it most first. A few queries over some of the runs."""
    looked = runs[evenly(np.arange(len(runs)), LOOKED_AT)]
    text, numbers = None, np.full(len(looked), np.nan)
    if target is not None and target.kind != "text" and target.shown().any():
        text, numbers = target.text, target.places[np.searchsorted(runs, looked)]
    elif name := _metric(project, looked):
        keys = compiled(Filter("", None), project, also=[name]).keys
        text, numbers = name.text, run_values(looked, keys.ids(name)).numbers
    there = np.isfinite(numbers)
    if not there.any():  # nothing to go with: what varies at all
        there[:] = True
    parameters, _ = varying_parameters(project, looked[there])
    told = [(one, correlation(one, numbers[there])) for one in parameters]
    told.sort(key=lambda pair: abs(pair[1].rho) if pair[1] else -1.0, reverse=True)
    return {"target": text, "parameters": [one.text for one, _ in told[:OFFERED]]}


def _metric(project: Project, looked: Ints) -> Name | None:
    some = looked[evenly(np.arange(len(looked)), METRICS_OF)].tolist()
    keys = RunValue.objects.filter(run_id__in=some, key__namespace=Namespace.METRIC_LAST).values_list("key__name")
    counts = dict(keys.annotate(count=Count("run_id")).order_by())
    known = directions(project, counts)
    ranked = sorted(counts, key=lambda name: (known[name] == Direction.UNKNOWN, -counts[name], name))
    if not ranked:
        return None
    return Name("metric", ranked[0], "last" if known[ranked[0]] == Direction.UNKNOWN else "best")
