"""Projects with runs and points, for the tests of reports."""

from collections.abc import Sequence

import numpy as np

from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.reports.models import Report
from apps.reports.services import create_report
from apps.runs.models import Project, Run
from tests import factories


def logged_run(
    project: Project, values: Sequence[float] = (3.0, 1.0, 2.0), key: str = "val/loss", **fields: object
) -> Run:
    """A run whose key has these values at the steps 0, 1, …"""
    run = factories.make_run(project, **fields)
    steps = np.arange(len(values), dtype=np.int64)
    group = Group(steps, steps * 1000, [key], np.array([values], dtype=np.float64))
    append_batch(run_id=run.id, attempt=1, writer="w", seq=0, batch=Batch([group]))
    return run


def panel(*lines: str) -> str:
    """A panel block of a line chart."""
    return "\n".join(["```panel", "kind: line", *lines, "```", ""])


def make_report(project: Project, markdown: str, title: str = "A report") -> Report:
    return create_report(project=project, author=factories.team_admin(project), title=title, markdown=markdown)
