"""The columns of tables of runs: which there are, what they are called, and what stands in their cells."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from apps.panels.sparklines import Sparkline, sparklines
from apps.runs.class_names import class_cells
from apps.runs.columns import column_values
from apps.runs.directions import Direction, guessed
from apps.runs.directions_known import directions
from apps.runs.filters import MOMENTS, STARTS, parse_name
from apps.runs.filters_syntax import Field, FilterError, Name
from apps.runs.grouping import CONFIG, differing_fields
from apps.runs.models import Namespace, Project, Run, RunValue, State
from apps.runs.queries import runs_of

MAX_COLUMNS = 100
FACTS = ("state", "created", "started", "finished", "took", "tags", "notes", "group", "job_type", "heartbeat", "id")
FIRST_METRICS, FIRST_SETTINGS = 5, 5  # of a table whose columns nobody chose
COMPARED = 50  # newest runs whose settings are compared for that
LOOKED_AT = 10  # of them whose metrics are looked at
NAME_WIDTH = 240
JUDGED = ("val", "valid", "validation", "test", "eval", "dev")  # prefixes of metrics that runs are judged by
WIDTHS = {
    "number": 92,
    "time": 84,
    "state": 96,
    "took": 88,
    "tags": 170,
    "notes": 220,
    "text": 132,
    "id": 128,
    "curve": 116,
}


@dataclass(frozen=True)
class Column:
    """One column. text: as it is written in the URL; subject: what of a run it shows, None of tags, took and curves.

    kind: number, text, time, state, took, tags, notes, id or curve. direction: which end of its numbers is the good
    one. curve: the metric whose curve it shows.
    """

    text: str
    label: str
    kind: str
    subject: Field | Name | None = None
    direction: Direction = Direction.UNKNOWN
    curve: str = ""

    @property
    def metric(self) -> str:
        """The name of its metric, "" when it shows none."""
        return self.subject.name if isinstance(self.subject, Name) and self.subject.namespace == "metric" else ""

    @property
    def figure(self) -> str:
        """Which of its metric's numbers it shows, "" of other columns."""
        return self.subject.figure if isinstance(self.subject, Name) and self.metric else ""

    @property
    def sortable(self) -> bool:
        return isinstance(self.subject, Name)

    def width(self, numeric: bool) -> int:
        """px, unless somebody chose another width. numeric: whether numbers alone stand in it."""
        if self.kind not in ("number", "text"):
            return WIDTHS[self.kind]
        return min(190, max(WIDTHS["number" if numeric else "text"], 64 + 8 * len(self.label)))

    def with_figure(self, figure: str) -> str:
        """The text of the column with another figure of its metric; of other columns the same."""
        if not self.metric or (figure == "best" and self.direction == Direction.UNKNOWN):
            return self.text
        return Name("metric", self.metric, figure).text


@dataclass(frozen=True)
class Cell:
    """What stands in one place. delta: its difference from the baseline's number; better: whether it is the good way.

    same: equal to the baseline's. best: the best number of those listed.
    """

    value: Any
    delta: float | None = None
    better: bool | None = None
    same: bool = False
    best: bool = False


def read_columns(project: Project, texts: Sequence[str]) -> tuple[list[Column], list[str]]:
    """The columns that are written, and what is wrong with those that cannot be read: one query for directions."""
    subjects: dict[str, Field | Name | None] = {}
    problems = []
    if len(texts) > MAX_COLUMNS:
        problems.append(
            f"A table has at most {MAX_COLUMNS} columns; {len(texts):,} were asked for, the last are left out."
        )
    for text in texts[:MAX_COLUMNS]:
        if text in ("tags", "took") or curve_of(text):
            subjects[text] = None
            continue
        try:
            found = parse_name(text)
            subjects[text if isinstance(found, Field) else found.text] = found
        except FilterError as error:
            problems.append(f"The column {text[:80]!r} cannot be shown: {error.problem}")
    names = [one for one in subjects.values() if isinstance(one, Name)]
    for name, unclear in class_cells(project, names).unclear.items():
        subjects.pop(name.text)
        problems.append(f"The column {name.text[:80]!r} cannot be shown: {unclear.problem}")
    metrics = [one.name for one in names if one.namespace == "metric"]
    known = directions(project, [*metrics, *(one.figure for one in names if one.namespace == "class")])
    return [_column(text, subject, known) for text, subject in subjects.items() if text != "name"], problems


def curve_text(metric: str) -> str:
    """How the column of a metric's curve is written."""
    return f"curve({Name('metric', metric).text})"


def curve_of(text: str) -> str:
    """The metric whose curve a column shows, "" when it is no curve."""
    if not (text.startswith("curve(") and text.endswith(")")):
        return ""
    try:
        found = parse_name(text[6:-1])
    except FilterError:
        return ""
    return found.name if isinstance(found, Name) and found.namespace == "metric" else ""


def _column(text: str, subject: Field | Name | None, known: Mapping[str, Direction]) -> Column:
    if curve_of(text):
        return Column(text, curve_of(text), "curve", curve=curve_of(text))
    if subject is None or isinstance(subject, Field):
        kind = "time" if text in MOMENTS else text
        return Column(text, text, kind, subject)
    if subject.namespace == "run":
        return Column(text, text.replace("_", " "), "time" if text in STARTS else "text", subject)
    if subject.namespace == "metric":
        return Column(text, subject.name, "number", subject, known[subject.name])
    if subject.namespace == "class":
        return Column(text, class_title(subject), "number", subject, known[subject.figure])
    if subject.namespace == "cost":
        return Column(text, f"cost {subject.name}", "number", subject, Direction.MIN)
    if subject.namespace == "summary":
        return Column(text, subject.name, "number", subject, guessed(subject.name))
    return Column(text, subject.name, "text", subject)


