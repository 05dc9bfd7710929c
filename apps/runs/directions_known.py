"""The directions of a project's metrics: what people said, and the guess for the others."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import transaction

from apps.runs.directions import Direction, guessed
from apps.runs.models import MetricDirection, Namespace, Project, ValueKey


def directions(project: Project | None, names: Iterable[str]) -> dict[str, Direction]:
    """The direction of each of these metrics: one query; guesses alone without a project."""
    wanted = set(names)
    said: dict[str, str] = {}
    if project is not None and wanted:
        rows = MetricDirection.objects.filter(project=project, name__in=wanted)
        said = dict(rows.values_list("name", "direction"))
    return {name: Direction(said[name]) if name in said else guessed(name) for name in wanted}


class KnownMetric(NamedTuple):
    """A metric of a project. guessed: whether nobody said its direction."""

    name: str
    direction: Direction
    guessed: bool


def metrics_of(project: Project, *, search: str = "", after: str = "", limit: int) -> list[KnownMetric]:
    """The metrics that runs of a project were settled with, by name: those after a name, with search in theirs."""
    keys = ValueKey.objects.filter(project=project, namespace=Namespace.METRIC_LAST, name__gt=after)
    if search:
        keys = keys.filter(name__icontains=search)
    names = list(keys.order_by("name").values_list("name", flat=True)[:limit])
    found = directions(project, names)
    said = set(MetricDirection.objects.filter(project=project, name__in=names).values_list("name", flat=True))
    return [KnownMetric(name, found[name], name not in said) for name in names]


@transaction.atomic
def change_directions(project: Project, changes: Mapping[str, Direction | None]) -> None:
    """Say the directions of some metrics, logged yet or not; None goes back to the guess."""
    forgotten = [name for name, direction in changes.items() if direction is None]
    said = [MetricDirection(project=project, name=name, direction=one) for name, one in changes.items() if one]
    MetricDirection.objects.filter(project=project, name__in=forgotten).delete()
    MetricDirection.objects.bulk_create(
        said, update_conflicts=True, unique_fields=["project", "name"], update_fields=["direction"]
    )
