"""Which runs a source draws, and what every row says of its run."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from apps.core.answers import json_time
from apps.custom_panels.columns import Scalar, coded
from apps.custom_panels.limits import MAX_RUNS
from apps.custom_panels.rows import Facts
from apps.custom_panels.sources import Source
from apps.panels.colours import run_slots
from apps.rendering.look import LOOKS, Theme
from apps.runs.columns import column_values
from apps.runs.filters import parse_name
from apps.runs.filters_sql import compiled
from apps.runs.filters_syntax import Field, Filter, FilterError, Name
from apps.runs.models import Namespace, Project, Run, ValueKey
from apps.runs.queries import filtered
from apps.runs.run_table import DOCUMENTS, NEWEST_FIRST, Chosen, count_chosen, table_page
from apps.runs.values_flat import list_text

COLOUR = "color"  # the column of every source with its run's colour in the page's theme
COUNTED = 100_000  # runs that pass a filter; beyond it is said that there are at least so many


class Asked(NamedTuple):
    """The runs that a page gives, in its order (None: the project's), the baseline among them, and the page's theme."""

    run_ids: Sequence[int] | None = None
    baseline: int | None = None
    theme: Theme = "light"


class Drawn(NamedTuple):
    """Some runs of those that pass a filter. total: how many pass, or at least when it is not exact.

    elsewhere: given ones that are of other projects, and are not drawn.
    """

    runs: list[Run]
    total: int
    exact: bool = True
    elsewhere: int = 0


def drawn_runs(project: Project, asked: Asked, chosen: Filter, *, whole: bool) -> Drawn:
    """The runs that pass a filter: a few queries, however many there are. whole: with their documents.

    Raises FilterError.
    """
    return _newest(project, chosen, whole) if asked.run_ids is None else _given(project, asked, chosen, whole)


def _newest(project: Project, chosen: Filter, whole: bool) -> Drawn:
    asked = Chosen(chosen)
    page = table_page(project, asked, [NEWEST_FIRST], limit=MAX_RUNS, whole=whole)
    total = page.total if page.exact else count_chosen(project, asked, COUNTED)
    return Drawn(page.runs, total, page.exact or total < COUNTED)


def _given(project: Project, asked: Asked, chosen: Filter, whole: bool) -> Drawn:
    """The given runs that pass, in the order given."""
    wanted = list(dict.fromkeys(asked.run_ids or ()))
    runs = Run.objects.filter(project=project, deleted_at=None, id__in=wanted)
    elsewhere = Run.objects.filter(id__in=wanted, deleted_at=None).exclude(project=project).count()
    passing = filtered(runs, chosen, project).select_related("project__team")
    known = {run.id: run for run in (passing if whole else passing.defer(*DOCUMENTS))}
    found = [known[run_id] for run_id in wanted if run_id in known]
    return Drawn(found[:MAX_RUNS], len(found), elsewhere=elsewhere)


def colours(asked: Asked, drawn: Mapping[str, Drawn]) -> dict[int, str]:
    """The colour of each run, as on the page that gives them, else in the order they come."""
    order = asked.run_ids or [run.id for one in drawn.values() for run in one.runs]
    look = LOOKS[asked.theme]
    return {run_id: look.of_slot(slot)[0] for run_id, slot in run_slots(dict.fromkeys(order)).items()}


def facts_of(project: Project, source: Source, runs: Sequence[Run], asked: Asked, colour: Mapping[int, str]) -> Facts:
    """What every row of a source says of its run: four queries at most. Raises FilterError of the source's fields."""
    columns: dict[str, Sequence[Scalar]] = {
        "run": [run.slug for run in runs],
        "name": [run.name for run in runs],
        COLOUR: [colour[run.id] for run in runs],
        "baseline": [run.id == asked.baseline for run in runs],
    }
    if source.fields:
        names = _names(project, source.fields)
        values = column_values(project, runs, names)
        for place, column in enumerate(source.fields):
            columns[column] = [_scalar(row[place]) for row in values]
    return Facts(
        [run.id for run in runs],
        {name: coded(values) for name, values in columns.items()},
        [run.started_at.timestamp() for run in runs],
    )


def _names(project: Project, fields: Mapping[str, str]) -> list[Field | Name]:
    """The names that fields mean; a metric's key stands for its last value. Raises FilterError of the field."""
    found: list[Field | Name] = []
    for text in fields.values():
        try:
            name = parse_name(text)
        except FilterError:
            known = ValueKey.objects.filter(project=project, namespace=Namespace.METRIC_LAST, name=text)
            if not known.exists():
                raise
            name = Name("metric", text, "last")
        found.append(name)
    compiled(Filter("", None), project, also=[one for one in found if isinstance(one, Name)])
    return found


def _scalar(value: Any) -> Scalar:
    """A value as a chart has it: times as ms, lists as text."""
    if isinstance(value, datetime):
        return json_time(value)
    if isinstance(value, list):
        return list_text(value)
    return value if isinstance(value, str | int | float | bool) else None
