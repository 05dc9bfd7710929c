"""The list of a project's runs as it is asked for over HTTP, and answered."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, QueryDict

from apps.core.answers import json_time
from apps.core.parameters import integer_of, yes_of
from apps.history.queries import run_totals
from apps.ingest.answers import run_line
from apps.runs.columns import column_values, parse_columns
from apps.runs.filters import parse
from apps.runs.filters_notes import notes
from apps.runs.filters_syntax import Filter
from apps.runs.models import Project
from apps.runs.queries import check_states, in_states, run_page, runs_of
from apps.runs.run_order import Sort
from apps.runs.run_table import NEWEST_FIRST, Chosen, TablePage, parse_sorts, table_page

DEFAULT_PAGE, LONGEST_PAGE = 50, 500


class Question(NamedTuple):
    """Which runs are asked for, in which order, and what of them. columns: as they were written."""

    filter: Filter
    sorts: list[Sort]
    states: list[str]
    archived: bool
    columns: list[str]
    limit: int
    cursor: str


def question(params: QueryDict) -> Question:
    """Read the parameters of a list. Raises Invalid and FilterError."""
    columns = list(dict.fromkeys(params.getlist("columns")))
    parse_columns(columns)
    return Question(
        filter=parse(params.get("filter", "")),
        sorts=parse_sorts([text for text in params.getlist("sort") if text]),
        states=check_states(params.getlist("state")),
        archived=yes_of(params, "archived"),
        columns=columns,
        limit=integer_of(params, "limit", 1, LONGEST_PAGE) or DEFAULT_PAGE,
        cursor=params.get("cursor", ""),
    )


def run_list(request: HttpRequest, project: Project, asked: Question) -> dict[str, Any]:
    """The body of the answer. Raises Invalid and FilterError."""
    page = _page(project, asked)
    totals = run_totals([run.id for run in page.runs])
    lines = [run_line(request, run, totals.get(run.id, 0)) for run in page.runs]
    if asked.columns:
        values = column_values(project, page.runs, parse_columns(asked.columns))
        for line, row in zip(lines, values, strict=True):
            line["values"] = {name: _answer(value) for name, value in zip(asked.columns, row, strict=True)}
    remarks = notes(project, asked.filter) if not page.runs else []
    return {
        "runs": lines,
        "next": page.next,
        "total": page.total,
        "total_is": "exact" if page.exact else "at_least",
        "notes": [{"column": note.column, "message": note.message} for note in remarks],
    }


def _page(project: Project, asked: Question) -> TablePage:
    """A page; the plain list is read from the runs themselves and counts them all."""
    if asked.filter.condition is None and asked.sorts == [NEWEST_FIRST] and not asked.archived:
        plain = run_page(in_states(runs_of(project), asked.states), limit=asked.limit, cursor=asked.cursor)
        return TablePage(*plain, exact=True)
    return table_page(
        project,
        Chosen(asked.filter, tuple(asked.states), asked.archived),
        asked.sorts,
        limit=asked.limit,
        cursor=asked.cursor,
        whole=bool(asked.columns),
    )


def _answer(value: Any) -> Any:
    return json_time(value) if isinstance(value, datetime) else value
