"""A table of runs: what each was given and what it reached, one by one or in groups."""

import csv
import io
import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from apps.core.answers import json_time
from apps.core.sheets import cell_text
from apps.panels.table_columns import Cell, Column, fitting_columns, is_number, is_numeric, judged, read_columns, values
from apps.reports.block_fields import BlockProblem, Fields, short
from apps.reports.held_pieces import CSV, Pieces
from apps.reports.kinds.grouped import groups_of, read_groups
from apps.reports.kinds.kind import Asking, Bound, Content, Drawn, KeptPicture, Kind
from apps.reports.kinds.names import read_name
from apps.runs.columns import MAX_COLUMNS
from apps.runs.filters_syntax import Field, Name
from apps.runs.models import Project, Run
from apps.runs.run_order import MISSING, NUMBER, TEXT, Mark, Place, Sort, ordered
from apps.runs.run_table import MAX_SORTS

MAX_ROWS = 100  # listed in a table
USUAL_ROWS = 50
FACTS = ("tags", "took")  # columns that are no name of the filter language
USUAL = ("tags", "notes")  # of a table whose columns nobody chose, what is too wide for a report


@dataclass(frozen=True)
class RunsOptions:
    """columns: as the run table writes them, () for the usual ones. groups: fields that runs are grouped by."""

    columns: tuple[str, ...]
    sorts: tuple[Sort, ...]
    rows: int
    groups: tuple[str, ...]


class Row(NamedTuple):
    """cells: with the head of each."""

    run: Run
    slot: int
    cells: list[tuple["Head", Cell]]


class Spread(NamedTuple):
    """Numbers of a group. std: of a sample, None for one run. delta: of the mean from the baseline's number."""

    mean: float
    std: float | None
    n: int
    delta: float | None
    better: bool | None


class Group(NamedTuple):
    """Runs that are alike. spreads: by column, None where no run has a number."""

    name: str
    runs: int
    spreads: list[Spread | None]


class Head(NamedTuple):
    column: Column
    numeric: bool


@dataclass(frozen=True)
class RunTable(Content):
    """rows: of the runs, or groups of them. left_out: runs or groups that are not listed. base: what deltas are from.

    unread: why columns show nothing.
    """

    heads: list[Head]
    rows: list[Row]
    groups: list[Group]
    left_out: int
    base: Run | None
    unread: list[str]

    template: ClassVar = "reports/kinds/runs.html"
    kept_template: ClassVar = "reports/kinds/runs.html"

    @property
    def problems(self) -> Sequence[str]:
        return self.unread

    @property
    def drawings(self) -> int:
        return 0

    @property
    def view(self) -> Mapping[str, Any]:
        return {"columns": [head.column.text for head in self.heads], "baseline": self.base.slug if self.base else None}

    def kept(self, part: Drawn, pieces: Pieces, progress: Callable[[], object]) -> list[KeptPicture]:
        sheet = pieces.add(self._sheet().encode(), CSV)
        return [KeptPicture("the table", {}, pieces.add_json(self._facts), sheet=sheet)]

    @property
    def _facts(self) -> dict[str, Any]:
        return {
            "columns": [
                {"text": one.column.text, "label": one.column.label, "direction": one.column.direction.value}
                for one in self.heads
            ],
            "rows": [
                {
                    "run": row.run.slug,
                    "name": row.run.name,
                    "values": [_plain(cell.value) for _, cell in row.cells],
                    "deltas": [cell.delta for _, cell in row.cells],
                }
                for row in self.rows
            ],
            "groups": [
                {"name": one.name, "runs": one.runs, "spreads": [spread and spread._asdict() for spread in one.spreads]}
                for one in self.groups
            ],
            "left_out": self.left_out,
        }

    def _sheet(self) -> str:
        """The table as a spreadsheet reads it; of groups the means with their deviations."""
        out = io.StringIO()
        sheet = csv.writer(out, lineterminator="\n")
        labels = [cell_text(head.column.label) for head in self.heads]
        if self.groups:
            sheet.writerow(["group", "runs", *(part for label in labels for part in (label, f"{label} std"))])
            for one in self.groups:
                figures = [(spread.mean, spread.std) if spread else (None, None) for spread in one.spreads]
                sheet.writerow([cell_text(one.name), one.runs, *(number for pair in figures for number in pair)])
        else:
            sheet.writerow(["run", "name", *labels])
            for row in self.rows:
                texts = [_plain(cell.value) for _, cell in row.cells]
                said = [json.dumps(text) if isinstance(text, list | dict) else text for text in texts]
                safe = [cell_text(text) if isinstance(text, str) else text for text in said]
                sheet.writerow([row.run.slug, cell_text(row.run.name), *safe])
        return out.getvalue()


@dataclass(frozen=True)
class Known:
    """What all tables of a report share. values: of each run, whole, by column."""

    runs: Mapping[int, Run]
    columns: Mapping[str, Column]
    values: Mapping[int, Mapping[str, Any]]
    usual: Sequence[str]


