"""The run table as its page shows it: rows with their cells, heads with where each of their controls leads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.panels.table_columns import (
    NAME_WIDTH,
    Cell,
    Column,
    cells,
    curve_text,
    first_order,
    fitting_columns,
    is_numeric,
    read_columns,
)
from apps.runs.access import AnyUser, readable_run
from apps.runs.filters import parse
from apps.runs.filters_notes import notes
from apps.runs.filters_syntax import FIGURES, FilterError, Name
from apps.runs.models import Project, Run, State
from apps.runs.run_order import Sort
from apps.runs.run_table import NEWEST_FIRST, Chosen, TablePage, count_chosen, parse_sorts, table_page
from apps.workspace.run_filter import RunFilter, wrong_part
from apps.workspace.table_groups import MAX_OPEN, GroupedTable, grouped_table, read_fields
from apps.workspace.table_state import TableState

PICK_WIDTH = 40  # px
COUNTED = 10_000  # runs up to which a page counts those that match
_NAME = Column("name", "name", "text", Name("run", "name"))


@dataclass(frozen=True)
class Head:
    """One column's head. order: "ascending", "descending" or ""; place: among several sorts, from 1.

    click, also: the URLs of sorting by it alone, and of adding it to the sorts there are.
    """

    column: Column
    width: int
    numeric: bool
    pinned: bool
    order: str
    place: int
    click: str
    also: str
    choices: list[tuple[str, str, bool]] = field(default_factory=list)  # figures of a metric: name, URL, is it this
    moves: dict[str, str] = field(default_factory=dict)  # group, up, down, left, right, pin, hide: URLs

    @property
    def group_width(self) -> int:
        """px where the spread of a group stands in it."""
        return max(self.width, 138)


@dataclass(frozen=True)
class Row:
    run: Run
    cells: list[tuple[Head, Cell]]
    is_base: bool
    base_url: str  # of the table with this run as its baseline

    @property
    def facts(self) -> tuple[object, ...]:
        """All that the row shows, but how long a running run has worked: that goes on in the browser."""
        run = self.run
        goes_on = run.state_now == State.RUNNING
        shown = [
            (head.column.text, head.pinned, head.numeric, None if goes_on and head.column.kind == "took" else cell)
            for head, cell in self.cells
        ]
        return run.name, run.group, self.is_base, self.base_url, goes_on, shown


@dataclass(frozen=True)
class ShownTable:
    """All a page of the table shows. total: how many runs match, if exact, else at least. With a filter that lets many
    pass they are counted after the page is there."""

    state: TableState
    page: TablePage
    name: Head
    heads: list[Head]
    rows: list[Row]
    base: Run | None
    run_filter: RunFilter
    problems: list[str]
    total: int
    exact: bool
    grouped: GroupedTable | None
    group_heads: list[Head]
    figure: str
    figures: list[tuple[str, str]]
    columns: list[str]

    @property
    def is_empty(self) -> bool:
        """Whether no run is listed, nor in a group."""
        return not (self.page.runs or (self.grouped and self.grouped.runs))

    @property
    def first(self) -> int:
        return self.page.seen + 1

    @property
    def last(self) -> int:
        return self.page.seen + len(self.page.runs)

    @property
    def width(self) -> int:
        return self.name.width + sum(head.width for head in self.heads)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a form that filters keeps of the URL."""
        return self.state.params(filter="", states=(), archived=False)

    @property
    def picks(self) -> int:
        """Width of the column of boxes, px."""
        return PICK_WIDTH

    @property
    def ungroupings(self) -> list[tuple[str, str]]:
        """What runs are grouped by, each with the URL of the table without it."""
        groups = self.state.groups
        return [
            (text, self.state.query(groups=tuple(one for one in groups if one != text), opened=())) for text in groups
        ]

    @property
    def looked(self) -> str:
        """The query of what is shown, columns that nobody chose included, from the first page on."""
        return self.state.query(columns=tuple(self.columns), cursor="", opened=(), view="")

    @property
    def without_base(self) -> str:
        return self.state.query(base="")

    @property
    def all_runs(self) -> str:
        return self.state.query(filter="", states=(), archived=False)

    @property
    def next(self) -> str:
        return self.state.query(cursor=self.page.next) if self.page.next else ""

    @property
    def to_count(self) -> str:
        """The query that counts the runs, "" when that is done."""
        return "" if self.exact or self.total >= COUNTED else TableState(self.state.filter, self.state.states).query()

    @property
    def start_anew(self) -> str:
        return self.state.query(cursor="")

    @property
    def start(self) -> str:
        return self.state.query(cursor="") if self.page.seen else ""


