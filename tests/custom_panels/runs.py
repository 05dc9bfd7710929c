"""A project as the demo makes one, small: groups of seeds with metrics, class tables and confusion matrices."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from apps.core import ids
from apps.history.services import settle
from apps.runs.models import Project, Run, State
from tests.factories import make_project, make_run
from tests.tables.tables import put_matrices, put_tables
from tests.transfer.histories import log

BEGAN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
STEPS = np.arange(1, 41)


def demo_project(seeds: int = 2) -> Project:
    """Runs "mlp-…" and "sgd-…" of two learning rates each and some seeds, oldest first."""
    project = make_project()
    for place, (model, lr, seed) in enumerate(
        (model, lr, seed) for seed in range(seeds) for model in ("mlp", "sgd") for lr in (0.01, 0.1)
    ):
        run_id = ids.new_id() & ~31 | place  # the last letter decides the colour: it is always the same
        demo_run(project, model, lr, seed, began=BEGAN + timedelta(minutes=place), id=run_id)
    return project


def demo_run(
    project: Project, model: str, lr: float, seed: int, *, began: datetime = BEGAN, id: int | None = None
) -> Run:
    config: dict[str, Any] = {"model": model, "lr": lr, "seed": seed, "batch_size": 16 if model == "mlp" else 1}
    group = f"{model}-lr{lr:g}"
    took = timedelta(seconds=80 if model == "mlp" else 50)
    run = make_run(
        project,
        name=f"{group}-seed{seed}",
        group=group,
        config=config,
        started_at=began,
        heartbeat_at=began + took,
        finished_at=began + took,
        state=State.FINISHED,
        **({} if id is None else {"id": id}),
    )
    good = 0.9 + lr / 2 - seed / 100
    accuracy = good * (1 - np.exp(-STEPS / 5))
    times = int(began.timestamp() * 1_000) + STEPS * 1_000
    log(
        run,
        {"val/accuracy": accuracy, "val/loss": 1 / accuracy, "train/loss": 0.5 / accuracy},
        step=STEPS,
        time=times,
    )
    lost = [0, 0.04, -0.01, 0] if model == "sgd" else [0, 0, 0, 0]
    for step in (20, 40):
        rows = {
            str(digit): {
                "support": 40,
                "precision": good - digit / 100,
                "recall": good - digit / 50 + step / 1_000 - lost[digit],
            }
            for digit in range(4)
        }
        put_tables(run, rows, step=step)
    more = 4 if model == "sgd" else 0
    counts = [[40, 0, 0, 0], [2 + more, 38 - more, 0, 0], [0, 0, 35 + seed, 5 - seed], [0, 0, 0, 40]]
    put_matrices(run, counts, classes=["0", "1", "2", "3"], step=40)
    settle(run.id)
    return run
