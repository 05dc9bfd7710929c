"""What a plot's URL asks: which runs, and which names along its axes."""

from collections.abc import Sequence
from typing import NamedTuple

from django.http import QueryDict

from apps.core.errors import Invalid
from apps.core.parameters import yes_of
from apps.plots.axes import Axis, Subject, plotted_runs, read_axes, read_subject
from apps.plots.errors import MAX_AXES, TooManyAxes
from apps.runs.filters import parse
from apps.runs.models import Project
from apps.runs.queries import check_states
from apps.runs.run_table import Chosen
from apps.runs.value_columns import Ints


class Plotted(NamedTuple):
    """The runs of a plot, ids ascending, and its axes by the parameters that named them."""

    runs: Ints
    axes: dict[str, Axis]


def plotted(project: Project, params: QueryDict, *, needs: Sequence[str], takes: Sequence[str] = ()) -> Plotted:
    """Read what a URL names. needs, takes: parameters that name axes. Raises Invalid and FilterError."""
    missing = {what: "is missing" for what in needs if not params.get(what)}
    if missing:
        raise Invalid(f"A plot needs {' and '.join(missing)}.", fields=missing)
    asked = {what: read_subject(params.get(what, ""), what) for what in (*needs, *takes) if params.get(what)}
    return read_plotted(project, params, asked)


class Parallel(NamedTuple):
    """The runs of parallel coordinates, ids ascending, their axes in order, and what colours them."""

    runs: Ints
    axes: list[Axis]
    colour: Axis | None


def asked_parallel(project: Project, params: QueryDict) -> Parallel:
    """Read what a URL names: `col`, several times, and `colour`. Raises Invalid, FilterError and TooManyAxes."""
    texts = list(dict.fromkeys(params.getlist("col")))
    if not 2 <= len(texts) <= MAX_AXES:
        raise TooManyAxes(len(texts))
    asked: dict[str, Subject] = {f"col[{place}]": read_subject(text, "col") for place, text in enumerate(texts)}
    if params.get("colour"):
        asked["colour"] = read_subject(params.get("colour", ""), "colour")
    runs, axes = read_plotted(project, params, asked)
    colour = axes.pop("colour", None)
    return Parallel(runs, list(axes.values()), colour)


def read_plotted(project: Project, params: QueryDict, asked: dict[str, Subject]) -> Plotted:
    """The runs that a URL means, as the run table's does, and these axes of theirs."""
    states = tuple(check_states([state for state in params.getlist("state") if state]))
    chosen = Chosen(parse(params.get("filter", "").strip()), states, yes_of(params, "archived"))
    runs = plotted_runs(project, chosen)
    return Plotted(runs, read_axes(project, chosen, runs, asked))
