"""The run table: its page, and what it remembers."""

from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core.answers import json_answer
from apps.core.errors import Invalid
from apps.core.live import live_page
from apps.panels.table_columns import fitting_columns, read_columns
from apps.runs.access import AnyUser, administers, readable_project, writes_to
from apps.runs.filters import parse
from apps.runs.models import Project, State
from apps.runs.queries import in_states, runs_of
from apps.runs.run_table import Chosen, parse_sorts
from apps.workspace import queries
from apps.workspace.access import readable_views
from apps.workspace.models import RememberedTable, SavedView
from apps.workspace.services import remember_table
from apps.workspace.table_export import Sheet, csv_parts, group_sheet, parquet_parts, run_sheet
from apps.workspace.table_groups import read_fields
from apps.workspace.table_shown import ShownTable, chosen_base, chosen_runs, counted, shown_table
from apps.workspace.table_state import PAGE_LENGTHS, TableState, read_state

FOLLOWED = 5_000  # runs of a grouped table that is read again by itself
PLOT_KINDS = {
    "scatter": "Scatter",
    "bars": "Bars",
    "histogram": "Histogram",
    "parallel": "Parallel coordinates",
    "importance": "Importance of settings",
}.items()
_TYPES = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}


@live_page
@require_safe
def run_table(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The table as its URL says; without a word in the URL, as its user left it."""
    found = readable_project(request.user, team, project)
    views = list(readable_views(request.user, found))
    state = read_state(request.GET)
    view = next((one for one in views if one.slug == state.view), None)
    where = _elsewhere(request, found, views, view)
    if where:
        return redirect(f"{request.path}?{where}")
    table = shown_table(found, request.user, state)
    context = {
        "project": found,
        "administers": administers(request.user, found),
        "writes": writes_to(request.user, found),
        "table": table,
        "views": [(one, f"?{_view_query(one)}") for one in views],
        "view": view,
        "view_changed": view is not None and view.query != table.state.look(),
        "changes_view": view is not None and (view.owner == request.user or administers(request.user, found)),
        "run_filter": table.run_filter,
        "states": State.choices,
        "lengths": [(length, table.state.query(length=length)) for length in PAGE_LENGTHS],
        "live": _goes_on(found, table) or table.is_empty,
        "waits": True,
        "plot_kinds": PLOT_KINDS,
        "plots_api": reverse("plot_suggestion", args=[found.team.slug, found.slug]).removesuffix("suggestion/"),
        "newcomer": table.is_empty and not (table.state.filtered or table.state.archived or table.page.seen),
        "server": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "workspace/run_table.html", context)


@require_safe
def count(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """How many runs the table's filter lets pass, as JSON: at least total, or just so many when exact."""
    found = readable_project(request.user, team, project)
    chosen, _ = chosen_runs(found, read_state(request.GET))
    total, exact = counted(found, chosen) if chosen is not None else (0, True)
    return json_answer({"total": total, "exact": exact})


@require_safe
def export(request: HttpRequest, team: str, project: str, kind: str) -> StreamingHttpResponse:
    """Every run, or group, that the table's URL means, on all its pages, as a CSV or Parquet file.

    What a page would say of a URL that is partly wrong is refused here: a file cannot say it.
    """
    found = readable_project(request.user, team, project)
    sheet = _sheet(found, request.user, read_state(request.GET))
    parts = csv_parts(sheet) if kind == "csv" else parquet_parts(sheet)
    response = StreamingHttpResponse(filter(None, parts), content_type=_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{found.team.slug}-{found.slug}-runs.{kind}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _goes_on(project: Project, table: ShownTable) -> bool:
    """Whether the page reads itself again: while a listed run works, or any when few enough are grouped."""
    if table.grouped is None:
        return queries.any_running(table.page.runs)
    return table.grouped.runs <= FOLLOWED and in_states(runs_of(project), [State.RUNNING]).exists()


def _sheet(project: Project, user: AnyUser, state: TableState) -> Sheet:
    problems: list[str] = []
    chosen = Chosen(parse(state.filter), state.states, state.archived)
    sorts = parse_sorts(state.sorts)
    base = chosen_base(project, user, state, problems)
    texts = state.columns if state.columns is not None else fitting_columns(project)
    columns, unread = read_columns(project, texts)
    columns.sort(key=lambda column: column.text not in state.pins)
    fields = read_fields(state.groups, problems)
    if problems or unread:
        raise Invalid(" ".join([*problems, *unread]))
    if fields:
        return group_sheet(project, chosen, sorts if state.sorts else [], fields, columns)
    return run_sheet(project, chosen, sorts, columns, base)


def _elsewhere(request: HttpRequest, project: Project, views: list[SavedView], view: SavedView | None) -> str:
    """Where a URL leads that says nothing, or names a view alone: the query of what it means; "" for all others."""
    if view is not None and set(request.GET) == {"view"}:
        query = _view_query(view)
        return "" if query == f"view={view.slug}" else query
    if request.GET:
        return ""
    remembered = _remembered(request.user, project)
    default = next((one for one in views if one.is_default), None)
    return remembered or (_view_query(default) if default else "")


def _view_query(view: SavedView) -> str:
    return "&".join(part for part in (view.query, f"view={view.slug}") if part)


def _remembered(user: AnyUser, project: Project) -> str:
    if not isinstance(user, User):
        return ""
    kept = RememberedTable.objects.filter(user=user, project=project).first()
    return kept.query if kept else ""


@require_POST
@signed_in(back="run_table", keep=("team", "project"))
def remember(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Keep how the table looks for its user."""
    found = readable_project(request.user, team, project)
    remember_table(cast(User, request.user), found, request.POST.get("query", ""))
    return HttpResponse(status=204)
