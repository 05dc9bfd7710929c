"""The run table: its page, and what it remembers."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.models import User
from apps.accounts.signed_in import signed_in
from apps.core.answers import json_answer
from apps.runs.access import AnyUser, administers, readable_project, writes_to
from apps.runs.models import Project, State
from apps.workspace import queries
from apps.workspace.access import readable_views
from apps.workspace.models import RememberedTable, SavedView
from apps.workspace.services import remember_table
from apps.workspace.table_shown import chosen_runs, counted, shown_table
from apps.workspace.table_state import PAGE_LENGTHS, read_state


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
        "live": queries.any_running(table.page.runs),
        "newcomer": not (table.page.runs or table.state.filtered or table.state.archived or table.page.seen),
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
