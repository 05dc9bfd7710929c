"""What the pages show: projects with their counts, where a run came from."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from apps.runs.models import Project, Run

_ELSEWHERE = ("diff", "untracked", "session", "started_at", "packages", "hardware")
MAX_ROWS = 300  # differing settings or metrics one table lists


def with_activity(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects with run_count, running_count and last_activity (None without runs), newest first: one query."""
    alive = Q(runs__deleted_at=None, runs__archived_at=None)
    return projects.annotate(
        run_count=Count("runs", filter=alive),
        running_count=Count("runs", filter=alive & Q(runs__state="running")),
        last_activity=Max("runs__heartbeat_at", filter=alive),
    ).order_by("-last_activity", "team__slug", "slug")


def environment(run: Run) -> dict[str, Any]:
    """Where a run came from, without what any two runs differ in (its client's session, its diff's text, times).

    Packages and hardware have their place on the page of its system.
    """
    known = run.provenance if isinstance(run.provenance, Mapping) else {}
    return {name: value for name, value in known.items() if name not in _ELSEWHERE}


def any_running(runs: Iterable[Run]) -> bool:
    return any(run.state_now == "running" for run in runs)
