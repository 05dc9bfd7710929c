"""What the pages show: projects with their counts, what differs between runs, metrics against a baseline."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, Max, Q, QuerySet

from apps.history.queries import Head
from apps.runs.models import Project, Run

MAX_ROWS = 300  # differing settings or metrics one table lists
MAX_DEPTH = 8
Value = Literal["last", "min", "max"]
VALUES: tuple[Value, ...] = ("last", "min", "max")


def with_activity(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects with run_count, running_count and last_activity (None without runs), newest first: one query."""
    alive = Q(runs__deleted_at=None, runs__archived_at=None)
    return projects.annotate(
        run_count=Count("runs", filter=alive),
        running_count=Count("runs", filter=alive & Q(runs__state="running")),
        last_activity=Max("runs__heartbeat_at", filter=alive),
    ).order_by("-last_activity", "team__slug", "slug")


@dataclass(frozen=True)
class Difference:
    """One setting that is not the same in all runs: values in the order of the runs, None where it is missing.

    same: which of them equal the first run's.
    """

    name: str
    values: list[Any]
    same: list[bool]

    @property
    def cells(self) -> list[tuple[Any, bool]]:
        return list(zip(self.values, self.same, strict=True))


def flattened(tree: Any, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """A nested mapping as dotted names to values that are no mappings (below MAX_DEPTH everything is a value)."""
    if not isinstance(tree, Mapping) or not tree or depth == MAX_DEPTH:
        return {prefix: tree} if prefix else {}
    found: dict[str, Any] = {}
    for name, value in tree.items():
        found |= flattened(value, f"{prefix}.{name}" if prefix else str(name), depth + 1)
    return found


def differences(trees: Sequence[Any]) -> tuple[list[Difference], int]:
    """What differs between nested mappings, by name, and how many settings all of them share.

    1 and 1.0 are the same, 1 and True are not; a missing setting differs from None.
    """
    flat = [flattened(tree) for tree in trees]
    names = dict.fromkeys(name for one in flat for name in one)
    missing = object()
    found, shared = [], 0
    for name in names:
        values = [one.get(name, missing) for one in flat]
        same = [_same(value, values[0]) for value in values]
        if all(same):
            shared += 1
        else:
            found.append(Difference(name, [None if value is missing else value for value in values], same))
    return found, shared


def _same(one: Any, other: Any) -> bool:
    return one is other or (isinstance(one, bool) == isinstance(other, bool) and bool(one == other))


@dataclass(frozen=True)
class Cell:
    """One metric of one run. difference: from the baseline's; None without one, or for the baseline itself."""

    value: float | None
    difference: float | None
    nonfinite: int = 0


@dataclass(frozen=True)
class MetricRow:
    name: str
    cells: list[Cell]


def metric_rows(
    runs: Sequence[Run], heads: Mapping[int, Mapping[str, Head]], value: Value, baseline: Run | None
) -> list[MetricRow]:
    """Metrics by name, with one cell a run in their order."""
    names = sorted({name for run in runs for name in heads.get(run.id, {})}, key=str.lower)
    rows = []
    for name in names:
        base = _value(heads, baseline, name, value)
        cells = []
        for run in runs:
            head = heads.get(run.id, {}).get(name)
            found = _value(heads, run, name, value)
            difference = None
            if found is not None and base is not None and baseline is not None and run.id != baseline.id:
                difference = found - base
            cells.append(Cell(found, difference, head.nan + head.pinf + head.ninf if head else 0))
        rows.append(MetricRow(name, cells))
    return rows


def _value(heads: Mapping[int, Mapping[str, Head]], run: Run | None, name: str, value: Value) -> float | None:
    head = heads.get(run.id, {}).get(name) if run else None
    return getattr(head, value) if head else None


def environment(run: Run) -> dict[str, Any]:
    """Where a run came from, without what any two runs differ in (its client's session, its diff's text, times)."""
    known = run.provenance if isinstance(run.provenance, Mapping) else {}
    return {name: value for name, value in known.items() if name not in ("diff", "untracked", "session", "started_at")}


def any_running(runs: Iterable[Run]) -> bool:
    return any(run.state_now == "running" for run in runs)
