"""Runs to compare."""

import io
from typing import Any

import numpy as np

from apps.artifacts.services import put_file
from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.runs.models import Project, Run
from tests.factories import make_run

COMMITS = ("a" * 40, "b" * 40)


def log(run: Run, seq: int = 0, **values: list[float]) -> Run:
    """Points at steps 0, 1, …; a__b is the metric a/b."""
    n = len(next(iter(values.values())))
    names = [name.replace("__", "/") for name in values]
    steps = np.arange(n, dtype=np.int64)
    group = Group(steps, steps + 1_700_000_000_000, names, np.array(list(values.values()), np.float64))
    append_batch(run_id=run.id, attempt=1, writer="w", seq=seq, batch=Batch([group]))
    return run


def provenance(**changes: Any) -> dict[str, Any]:
    """What the client sends of where a run comes from."""
    return {
        "command": ["/venv/bin/python", "train.py", "--lr", "0.1"],
        "python": "3.11.9",
        "os": "Linux-6.1",
        "host": "gpu-1",
        "pid": 17,
        "session": "x",
        "git": {"commit": COMMITS[0], "branch": "main", "remote": "git@github.com:a/b.git", "dirty": False},
        "packages": {"torch": "2.4.0", "numpy": "2.1.0"},
        "hardware": {"cpu": {"name": "EPYC", "threads": 64}, "memory": 64 * 2**30, "gpus": [{"name": "A100"}]},
        "data": {"digits": "v1"},
        **changes,
    }


def pair(project: Project | None = None) -> tuple[Run, Run]:
    """Two runs that differ in one thing of every section."""
    first = make_run(
        project,
        name="base",
        config={"lr": 0.001, "model": {"kind": "mlp", "depth": 3}, "same": 1},
        summary={"val/acc": 0.5},
        provenance=provenance(),
    )
    other = make_run(
        first.project,
        name="other",
        config={"lr": 0.003, "model": {"kind": "mlp"}, "same": 1.0},
        summary={"val/acc": 0.75},
        provenance=provenance(
            command=["/venv/bin/python", "train.py", "--lr", "0.3", "--amp"],
            python="3.12.1",
            pid=99,
            session="y",
            git={"commit": COMMITS[1], "branch": "main", "remote": "git@github.com:a/b.git", "dirty": True},
            packages={"torch": "2.5.0", "Numpy": "2.1.0", "einops": "0.8"},
            hardware={"cpu": {"name": "EPYC", "threads": 64}, "memory": 64 * 2**30 + 4096, "gpus": [{"name": "H100"}]},
            data={"digits": "v2"},
        ),
    )
    put_file(other, "code/diff.patch", io.BytesIO(b"diff --git a/x b/x\n"))
    log(first, loss=[1.0, 0.5], val__acc=[0.5, 0.25], odd=[1.0, 2.0])
    log(other, loss=[1.0, 0.75], val__acc=[0.5, 0.75], odd=[2.0, 3.0])
    return first, other
