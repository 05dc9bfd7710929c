"""The JSON shapes of runs, as the API answers them. Times are ms since epoch UTC."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from apps.core.answers import json_integer, json_number, json_time
from apps.history.queries import Head
from apps.runs.models import Run


def page_url(request: HttpRequest, run: Run) -> str:
    """The absolute URL of a run's page."""
    path = run.get_absolute_url()
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def run_line(request: HttpRequest, run: Run, points: int) -> dict[str, Any]:
    """A run as one of a list."""
    return {
        "id": run.slug,
        "url": page_url(request, run),
        "project": str(run.project),
        "name": run.name,
        "client_id": run.client_id,
        "state": run.state_now,
        "attempt": run.attempt,
        "group": run.group,
        "job_type": run.job_type,
        "tags": run.tags,
        "created_at": json_time(run.created_at),
        "started_at": json_time(run.started_at),
        "finished_at": json_time(run.finished_at),
        "heartbeat_at": json_time(run.heartbeat_at),
        "late_data_at": json_time(run.late_data_at),
        "stop_requested_at": json_time(run.stop_requested_at),
        "points": points,
        "lost_points": run.lost_points,
    }


def run_facts(request: HttpRequest, run: Run, points: int) -> dict[str, Any]:
    """A run with what was said of it."""
    return {
        **run_line(request, run, points),
        "notes": run.notes,
        "exit_message": run.exit_message,
        "archived": run.archived_at is not None,
        "config": run.config,
        "summary": run.summary,
        "provenance": run.provenance,
    }


def whole_run(request: HttpRequest, run: Run, points: int, heads: Mapping[str, Head]) -> dict[str, Any]:
    """A run with everything known of it but its points."""
    metrics = {name: metric(head) for name, head in heads.items()}
    return {**run_facts(request, run, points), "keys": len(metrics), "metrics": metrics}


def metric(head: Head) -> dict[str, Any]:
    """One metric in figures; last, min, max and mean are of finite values."""
    return {
        "points": head.points,
        "superseded": head.superseded,
        "first_step": json_integer(head.first_step),
        "last_step": json_integer(head.last_step),
        "last": json_number(head.last),
        "last_time": None if head.last_time is None else json_integer(head.last_time),
        "min": json_number(head.min),
        "max": json_number(head.max),
        "mean": json_number(head.mean),
        "nan": head.nan,
        "inf": head.pinf,
        "-inf": head.ninf,
    }