def class_title(name: Name) -> str:
    """What the column of a class's number is called, "" of other names."""
    return " ".join(filter(None, (name.table, name.name, name.figure))) if name.namespace == "class" else ""


def fitting_columns(project: Project) -> list[str]:
    """The columns of a table for which nobody chose any, from the newest runs of the project: three queries.

    Not from the runs it lists: columns would come and go from page to page.
    """
    runs = list(runs_of(project)[:COMPARED])
    newest = [run.id for run in runs[:LOOKED_AT]]
    keys = RunValue.objects.filter(run__in=newest, key__namespace=Namespace.METRIC_LAST).values_list("key__name")
    counts = {name: count for name, count in keys.annotate(count=Count("run_id")).order_by() if _shown_first(name)}
    known = directions(project, counts)
    by_use = sorted(counts, key=lambda name: (*_rank(name, known[name]), -counts[name], name))
    metrics = [
        Name("metric", name, "last" if known[name] == Direction.UNKNOWN else "best").text
        for name in by_use[:FIRST_METRICS]
    ]
    settings = [
        Name("config", field.removeprefix(CONFIG)).text for field in differing_fields(runs) if field.startswith(CONFIG)
    ]
    facts = [
        text
        for text, there in (("tags", any(run.tags for run in runs)), ("notes", any(run.notes for run in runs)))
        if there
    ]
    return ["state", *metrics, *settings[:FIRST_SETTINGS], "created", "took", *facts]


def _shown_first(name: str) -> bool:
    return not name.startswith(("system/", "sys/", "system.", "gpu/", "cpu/"))


def _rank(name: str, direction: Direction) -> tuple[bool, bool]:
    judged = re.split(r"[/._-]", name.lower())[0] in JUDGED
    return direction == Direction.UNKNOWN, not judged


def cells(project: Project, runs: Sequence[Run], columns: Sequence[Column], base: Run | None) -> list[list[Cell]]:
    """For each run its cells, in the order of the columns: two queries at most, and a few for all curves together.

    Runs come whole.
    """
    rows = values(project, [*runs, base] if base else runs, columns)
    base_row = rows.pop() if base else None
    return judged(runs, rows, columns, base, base_row)


def values(project: Project, runs: Sequence[Run], columns: Sequence[Column]) -> list[list[Any]]:
    """For each run what stands in its cells: the queries of cells. Runs come whole."""
    found = column_values(project, runs, [column.subject for column in columns if column.subject is not None])
    curves = sparklines([run.id for run in runs], [column.curve for column in columns if column.curve])
    return [_with_facts(run, columns, iter(row), curves) for run, row in zip(runs, found, strict=True)]


def judged(
    runs: Sequence[Run],
    rows: Sequence[Sequence[Any]],
    columns: Sequence[Column],
    base: Run | None,
    base_row: Sequence[Any] | None,
) -> list[list[Cell]]:
    """The cells of runs with these values beside those of the baseline, the best ones marked."""
    best = [_best([row[place] for row in rows], column.direction) for place, column in enumerate(columns)]
    return [
        [
            _cell(value, best[place], column, base_row[place] if base_row and base and run.id != base.id else _NO_BASE)
            for place, (column, value) in enumerate(zip(columns, row, strict=True))
        ]
        for run, row in zip(runs, rows, strict=True)
    ]


_NO_BASE = object()


def _with_facts(
    run: Run, columns: Sequence[Column], values: Iterator[Any], curves: Mapping[tuple[int, str], Sparkline]
) -> list[Any]:
    facts = {"tags": run.tags, "took": took(run)} | {
        one.text: curves.get((run.id, one.curve)) for one in columns if one.curve
    }
    return [next(values) if column.subject is not None else facts[column.text] for column in columns]


def took(run: Run) -> timedelta:
    """How long a run has worked: to its end, to its last sign of life, or until now."""
    ended = run.finished_at or (timezone.now() if run.state_now == State.RUNNING else run.heartbeat_at)
    return ended - run.started_at


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _finite(value: Any) -> bool:
    return is_number(value) and math.isfinite(value)


def _best(values: Sequence[Any], direction: Direction) -> float | None:
    numbers = [value for value in values if _finite(value)]
    if direction == Direction.UNKNOWN or len(set(numbers)) < 2:
        return None
    return min(numbers) if direction == Direction.MIN else max(numbers)


def _cell(value: Any, best: float | None, column: Column, base: Any) -> Cell:
    delta = better = None
    if column.kind == "number" and _finite(value) and _finite(base):
        delta = value - base
        if delta == 0 and column.direction == Direction.UNKNOWN:
            delta = None
        elif column.direction != Direction.UNKNOWN and delta != 0:
            better = (delta < 0) == (column.direction == Direction.MIN)
    same = base is not _NO_BASE and column.kind == "text" and value == base and type(value) is type(base)
    return Cell(value, delta, better, same, best is not None and value == best)


def is_numeric(column: Column, values: Sequence[Any]) -> bool:
    """Whether a column's cells stand to the right: metrics do, others when all they hold are numbers."""
    if column.kind != "text":
        return column.kind in ("number", "time", "took")
    found = [value for value in values if value is not None]
    return bool(found) and all(is_number(value) for value in found)


def first_order(column: Column) -> str:
    """What a first click sorts by: the good end first, the newest first, texts from A, other numbers highest first."""
    down = column.kind == "time" or (column.kind == "number" and column.direction != Direction.MIN)
    return f"-{column.text}" if down else column.text
