"""Histories to carry over: made by plain functions, and read back the plain way."""

import io
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from apps.history.batches import Batch, Group
from apps.history.queries import points_of
from apps.history.services import append_batch
from apps.runs.models import Run

ODD = [float("nan"), float("inf"), float("-inf"), -0.0, 0.0, 1e308, 5e-324]


def log(
    run: Run, values: dict[str, Any], *, step: Any = None, time: Any = None, attempt: int = 1, seq: int = 0
) -> None:
    """Store points of a run, as its client would."""
    size = len(next(iter(values.values())))
    steps = np.asarray(range(size) if step is None else step, np.int64)
    times = np.asarray(1_700_000_000_000 + steps if time is None else time, np.int64)
    matrix = np.array(list(values.values()), np.float64)
    batch = Batch([Group(steps, times, list(values), matrix)])
    append_batch(run_id=run.id, attempt=attempt, writer="w", seq=seq, batch=batch)


def rows_of(parquet: bytes) -> list[tuple]:
    """Every row of a file: (key, attempt, step, time, bits of the value, superseded)."""
    table = pq.read_table(io.BytesIO(parquet))
    bits = table["value"].to_numpy().view(np.int64).tolist()
    time = table["time"].cast("int64").to_pylist()
    columns = [table[name].to_pylist() for name in ("key", "attempt", "step")]
    return list(zip(*columns, time, bits, table["superseded"].to_pylist(), strict=True))


def expected_rows(run: Run, *names: str) -> list[tuple]:
    """The same, from each series read by itself; superseded by the rule in docs/architecture.md."""
    rows = []
    for name in sorted(names):
        attempts = list(points_of(run.id, name))
        for place, (attempt, points) in enumerate(attempts):
            cut = min((int(later.step.min()) for _, later in attempts[place + 1 :]), default=2**63)
            for step, time, bits in zip(
                points.step.tolist(), points.time.tolist(), points.value.view(np.int64).tolist(), strict=True
            ):
                rows.append((name, attempt, step, time, bits, step >= cut))
    return rows