def shown_table(project: Project, user: AnyUser, state: TableState) -> ShownTable:
    """The table of a project for a state: as many queries for many runs as for few."""
    problems: list[str] = []
    chosen, run_filter = chosen_runs(project, state)
    sorts = _sorts(state, problems)
    page = TablePage([], None, 0, True)
    total, exact = 0, True
    base = chosen_base(project, user, state, problems)
    texts = state.columns if state.columns is not None else fitting_columns(project)
    columns, unread = read_columns(project, texts)
    columns.sort(key=lambda column: column.text not in state.pins)
    fields = read_fields(state.groups, problems)
    grouped = None
    if fields and chosen is not None:
        grouped = _grouped(project, chosen, fields, columns, sorts, base, state, problems)
    if chosen is not None and grouped is None:
        page, sorts = _page(project, chosen, sorts, replace(state, cursor="") if fields else state, problems)
        total, exact = page.total, page.exact
        if not exact and chosen == Chosen():
            total, exact = counted(project, chosen, total)
    state = replace(state, sorts=tuple(sort.text for sort in sorts) if state.sorts else ())
    grid = cells(project, page.runs, columns, base)
    heads = list(_heads(state, columns, grid, sorts))
    return ShownTable(
        state=state,
        page=page,
        name=next(_heads(state, [_NAME], [], sorts)),
        heads=heads,
        rows=[
            Row(run, list(zip(heads, row, strict=True)), run == base, state.query(base=run.slug))
            for run, row in zip(page.runs, grid, strict=True)
        ],
        base=base,
        run_filter=run_filter,
        problems=problems + unread,
        total=total,
        exact=exact,
        grouped=grouped,
        group_heads=_group_heads(project, grouped, state, sorts) if grouped else [],
        figure=_common_figure(columns),
        figures=_figures(state, columns) if any(column.metric for column in columns) else [],
        columns=[column.text for column in columns],
    )


def _grouped(
    project: Project,
    chosen: Chosen,
    fields: list[Name],
    columns: list[Column],
    sorts: list[Sort],
    base: Run | None,
    state: TableState,
    problems: list[str],
) -> GroupedTable | None:
    if len(state.opened) > MAX_OPEN:
        problems.append(f"At most {MAX_OPEN} groups are open at once: close some to open others.")
    try:
        return grouped_table(project, chosen, fields, columns, sorts if state.sorts else [], base, state)
    except FilterError as error:
        problems.append(f"Not grouped: {error.problem}")
        return None


def _group_heads(project: Project, grouped: GroupedTable, state: TableState, sorts: list[Sort]) -> list[Head]:
    """The heads of the fields, then of the numbers; they sort, and what else heads can do is done ungrouped."""
    fields, _ = read_columns(project, [field.text for field in grouped.fields if field != _NAME.subject])
    columns = [*fields, *grouped.columns]
    return [
        replace(head, numeric=place >= len(fields), pinned=False, choices=[], moves={})
        for place, head in enumerate(_heads(state, columns, [], sorts))
    ]


def counted(project: Project, chosen: Chosen, seen: int = 0) -> tuple[int, bool]:
    """How many runs pass, and whether that is all, or at least. seen: how many there are anyhow."""
    total = count_chosen(project, chosen, COUNTED + 1)
    return (max(seen, COUNTED), False) if total > COUNTED else (total, True)


def chosen_runs(project: Project, state: TableState) -> tuple[Chosen | None, RunFilter]:
    """Which runs are asked for, None when the filter cannot be read; and what is to be said of the filter."""
    try:
        chosen = Chosen(parse(state.filter), state.states, state.archived)
        remarks = [note.message for note in notes(project, chosen.filter)] if state.filter else []
    except FilterError as error:
        return None, RunFilter(state.filter, wrong_part(state.filter, error))
    return chosen, RunFilter(state.filter, remarks=remarks)


def _sorts(state: TableState, problems: list[str]) -> list[Sort]:
    try:
        return parse_sorts(state.sorts)
    except FilterError as error:
        problems.append(f"Sorted by the newest first: {error.problem}")
        return [NEWEST_FIRST]


def _page(
    project: Project, chosen: Chosen, sorts: list[Sort], state: TableState, problems: list[str]
) -> tuple[TablePage, list[Sort]]:
    """The page, and what it is sorted by. An order or a place that cannot be had is said and left out."""
    try:
        return table_page(project, chosen, sorts, limit=state.length, cursor=state.cursor, whole=True), sorts
    except FilterError as error:
        problems.append(f"Sorted by the newest first: {error.problem}")
        sorts = [NEWEST_FIRST]
    except Invalid:
        problems.append("This page began at a place of another filter or order; here is the first page.")
    return table_page(project, chosen, sorts, limit=state.length, whole=True), sorts


def chosen_base(project: Project, user: AnyUser, state: TableState, problems: list[str]) -> Run | None:
    if not state.base:
        return None
    try:
        run = readable_run(user, ids.from_text(state.base))
    except (ValueError, NotFound):
        run = None
    if run is None or run.project_id != project.pk:
        problems.append("The baseline run is not there any more: choose another one from a row's menu.")
        return None
    return run