class RunsKind(Kind[RunsOptions]):
    name = "runs"
    says = "A table of runs: settings and results, sorted, with deltas to a baseline"
    example = "columns: [state, {key}, took]\nsort: -created\nrows: 20"
    options = ("columns", "sort", "rows", "group")
    compares = True
    legend = False

    def read(self, fields: Fields) -> RunsOptions:
        return RunsOptions(
            columns=_columns(fields),
            sorts=_sorts(fields),
            rows=fields.whole("rows", 1, MAX_ROWS) or USUAL_ROWS,
            groups=read_groups(fields),
        )

    def charts(self, options: RunsOptions) -> int:
        return 0

    def gathered(self, asking: Asking, blocks: Sequence[Bound]) -> Known:
        """A few queries for every 100 columns that differ, and four for blocks that say none."""
        run_ids = {run.id for bound in blocks for run in bound.runs}
        whole = Run.objects.filter(id__in=run_ids).select_related("project__team").order_by("id")
        runs = {run.id: run for run in whole}
        usual: list[str] = []
        if not all(bound.options.columns for bound in blocks):
            usual = [text for text in fitting_columns(asking.project) if text not in USUAL]
        named = [text for bound in blocks for text in bound.options.columns]
        named += [sort.name.text for bound in blocks for sort in bound.options.sorts]
        columns = _read(asking.project, list(dict.fromkeys([*named, *usual])))
        found = values(asking.project, list(runs.values()), list(columns.values()))
        of_runs = {run_id: dict(zip(columns, row, strict=True)) for run_id, row in zip(runs, found, strict=True)}
        return Known(runs, columns, of_runs, usual)

    def content(self, asking: Asking, bound: Bound, number: int, gathered: Known) -> RunTable:
        options: RunsOptions = bound.options
        texts = options.columns or gathered.usual
        columns = [gathered.columns[text] for text in texts if text in gathered.columns]
        runs = [gathered.runs[run.id] for run in bound.runs if run.id in gathered.runs]
        base = bound.baseline if bound.block.baseline else None
        rows = {run.id: [gathered.values[run.id][column.text] for column in columns] for run in runs}
        base_row = rows[base.id] if base else None
        cells = dict(zip(rows, judged(runs, list(rows.values()), columns, base, base_row), strict=True))
        heads = [Head(one, is_numeric(one, [row[place] for row in rows.values()])) for place, one in enumerate(columns)]
        unclear = [text for text in texts if text not in gathered.columns]
        problems = [f"The column “{short(text)}” is of several tables; name one." for text in unclear]
        lacking = [one.text for place, one in enumerate(columns) if all(row[place] is None for row in rows.values())]
        problems += [f"None of these runs has “{short(text)}”." for text in lacking if options.columns]
        if options.groups:
            groups = _groups(runs, options.groups, columns, rows, base_row)
            return RunTable(heads, [], groups[: options.rows], max(0, len(groups) - options.rows), base, problems)
        listed = [
            Row(run, asking.slots[run.id], list(zip(heads, cells[run.id], strict=True)))
            for run in _sorted(runs, options.sorts, gathered)
        ]
        return RunTable(heads, listed[: options.rows], [], max(0, len(listed) - options.rows), base, problems)


def _columns(fields: Fields) -> tuple[str, ...]:
    """The columns that are written; a text that is no name of the language is a metric."""
    texts = fields.texts("columns", "A column", most=MAX_COLUMNS)
    return tuple(dict.fromkeys(text if text in FACTS else _canonical(text) for text in texts if text != "name"))


def _canonical(text: str) -> str:
    name = read_name(text)
    return text if isinstance(name, Field) else name.text


def _sorts(fields: Fields) -> tuple[Sort, ...]:
    found = []
    for text in fields.texts("sort", "A sort", most=MAX_SORTS):
        name = read_name(text.removeprefix("-"))
        if not isinstance(name, Name):
            raise BlockProblem(f"Runs cannot be sorted by {name.name}.", fields.line_of("sort"))
        found.append(Sort(name, text.startswith("-")))
    return tuple(found)


def _read(project: Project, texts: Sequence[str]) -> dict[str, Column]:
    """The columns by their text; those that mean several things are missing."""
    found: list[Column] = []
    for begin in range(0, len(texts), MAX_COLUMNS):
        found += read_columns(project, texts[begin : begin + MAX_COLUMNS])[0]
    return {column.text: column for column in found}


def _sorted(runs: Sequence[Run], sorts: Sequence[Sort], known: Known) -> list[Run]:
    """The runs as the block names them, or by its sorts."""
    wanted = [sort for sort in sorts if sort.name.text in known.columns]
    if not wanted:
        return list(runs)
    of_run = {run.id: run for run in runs}
    places = [Place(tuple(_mark(run, known.values[run.id][sort.name.text]) for sort in wanted), run.id) for run in runs]
    return [of_run[place.run_id] for place in ordered(places, wanted)]


def _mark(run: Run, value: Any) -> Mark:
    if isinstance(value, datetime):
        return Mark(NUMBER, value.timestamp())
    if is_number(value) and value == value:
        return Mark(NUMBER, value)
    return Mark(MISSING, run.created_at.timestamp()) if value is None or is_number(value) else Mark(TEXT, str(value))


def _groups(
    runs: Sequence[Run],
    fields: Sequence[str],
    columns: Sequence[Column],
    rows: Mapping[int, Sequence[Any]],
    base_row: Sequence[Any] | None,
) -> list[Group]:
    """One query."""
    return [
        Group(
            one.name,
            len(one.run_ids),
            [
                _spread([rows[run_id][place] for run_id in one.run_ids], column, base_row[place] if base_row else None)
                for place, column in enumerate(columns)
            ],
        )
        for one in groups_of([run.id for run in runs], fields)
    ]


def _spread(found: Sequence[Any], column: Column, base: Any) -> Spread | None:
    numbers = [float(value) for value in found if is_number(value)]
    if not numbers:
        return None
    mean = statistics.fmean(numbers)
    std = statistics.stdev(numbers) if len(numbers) > 1 else None
    delta = mean - base if is_number(base) and column.kind == "number" else None
    better = None
    if delta and column.direction.value in ("min", "max"):
        better = (delta < 0) == (column.direction.value == "min")
    return Spread(mean, std, len(numbers), delta, better)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return json_time(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value
