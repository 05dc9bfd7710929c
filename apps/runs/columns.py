"""The values a list of runs shows beside their names."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Case, Value, When

from apps.runs.class_names import class_cells, offered_cells
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.filters import MOMENTS, NUMBERS, parse_name
from apps.runs.filters_syntax import Field, FilterError, Name
from apps.runs.models import Namespace, Project, Run, RunValue, ValueKey

MAX_COLUMNS = 100
_OFFERED = (
    Namespace.METRIC_LAST,
    Namespace.CONFIG,
    Namespace.SUMMARY,
    Namespace.SYSTEM,
    Namespace.COST,
    Namespace.CLASS,
)
_MISSING = object()


def parse_columns(texts: Sequence[str]) -> list[Field | Name]:
    """The names of columns. Raises FilterError for what is no name, and for too many."""
    if len(texts) > MAX_COLUMNS:
        raise FilterError(f"A list has at most {MAX_COLUMNS} columns; {len(texts):,} came.", 1, what="columns")
    try:
        return [parse_name(text) for text in texts]
    except FilterError as error:
        raise error.of("columns") from None


class Offered(NamedTuple):
    """Names that runs of a project have values for, some of them. total: how many there are."""

    names: list[Name]
    total: int


def offered_names(project: Project, *, search: str = "", begin: int = 0, limit: int) -> Offered:
    """Names with search in them that a list of runs can show: metrics by their best, then config, summary, system,
    costs, and cells of class tables.

    begin: how many of them were shown before. Four queries at most.
    """
    keys = ValueKey.objects.filter(project=project, namespace__in=_OFFERED)
    if search:
        keys = keys.filter(name__icontains=search)
    rank = Case(*(When(namespace=one, then=Value(place)) for place, one in enumerate(_OFFERED)))
    rows = list(keys.order_by(rank, "name").values_list("namespace", "name")[begin : begin + limit])
    known = directions(project, (name for namespace, name in rows if namespace == Namespace.METRIC_LAST))
    names = []
    for namespace, name in rows:
        if namespace == Namespace.CLASS:
            continue
        if namespace == Namespace.METRIC_LAST:
            names.append(Name("metric", name, "last" if known[name] == Direction.UNKNOWN else "best"))
        else:
            names.append(Name(namespace, name))
    names += offered_cells(project, [name for namespace, name in rows if namespace == Namespace.CLASS])
    return Offered(names, keys.count())


def column_values(project: Project, runs: Sequence[Run], columns: Sequence[Field | Name]) -> list[list[Any]]:
    """For each run the value of each column, None where it has none: four queries at most.

    Config, summary and system values are those that were sent; metrics as they were when the run was last settled.
    A class that several tables have, named without its table, has no value.
    """
    numbers = _indexed_numbers(project, runs, [one for one in columns if isinstance(one, Name)])
    return [[_value(run, column, numbers) for column in columns] for run in runs]


def _indexed_numbers(project: Project, runs: Sequence[Run], names: Sequence[Name]) -> dict[tuple[int, Name], float]:
    """What the index holds of the metrics, costs and classes among names."""
    asked = [name for name in names if name.namespace == "metric"]
    best = directions(project, (name.name for name in asked if name.figure == "best"))
    places: dict[tuple[str, str], list[Name]] = {}
    for name in asked:
        figure = best[name.name] if name.figure == "best" else name.figure
        if figure != Direction.UNKNOWN:
            places.setdefault((f"metric.{figure}", name.name), []).append(name)
    for name in names:
        if name.namespace == "cost":
            places[Namespace.COST.value, name.name] = [name]
    cells = class_cells(project, names)
    for name, indexed in cells.indexed.items():
        if name not in cells.unclear:
            for cell in indexed:
                places.setdefault((Namespace.CLASS.value, cell), []).append(name)
    if not places:
        return {}
    rows = RunValue.objects.filter(
        run__in=runs,
        key__project__in={project.pk, *(run.project_id for run in runs)},
        key__namespace__in={namespace for namespace, _ in places},
        key__name__in={name for _, name in places},
    )
    found: dict[tuple[int, Name], float] = {}
    for run_id, namespace, indexed_as, number in rows.values_list("run_id", "key__namespace", "key__name", "number"):
        for one in places.get((namespace, indexed_as), ()):
            if number is not None:
                found[run_id, one] = number
    return found


def _value(run: Run, column: Field | Name, numbers: dict[tuple[int, Name], float]) -> Any:
    if isinstance(column, Field):
        return _fact(run, column.name)
    if column.namespace in NUMBERS:
        return numbers.get((run.id, column))
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
