"""What a snapshot says of each run: everything that tells later how its figures came to be."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.artifacts.queries import kept_files
from apps.comparison.queries import DIFF_PATH
from apps.core.answers import json_time
from apps.runs import code_facts
from apps.runs.models import Run

AT_ONCE = 500  # runs a query


def run_facts(run_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The facts of each run that is still there, by id: two queries per 500 runs."""
    found = {}
    for begin in range(0, len(run_ids), AT_ONCE):
        some = run_ids[begin : begin + AT_ONCE]
        diffs = kept_files(some, DIFF_PATH)
        for run in Run.objects.filter(id__in=some, deleted_at=None).select_related("project__team").order_by("id"):
            found[run.id] = _facts(run, diffs.get(run.id))
    return found


def _facts(run: Run, diff: tuple[str, int] | None) -> dict[str, Any]:
    code = code_facts.code(run.provenance)
    known = run.provenance if isinstance(run.provenance, Mapping) else {}
    return {
        "id": run.slug,
        "name": run.name,
        "project": str(run.project),
        "group": run.group,
        "job_type": run.job_type,
        "tags": run.tags,
        "notes": run.notes,
        "state": str(run.state_now),
        "started_at": json_time(run.started_at),
        "finished_at": json_time(run.finished_at),
        "attempt": run.attempt,
        "config": run.config,
        "summary": run.summary,
        "code": {"commit": code.commit, "branch": code.branch, "remote": code.remote, "dirty": code.dirty},
        "command": code.command,
        "uncommitted": {"path": DIFF_PATH, "sha256": diff[0], "size": diff[1]} if diff else None,
        "data": known.get("data"),
    }
