"""Histograms as pages show them: of one run over its steps, and of several runs over each other."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict

from apps.core.links import link
from apps.core.templatetags.figures import figure
from apps.evaluation.class_page import Choice
from apps.evaluation.curve_drawing import Row, densities, heat_rows
from apps.evaluation.curve_page import Line
from apps.evaluation.picture_links import picture_query
from apps.evaluation.steps import Steps, walked
from apps.panels.colours import run_slots
from apps.runs.models import Run
from apps.tables.comparing import shared_key
from apps.tables.forms import HISTOGRAM
from apps.tables.histogram_steps import OverSteps, over_steps
from apps.tables.histograms import Floats, close_edges
from apps.tables.queries import keys_of
from apps.tables.spans import steps_of_runs, tables_of_runs


@dataclass(frozen=True)
class ShownHeat:
    """A run's histograms over its steps: `shown` of `of` of them. lost: values that are no finite number, and where."""

    rows: list[Row]
    shown: int
    of: int
    first: int
    last: int
    low: str
    high: str
    lost: list[tuple[int, int]]


@dataclass(frozen=True)
class ShownHistograms:
    """Histograms of runs at a step. facts: by run its step, how many values, how many are NaN or infinite, and
    whether it goes on beyond what is drawn; heat: of one run alone; picture: the query of their picture."""

    key: str
    keys: list[Choice]
    lines: list[Line]
    steps: Steps
    facts: list[tuple[Line, int | None, str, int, bool]]
    low: str
    high: str
    heat: ShownHeat | None
    picture: str


def shown_histograms(
    runs: Sequence[Run], params: QueryDict, *, at: Run | None = None, heat: Run | None = None
) -> ShownHistograms | None:
    """The histograms of runs as ?histogram= and ?hstep= ask; None when no run has any.

    at: the run alone whose step is chosen. heat: a run whose steps are drawn too. Three queries, and two for these.
    """
    run_ids = [run.id for run in runs]
    listed = keys_of(HISTOGRAM, run_ids)
    key, keys = shared_key(([one.key for one in of_run] for of_run in listed.values()), params.get("histogram", ""))
    if not keys:
        return None
    heads = steps_of_runs(HISTOGRAM, run_ids, key)
    steps, chosen = walked(heads, params, at.id if at else None, "hstep")
    stored = tables_of_runs(HISTOGRAM, key, chosen)
    found = [next(iter(stored[run.id]), None) for run in runs]
    tables = [one and one.table for one in found]
    edges, beyond = close_edges(tables)
    slots = run_slots(run_ids)
    paths = densities(tables, edges)
    lines = [Line(run, slots[run.id], path) for run, path in zip(runs, paths, strict=True)]
    return ShownHistograms(
        key,
        [Choice(one, link(params, histogram=one, hstep="") + "#histograms", one == key) for one in keys],
        lines,
        steps,
        [
            (
                line,
                one.head.step if one else None,
                figure(one.table.total) if one else "",
                one.table.nan + one.table.below + one.table.above if one else 0,
                far,
            )
            for line, one, far in zip(lines, found, beyond, strict=True)
        ],
        *ends_of(edges),
        shown_heat(over_steps(heat.id, key)) if heat is not None and len(heads[heat.id]) > 1 else None,
        picture_query([at] if at and steps.step is not None else runs, key=key, step=steps.step),
    )


def ends_of(edges: Floats) -> tuple[str, str]:
    """From where to where bins go, "" of none."""
    return (figure(float(edges[0]), 4), figure(float(edges[-1]), 4)) if len(edges) else ("", "")


def shown_heat(found: OverSteps) -> ShownHeat:
    lost = [(one.head.step, one.table.nan + one.table.below + one.table.above) for one in found.tables]
    return ShownHeat(
        heat_rows(found.counts),
        len(found.tables),
        found.of,
        found.tables[0].head.step,
        found.tables[-1].head.step,
        *ends_of(found.edges),
        [(step, count) for step, count in lost if count],
    )
