"""Which of its metrics a run is told by first, where nobody chose: pure, from names and directions."""

import re
from collections.abc import Iterable, Mapping

from apps.history.queries import Head
from apps.runs.directions import Direction
from apps.runs.directions_known import directions
from apps.runs.models import MetricDirection, Project

MACHINE = ("system/", "sys/", "time/")
LOOKED_AT = 500  # metrics of a run
_HELD_OUT = re.compile(r"(?:^|[^a-z])(?:val|valid|validation|eval|test|dev|holdout)(?:[^a-z]|$)", re.IGNORECASE)
_USUAL = re.compile(r"(?:^|[^a-z])(?:loss|acc|accuracy|error|f1|auc|map|miou|reward|score)$", re.IGNORECASE)
_ONE_OF_MANY = re.compile(r"\d+$")  # recall/3


def leading_metrics(project: Project, heads: Mapping[str, Head], most: int) -> dict[str, Direction]:
    """The first metrics of a run whose good end is known, each with it: two queries.

    Those whose direction people said come first, then what was measured on held-out data, then the usual losses and
    scores, and one of many (recall/3) last.
    """
    names = [name for name in heads if not name.lower().startswith(MACHINE)][:LOOKED_AT]
    said = set(MetricDirection.objects.filter(project=project, name__in=names).values_list("name", flat=True))
    known = {name: one for name, one in directions(project, names).items() if one != Direction.UNKNOWN}
    return {name: known[name] for name in _first(known, said)[:most]}


def _first(names: Iterable[str], said: set[str]) -> list[str]:
    return sorted(
        names,
        key=lambda name: (
            name not in said,
            not _HELD_OUT.search(name),
            bool(_ONE_OF_MANY.search(name)),
            not _USUAL.search(name),
            name.lower(),
        ),
    )
