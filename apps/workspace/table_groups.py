"""The run table grouped: a row for runs that are alike, with the spread of their numbers; open, its runs below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.panels.table_columns import Cell, Column, is_number
from apps.panels.table_columns import cells as shown_cells
from apps.runs.columns import column_values
from apps.runs.directions import Direction
from apps.runs.filters import parse, parse_name
from apps.runs.filters_syntax import FilterError, Name
from apps.runs.group_table import MAX_FIELDS, Group, Spread, group_page
from apps.runs.models import Project, Run
from apps.runs.run_order import Sort
from apps.runs.run_table import NEWEST_FIRST, Chosen, table_page
from apps.workspace.table_state import TableState

MEMBERS = 20  # runs that an open group lists; its link leads to all
MAX_OPEN = 20


@dataclass(frozen=True)
class GroupCell:
    """The spread of one column in a group. delta: of its mean from the baseline's number; better: whether that is good.

    partial: whether some runs of the group have no number here.
    """

    spread: Spread | None
    delta: float | None
    better: bool | None
    partial: bool


@dataclass(frozen=True)
class GroupRow:
    """One group. toggle, alone: the URLs of opening or closing it, and of the table of its runs. members: when open."""

    group: Group
    cells: list[GroupCell]
    is_open: bool
    toggle: str
    alone: str
    members: list[tuple[Run, list[Cell]]]

    @property
    def more(self) -> int:
        return self.group.runs - len(self.members)


@dataclass(frozen=True)
class GroupedTable:
    """A page of groups. left_out: columns without numbers, which have no spread."""

    fields: list[Name]
    columns: list[Column]
    rows: list[GroupRow]
    total: int
    runs: int
    begin: int
    next: str
    left_out: list[str]

    @property
    def last(self) -> int:
        return self.begin + len(self.rows)


def read_fields(texts: Sequence[str], problems: list[str]) -> list[Name]:
    """What runs are grouped by; what cannot be read is said and left out."""
    found: list[Name] = []
    for text in texts:
        try:
            name = parse_name(text)
        except FilterError as error:
            problems.append(f"Not grouped by {text[:80]!r}: {error.problem}")
            continue
        if not isinstance(name, Name):
            problems.append(f"Runs cannot be grouped by {name.name}.")
        elif name not in found:
            found.append(name)
    if len(found) > MAX_FIELDS:
        problems.append(f"Runs are grouped by at most {MAX_FIELDS} names; the last are left out.")
    return found[:MAX_FIELDS]


def grouped_table(
    project: Project,
    chosen: Chosen,
    fields: list[Name],
    columns: Sequence[Column],
    sorts: Sequence[Sort],
    base: Run | None,
    state: TableState,
) -> GroupedTable:
    """A page of groups of every run that passes. Raises FilterError.

    Queries: a few for each field and column, and for each open group; as many for many runs as for few.
    """
    measured = [column for column in columns if column.kind in ("number", "text") and column.subject not in fields]
    names = [column.subject for column in measured if isinstance(column.subject, Name)]
    begin = int(state.cursor) if state.cursor.isascii() and state.cursor.isdigit() and len(state.cursor) < 9 else 0
    page = group_page(project, chosen, fields, names, sorts, begin=begin, limit=state.length)
    numeric = [any(group.spreads[place] for group in page.groups) for place in range(len(measured))]
    kept = [(place, column) for place, column in enumerate(measured) if numeric[place]]
    base_values = column_values(project, [base], names)[0] if base else []
    rows = []
    for group in page.groups:
        row = _row(state, group, [_cell(group, place, column, base_values) for place, column in kept])
        if row.is_open:
            members = _members(project, chosen, row, sorts)
            grid = shown_cells(project, members, [column for _, column in kept], base)
            row.members.extend(zip(members, grid, strict=True))
        rows.append(row)
    following = begin + len(page.groups)
    shown = {column.text for _, column in kept} | {field.text for field in fields}
    return GroupedTable(
        fields=fields,
        columns=[column for _, column in kept],
        rows=rows,
        total=page.total,
        runs=page.runs,
        begin=begin,
        next=state.query(cursor=str(following)) if following < page.total else "",
        left_out=[column.label for column in columns if column.text not in shown],
    )


def _cell(group: Group, place: int, column: Column, base_values: Sequence[object]) -> GroupCell:
    spread = group.spreads[place]
    base = base_values[place] if base_values else None
    delta = better = None
    if spread is not None and isinstance(base, (int, float)) and is_number(base):
        delta = spread.mean - base
        if column.direction != Direction.UNKNOWN and delta:
            better = (delta < 0) == (column.direction == Direction.MIN)
    return GroupCell(spread, delta, better, spread is not None and spread.n < group.runs)


def _row(state: TableState, group: Group, cells: list[GroupCell]) -> GroupRow:
    is_open = group.filter in state.opened[:MAX_OPEN]
    opened = tuple(one for one in state.opened if one != group.filter) if is_open else (*state.opened, group.filter)
    alone = state.query(filter=_narrowed(state.filter, group), groups=(), opened=())
    return GroupRow(group, cells, is_open, state.query(opened=opened), alone, [])


def _members(project: Project, chosen: Chosen, row: GroupRow, sorts: Sequence[Sort]) -> list[Run]:
    """The first runs of a group."""
    narrowed = chosen._replace(filter=parse(_narrowed(chosen.filter.text, row.group)))
    return table_page(project, narrowed, sorts or [NEWEST_FIRST], limit=MEMBERS, whole=True).runs


def _narrowed(text: str, group: Group) -> str:
    """A filter that lets those runs of a group pass that another one does."""
    return f"({text}) and {group.filter}" if text else group.filter
