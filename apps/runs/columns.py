"""The values a list of runs shows beside their names."""

from collections.abc import Sequence
from typing import Any

from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.filters import MOMENTS, parse_name
from apps.runs.filters_syntax import Field, FilterError, Name
from apps.runs.models import Project, Run, RunValue

MAX_COLUMNS = 100
_MISSING = object()


def parse_columns(texts: Sequence[str]) -> list[Field | Name]:
    """The names of columns. Raises FilterError for what is no name, and for too many."""
    if len(texts) > MAX_COLUMNS:
        raise FilterError(f"A list has at most {MAX_COLUMNS} columns; {len(texts):,} came.", 1, what="columns")
    try:
        return [parse_name(text) for text in texts]
    except FilterError as error:
        raise error.of("columns") from None


def column_values(project: Project, runs: Sequence[Run], columns: Sequence[Field | Name]) -> list[list[Any]]:
    """For each run the value of each column, None where it has none: two queries at most.

    Config, summary and system values are those that were sent; metrics as they were when the run was last settled.
    """
    metrics = _metric_values(project, runs, [one for one in columns if isinstance(one, Name)])
    return [[_value(run, column, metrics) for column in columns] for run in runs]


def _metric_values(project: Project, runs: Sequence[Run], names: Sequence[Name]) -> dict[tuple[int, Name], float]:
    asked = [name for name in names if name.namespace == "metric"]
    if not asked:
        return {}
    best = directions(project, (name.name for name in asked if name.figure == "best"))
    places: dict[tuple[str, str], list[Name]] = {}
    for name in asked:
        figure = best[name.name] if name.figure == "best" else name.figure
        if figure != Direction.UNKNOWN:
            places.setdefault((f"metric.{figure}", name.name), []).append(name)
    rows = RunValue.objects.filter(
        run__in=runs,
        key__project=project,
        key__namespace__in={namespace for namespace, _ in places},
        key__name__in={name for _, name in places},
    )
    found: dict[tuple[int, Name], float] = {}
    for run_id, namespace, metric, number in rows.values_list("run_id", "key__namespace", "key__name", "number"):
        for one in places.get((namespace, metric), ()):
            if number is not None:
                found[run_id, one] = number
    return found


def _value(run: Run, column: Field | Name, metrics: dict[tuple[int, Name], float]) -> Any:
    if isinstance(column, Field):
        return _fact(run, column.name)
    if column.namespace == "metric":
        return metrics.get((run.id, column))
    if column.namespace == "run":
        return getattr(run, f"{column.name}_at") if column.name in ("created", "started") else getattr(run, column.name)
    document = {"config": run.config, "summary": run.summary, "system": run.provenance}.get(column.namespace, {})
    found = _inside(document, column.name)
    return None if found is _MISSING else found


def _fact(run: Run, name: str) -> Any:
    if name in MOMENTS:
        return getattr(run, MOMENTS[name])
    return {"state": run.state_now, "id": run.slug, "notes": run.notes}[name]


def _inside(document: Any, name: str) -> Any:
    """What a dotted name stands for in a nested document; names may hold dots themselves."""
    if not isinstance(document, dict):
        return _MISSING
    if name in document and not isinstance(document[name], dict):
        return document[name]
    start = name.find(".")
    while start != -1:
        if name[:start] in document:
            found = _inside(document[name[:start]], name[start + 1 :])
            if found is not _MISSING:
                return found
        start = name.find(".", start + 1)
    return _MISSING
