"""The list of a project's runs as it is asked for over HTTP, and answered."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, QueryDict

from apps.core.answers import json_time
from apps.core.errors import Invalid
from apps.history.queries import run_totals
from apps.ingest.answers import run_line
from apps.runs.columns import column_values, parse_columns
from apps.runs.filters import parse
from apps.runs.filters_notes import notes
from apps.runs.filters_syntax import Filter
from apps.runs.models import Project
from apps.runs.queries import check_states, in_states, run_page, runs_of
from apps.runs.run_table import Sort, TablePage, parse_sort, table_page

DEFAULT_PAGE, LONGEST_PAGE = 50, 500
NEWEST_FIRST = "-created"


class Question(NamedTuple):
    """Which runs are asked for, in which order, and what of them. columns: as they were written."""

    filter: Filter
    sort: Sort
    states: list[str]
    columns: list[str]
    limit: int
    cursor: str


def question(params: QueryDict) -> Question:
    """Read the parameters of a list. Raises Invalid and FilterError."""
    columns = list(dict.fromkeys(params.getlist("columns")))
    parse_columns(columns)
    return Question(
        filter=parse(params.get("filter", "")),
        sort=parse_sort(params.get("sort") or NEWEST_FIRST),
        states=check_states(params.getlist("state")),
        columns=columns,
        limit=_limit(params),
        cursor=params.get("cursor", ""),
    )


def _limit(params: QueryDict) -> int:
    text = params.get("limit", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= LONGEST_PAGE):
        raise Invalid(f"limit is 1..{LONGEST_PAGE}.", fields={"limit": f"{text[:40]!r} is not"})
    return int(text)


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
    if asked.filter.condition is None and asked.sort == parse_sort(NEWEST_FIRST):
        plain = run_page(in_states(runs_of(project), asked.states), limit=asked.limit, cursor=asked.cursor)
        return TablePage(*plain, exact=True)
    return table_page(
        project,
        asked.filter,
        asked.sort,
        limit=asked.limit,
        cursor=asked.cursor,
        states=asked.states,
        whole=bool(asked.columns),
    )


def _answer(value: Any) -> Any:
    return json_time(value) if isinstance(value, datetime) else value
