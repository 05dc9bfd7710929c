"""What else tells how a run came to be: its environment, what was not committed, its starts, its worst classes.

Beside run_facts.py, for what is kept and for the pages of provenance: it is more than the list of what changed needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from apps.artifacts.errors import FileGone
from apps.artifacts.models import RunFile
from apps.comparison import facts as said_facts
from apps.comparison.queries import DIFF_PATH
from apps.reports.canonical import canonical, sha256
from apps.runs import code_facts
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.models import Attempt, Run
from apps.tables.class_tables import ClassTable
from apps.tables.comparing import shown_metric
from apps.tables.forms import CLASS_TABLES
from apps.tables.queries import Found, newest_tables

MAX_FACTS, MAX_TEXT = 100, 500  # of an environment: names, and characters of a value
MAX_UNTRACKED = 50
MAX_ATTEMPTS = 50
MAX_TABLES, MAX_WORST = 20, 5
MAX_DIFF = 256 * 2**10  # bytes of one diff, and of all of a version
MAX_DIFFS = 8 * 2**20
AT_ONCE = 100  # runs a query


class Evidence(NamedTuple):
    """facts: of a run, as a snapshot keeps them. packages: names to versions; facts name them by their SHA-256."""

    facts: dict[str, Any]
    packages: dict[str, Any]


def run_evidence(run_ids: Sequence[int]) -> dict[int, Evidence]:
    """The evidence of each run that is still there, by id: three queries per 100 runs, one more for each project."""
    found = {}
    for begin in range(0, len(run_ids), AT_ONCE):
        some = run_ids[begin : begin + AT_ONCE]
        runs = list(Run.objects.filter(id__in=some, deleted_at=None).select_related("project").order_by("id"))
        starts: dict[int, list[str]] = {run.id: [] for run in runs}
        attempts = Attempt.objects.filter(run__in=runs).order_by("run_id", "number")
        for run_id, started_at in attempts.values_list("run_id", "started_at"):
            starts[run_id].append(started_at.isoformat())
        tables = newest_tables(CLASS_TABLES, [run.id for run in runs])
        known = _directions(runs, tables)
        for run in runs:
            packages = said_facts.packages(run.provenance)
            names, more = code_facts.untracked(run.provenance)
            facts = {
                "environment": _bounded(said_facts.environment(run.provenance)),
                "hardware": _bounded(said_facts.hardware(run.provenance)),
                "packages": {"count": len(packages), "sha256": sha256(canonical(packages))} if packages else None,
                "untracked": {"names": names[:MAX_UNTRACKED], "total": len(names) + more},
                "attempts": starts[run.id][-MAX_ATTEMPTS:],
                "class_tables": [
                    _worst(one, known.get(run.project_id, {})) for one in list(tables[run.id].values())[:MAX_TABLES]
                ],
            }
            found[run.id] = Evidence(facts, packages)
    return found


def kept_diffs(run_ids: Sequence[int]) -> dict[str, bytes]:
    """The uncommitted diffs of these runs by their SHA-256: those of at most MAX_DIFF bytes, MAX_DIFFS together."""
    found: dict[str, bytes] = {}
    size = 0
    for begin in range(0, len(run_ids), AT_ONCE):
        files = RunFile.objects.filter(run__in=run_ids[begin : begin + AT_ONCE], path=DIFF_PATH, deleted_at=None)
        for file in files.select_related("blob").order_by("run_id"):
            name = file.blob.sha256
            if name in found or file.size > MAX_DIFF or size + file.size > MAX_DIFFS:
                continue
            try:
                with file.open() as stream:
                    found[name] = stream.read()
            except FileGone:
                continue
            size += file.size
    return found


def _bounded(named: Mapping[str, Any]) -> dict[str, str]:
    """The first MAX_FACTS as texts."""
    return {name[:MAX_TEXT]: str(value)[:MAX_TEXT] for name, value in list(named.items())[:MAX_FACTS]}


def _directions(
    runs: Iterable[Run], tables: Mapping[int, Mapping[str, Found[ClassTable]]]
) -> dict[int, dict[str, Direction]]:
    """By project, the directions of the metrics of its runs' class tables."""
    names: dict[int, set[str]] = {}
    projects = {run.project_id: run.project for run in runs}
    for run in runs:
        for one in tables[run.id].values():
            names.setdefault(run.project_id, set()).update(one.table.metrics)
    return {project_id: directions(projects[project_id], some) for project_id, some in names.items()}


def _worst(found: Found[ClassTable], known: Mapping[str, Direction]) -> dict[str, Any]:
    """The classes in which a table's first metric is worst, where its good end is known."""
    table = found.table
    metric = shown_metric(table.metrics, known)
    direction = known.get(metric, Direction.UNKNOWN)
    numbers = [(table.cell(name, metric), name) for name in table.classes]
    cells = [(value, name) for value, name in numbers if value is not None and value == value]
    cells.sort(key=lambda one: (one[0] if direction == Direction.MAX else -one[0], one[1]))
    return {
        "key": found.key,
        "step": str(found.head.step),
        "classes": len(table.classes),
        "metric": metric,
        "direction": str(direction),
        "worst": [{"class": name, "value": value} for value, name in cells[:MAX_WORST]]
        if direction != Direction.UNKNOWN
        else [],
    }
