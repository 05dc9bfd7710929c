"""Which runs a URL asks to compare, and how."""

from collections.abc import Iterable, Sequence

from django.http import QueryDict

from apps.comparison.errors import MAX_COMPARED, TooManyCompared
from apps.comparison.queries import FIGURES, Figure
from apps.core import ids
from apps.core.errors import Invalid
from apps.runs.models import Run

OLDEST = "oldest"


def asked_ids(params: QueryDict) -> list[int]:
    """The ids of ?run=…, each once. Raises Invalid for what is no id, and TooManyCompared."""
    return run_ids(params.getlist("run"))


def run_ids(texts: Iterable[str]) -> list[int]:
    unique = list(dict.fromkeys(texts))
    if len(unique) > MAX_COMPARED:
        raise TooManyCompared(len(unique))
    try:
        return [ids.from_text(text) for text in unique]
    except ValueError as error:
        raise Invalid(str(error), fields={"run": str(error)}) from error


def asked_base(params: QueryDict, runs: Sequence[Run]) -> Run | None:
    """The baseline of ?base=…, None where it names none of the runs. base=oldest: the run that began first."""
    if params.get("base") == OLDEST:
        return min(runs, key=lambda run: (run.started_at, run.id), default=None)
    return next((run for run in runs if run.slug == params.get("base")), None)


def asked_figure(params: QueryDict) -> Figure:
    """The figure of ?value=…: the best of each metric, unless it says another."""
    return next((one for one in FIGURES if one == params.get("value")), FIGURES[0])
