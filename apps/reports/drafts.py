"""The text a new report begins with."""

from collections import Counter
from collections.abc import Sequence

import yaml

from apps.history.queries import heads
from apps.runs.models import Run

MAX_RUNS = 50  # named in a draft
MAX_READ = 8  # runs whose metrics are looked at
EXAMPLE_KEY = "val/loss"


def draft(runs: Sequence[Run], keys: Sequence[str], *, named: bool) -> str:
    """A report to write on: a question, a panel, a place for the answer. Three queries.

    runs: the project's newest, or (named) those the author chose. keys: metrics to draw; [] takes a common one.
    """
    chosen = list(keys) or [common_key(runs[:MAX_READ])]
    lines = ["kind: line", f"keys: [{flow(chosen)}]"]
    if named and runs:
        lines += run_lines(runs[:MAX_RUNS])
    else:
        lines += ['runs: {name: "*"}  # every run; or run ids: [0123456789abc, …]']
    panel = "\n".join(lines)
    return f"What changed, and why?\n\n## Result\n\n```panel\n{panel}\n```\n\n## Conclusion\n\n- [ ] Ready to merge\n"


def common_key(runs: Sequence[Run]) -> str:
    """The metric that most of the runs logged, those with “loss” in their name first."""
    figures = heads([run.id for run in runs])
    counted = Counter(key for of_run in figures.values() for key in of_run)
    if not counted:
        return EXAMPLE_KEY
    return min(counted, key=lambda key: (-counted[key], "loss" not in key.lower(), key))


def run_lines(runs: Sequence[Run]) -> list[str]:
    """The `runs` of a block that names these, each with its name."""
    return ["runs:", *(f"  - {run.slug}  # {_comment(run.name)}" for run in runs)] if runs else []


def flow(texts: Sequence[str]) -> str:
    """The items of a YAML list on one line, without its brackets."""
    return yaml.safe_dump(list(texts), default_flow_style=True, width=10**9, allow_unicode=True).strip()[1:-1]


def _comment(text: str) -> str:
    return " ".join(text.split())[:80]