# --- heads ---


def _heads(
    state: TableState, columns: Sequence[Column], grid: list[list[Cell]], sorts: Sequence[Sort]
) -> Iterator[Head]:
    texts = [column.text for column in columns]
    for place, column in enumerate(columns):
        position = next((at for at, sort in enumerate(sorts) if sort.name.text == column.text), None)
        said = position is not None and (bool(state.sorts) or len(sorts) > 1)
        order = "" if position is None or not said else "descending" if sorts[position].descending else "ascending"
        numeric = is_numeric(column, [row[place].value for row in grid])
        yield Head(
            column=column,
            width=state.widths.get(column.text) or (NAME_WIDTH if column is _NAME else column.width(numeric)),
            numeric=numeric,
            pinned=column.text in state.pins,
            order=order,
            place=position + 1 if position is not None and order and len(sorts) > 1 else 0,
            click=state.query(sorts=_cycled(column, order)) if column.sortable else "",
            also=state.query(sorts=_added(state, column, order)) if column.sortable else "",
            choices=_choices(state, column, texts),
            moves=_moves(state, column, texts),
        )


def _cycled(column: Column, order: str) -> tuple[str, ...]:
    """What a click sorts by: the column's first order, the other way round, and not by it at all."""
    first = first_order(column)
    first_way = "descending" if first.startswith("-") else "ascending"
    if not order:
        return (first,)
    return (_turned(first),) if order == first_way else ()


def _added(state: TableState, column: Column, order: str) -> tuple[str, ...]:
    others = tuple(one for one in state.sorts if one.removeprefix("-") != column.text)
    mine = _cycled(column, order)
    if order and mine:  # turned round where it stands
        return tuple(mine[0] if one.removeprefix("-") == column.text else one for one in state.sorts)
    return others + mine


def _turned(text: str) -> str:
    return text.removeprefix("-") if text.startswith("-") else f"-{text}"


def _choices(state: TableState, column: Column, texts: list[str]) -> list[tuple[str, str, bool]]:
    if not column.metric:
        return []
    found = []
    for figure in FIGURES:
        changed = column.with_figure(figure)
        if figure == column.figure or changed != column.text:
            found.append(
                (figure, state.query(**_renamed(state, texts, {column.text: changed})), figure == column.figure)
            )
    return found


def _renamed(state: TableState, texts: Sequence[str], names: dict[str, str]) -> dict[str, Any]:
    """The changes of a state whose columns are called otherwise, in all places."""

    def new(text: str) -> str:
        return names.get(text, text)

    return {
        "columns": tuple(dict.fromkeys(new(text) for text in texts)),
        "pins": tuple(new(text) for text in state.pins),
        "widths": {new(text): width for text, width in state.widths.items()},
        "sorts": tuple(f"-{new(text[1:])}" if text.startswith("-") else new(text) for text in state.sorts),
    }


def _moves(state: TableState, column: Column, texts: list[str]) -> dict[str, str]:
    name = column.text
    found: dict[str, str] = {}
    if column.sortable:
        found |= {"up": state.query(sorts=(name,)), "down": state.query(sorts=(f"-{name}",))}
    if column is _NAME:
        return found
    place = texts.index(name)
    if place:
        found["left"] = state.query(columns=_swapped(texts, place - 1))
    if place < len(texts) - 1:
        found["right"] = state.query(columns=_swapped(texts, place))
    pins = tuple(one for one in state.pins if one != name) if name in state.pins else (*state.pins, name)
    found["pin"] = state.query(pins=pins, columns=tuple(texts))
    if column.sortable and not column.metric and name not in state.groups:
        found["group"] = state.query(groups=(*state.groups, name), opened=())
    if column.metric and curve_text(column.metric) not in texts:
        place = texts.index(name) + 1
        found["curve"] = state.query(columns=(*texts[:place], curve_text(column.metric), *texts[place:]))
    rest = tuple(one for one in texts if one != name)
    found["hide"] = state.query(columns=rest or ("state",), pins=tuple(one for one in state.pins if one != name))
    return found


def _swapped(texts: Sequence[str], place: int) -> tuple[str, ...]:
    return (*texts[:place], texts[place + 1], texts[place], *texts[place + 2 :])


def _common_figure(columns: Sequence[Column]) -> str:
    """The figure that all metrics are shown by, as far as they can; "" when they differ."""
    metrics = [column for column in columns if column.metric]
    return next((one for one in FIGURES if all(column.with_figure(one) == column.text for column in metrics)), "")


def _figures(state: TableState, columns: Sequence[Column]) -> list[tuple[str, str]]:
    """For each figure the URL of the table with all its metrics shown by it."""
    texts = [column.text for column in columns]
    return [
        (figure, state.query(**_renamed(state, texts, {column.text: column.with_figure(figure) for column in columns})))
        for figure in FIGURES
    ]
