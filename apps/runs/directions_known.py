"""The directions of a project's metrics: what people said, and the guess for the others."""

from collections.abc import Iterable

from apps.runs.directions import Direction, guessed
from apps.runs.models import MetricDirection, Project


def directions(project: Project | None, names: Iterable[str]) -> dict[str, Direction]:
    """The direction of each of these metrics: one query; guesses alone without a project."""
    wanted = set(names)
    said: dict[str, str] = {}
    if project is not None and wanted:
        rows = MetricDirection.objects.filter(project=project, name__in=wanted)
        said = dict(rows.values_list("name", "direction"))
    return {name: Direction(said[name]) if name in said else guessed(name) for name in wanted}
