"""Rows of runs, and of their settings."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np

from apps.core.answers import json_time
from apps.custom_panels.columns import Scalar, coded
from apps.custom_panels.rows import Facts, Rows, places
from apps.runs.models import Run
from apps.runs.values_flat import leaves, list_text

SECOND = timedelta(seconds=1)


def run_rows(runs: Sequence[Run], facts: Facts) -> Rows:
    """One row a run. seconds: how long it worked, to its end or last sign of life; times in ms since epoch."""
    ends = [run.finished_at or run.heartbeat_at for run in runs]
    of_run: dict[str, Sequence[Scalar]] = {
        "state": [run.state_now for run in runs],
        "group": [run.group or None for run in runs],
        "created": [json_time(run.created_at) for run in runs],
        "started": [json_time(run.started_at) for run in runs],
        "finished": [json_time(end) for end in ends],
        "seconds": [max(0.0, (end - run.started_at) / SECOND) for run, end in zip(runs, ends, strict=True)],
    }
    columns = {**facts.columns, **{name: coded(values) for name, values in of_run.items()}}
    return Rows(columns, len(runs))


def config_rows(runs: Sequence[Run], facts: Facts) -> Rows:
    """One row for each value of each run's config, nested ones by dotted paths."""
    found = [[(path, _scalar(value)) for path, value in leaves(run.config)] for run in runs]
    of_run = places([len(one) for one in found])
    columns = {
        **facts.spread(of_run.astype(np.int64)),
        "path": coded(path for one in found for path, _ in one),
        "value": coded(value for one in found for _, value in one),
    }
    return Rows(columns, len(of_run))


def _scalar(value: Any) -> Scalar:
    if isinstance(value, list):
        return list_text(value)
    return value if isinstance(value, str | int | float | bool) else None
