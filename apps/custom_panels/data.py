"""The rows that a document's sources give: what its chart draws."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

from apps.custom_panels.choosing import COLOUR, Asked, Drawn, colours, drawn_runs, facts_of
from apps.custom_panels.columns import Coded
from apps.custom_panels.errors import TooManyRows
from apps.custom_panels.history_rows import fair_share, history_rows
from apps.custom_panels.limits import MAX_ROWS
from apps.custom_panels.parameters import Parameter, Value, values_of
from apps.custom_panels.rows import Facts, Rows, shaped
from apps.custom_panels.run_rows import config_rows, run_rows
from apps.custom_panels.sources import SOURCES, Source, filled_spec, sources_of
from apps.custom_panels.table_rows import class_rows, confusion_rows
from apps.rendering.documents import Document
from apps.rendering.errors import BadDocument
from apps.rendering.look import LOOKS, Theme
from apps.rendering.problems import Path
from apps.runs.filters_syntax import FilterError
from apps.runs.models import Project, Run


class PanelData(NamedTuple):
    """sources: rows by name. parameters: the value of each that is declared; spec: the document with them, for Vega.

    shown, of: runs that are drawn and that pass, of the source with the most. run_ids: of all that are drawn.
    """

    sources: dict[str, Rows]
    parameters: dict[str, Value]
    declared: dict[str, Parameter]
    spec: dict[str, Any]
    shown: int
    of: int
    run_ids: list[int]


def panel_data(
    project: Project,
    document: Document,
    parameters: Mapping[str, Any] | None = None,
    run_ids: Sequence[int] | None = None,
    *,
    baseline: int | None = None,
    theme: Theme = "light",
) -> PanelData:
    """The rows of all sources of a document: some queries a source, however many runs there are.

    run_ids: of the page, which the asker may read; the project's by each source's filter without them. baseline: the
    run that others are compared with, the first given one unless it is said.
    Raises BadDocument, Invalid for values of parameters, TooManyRows, TooMuchToRead and PanelsBusy.
    """
    given = parameters or {}
    declared = sources_of(document, given)
    if declared.problems:
        raise BadDocument(declared.problems)
    if baseline is None and run_ids:
        baseline = run_ids[0]
    asked = Asked(run_ids, baseline, theme)
    sources = declared.sources
    drawn = _drawn(project, asked, document, sources)
    colour = colours(asked, drawn)
    share = fair_share(len(sources))
    found = {}
    for name, source in sources.items():
        some = drawn[source.filter.text]
        with _said_at(document, (*SOURCES, name, "fields")):
            facts = facts_of(project, source, some.runs, asked, colour)
        rows = shaped(_rows(source, some.runs, facts, asked, share), source)
        found[name] = replace(rows, note=_note(rows, some, asked), shown=len(some.runs), runs=some.total)
    counts = {name: len(rows) for name, rows in found.items()}
    if sum(counts.values()) > MAX_ROWS:
        raise TooManyRows(counts, MAX_ROWS)
    most = max(found.values(), key=lambda rows: rows.runs, default=Rows({}, 0))
    spec = filled_spec(document, declared.parameters, given)
    values = values_of(declared.parameters, given)
    run_ids = list(dict.fromkeys(run.id for some in drawn.values() for run in some.runs))
    return PanelData(found, values, declared.parameters, spec, most.shown, most.runs, run_ids)


def in_theme(found: PanelData, theme: Theme) -> PanelData:
    """Rows that were read for the light theme, as they are for another one: its colours of runs."""
    other = dict(zip(LOOKS["light"].runs, LOOKS[theme].runs, strict=True))

    def recoloured(rows: Rows) -> Rows:
        column = rows.columns.get(COLOUR)
        if not isinstance(column, Coded):
            return rows
        values = [other.get(value, value) if isinstance(value, str) else value for value in column.values]
        return replace(rows, columns={**rows.columns, COLOUR: Coded(values, column.codes)})

    return found._replace(sources={name: recoloured(rows) for name, rows in found.sources.items()})


def _drawn(project: Project, asked: Asked, document: Document, sources: Mapping[str, Source]) -> dict[str, Drawn]:
    """By the text of each filter the runs that pass it. Raises BadDocument at the filter."""
    whole = any(source.fields or source.kind == "config" for source in sources.values())
    found: dict[str, Drawn] = {}
    for name, source in sources.items():
        if source.filter.text not in found:
            with _said_at(document, (*SOURCES, name, "filter")):
                found[source.filter.text] = drawn_runs(project, asked, source.filter, whole=whole)
    return found


@contextmanager
def _said_at(document: Document, path: Path) -> Iterator[None]:
    """What the project knows of a name and the document does not, said at its place in the document."""
    try:
        yield
    except FilterError as error:
        raise BadDocument([document.problem(path, error.problem)]) from error


def _rows(source: Source, runs: Sequence[Run], facts: Facts, asked: Asked, share: int) -> Rows:
    if source.kind == "history":
        return history_rows(source, facts, share)
    if source.kind == "runs":
        return run_rows(runs, facts)
    if source.kind == "config":
        return config_rows(runs, facts)
    if source.kind == "confusion":
        return confusion_rows(source, facts)
    return class_rows(source, facts, asked.baseline)


def _note(rows: Rows, drawn: Drawn, asked: Asked) -> str:
    said = [rows.note] if rows.note else []
    shown = len(drawn.runs)
    if drawn.elsewhere:
        said.insert(0, f"Runs of other projects are left out: {drawn.elsewhere:,}.")
    if shown < drawn.total or not drawn.exact:
        which = "first" if asked.run_ids is not None else "newest"
        least = "" if drawn.exact else "at least "
        said.insert(0, f"{shown:,} of {least}{drawn.total:,} runs, the {which} ones.")
    return " ".join(said)
