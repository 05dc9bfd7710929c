"""Runs with values, for tests of the index, the filters and the sorted lists."""

from collections.abc import Sequence

import numpy as np

from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.runs.models import Run, RunValue
from apps.runs.services import settle


def log(run: Run, seq: int = 0, **values: Sequence[float]) -> None:
    """Send points of some metrics, at steps 0, 1, …; a__b is the metric a/b."""
    n = len(next(iter(values.values())))
    step = np.arange(n, dtype=np.int64) + 1_000 * seq
    names = [name.replace("__", "/") for name in values]
    columns = np.array(list(values.values()), np.float64)
    append_batch(
        run_id=run.id, attempt=run.attempt, writer="w", seq=seq, batch=Batch([Group(step, step, names, columns)])
    )


def settled(run: Run, seq: int = 0, **values: Sequence[float]) -> Run:
    """The run after it logged these and was settled."""
    log(run, seq, **values)
    settle(run.id)
    return run


def stored(run: Run, namespace: str) -> dict[str, float | str | None]:
    """What the index holds of a run."""
    rows = RunValue.objects.filter(run=run, key__namespace=namespace)
    return {
        name: number if text is None else text for name, number, text in rows.values_list("key__name", "number", "text")
    }
