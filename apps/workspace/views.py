"""The pages: projects, one project. What a page shows is in its URL."""

import importlib
from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core import ids
from apps.core.disk import DiskUse, disk_use
from apps.core.errors import Invalid
from apps.core.live import live_page
from apps.custom_panels.pages import placed_cards
from apps.history.queries import heads
from apps.panels.arranging import arrangement
from apps.panels.errors import MAX_RUNS
from apps.panels.queries import board
from apps.runs.access import administers, readable_project, readable_projects, readable_runs
from apps.runs.models import Run, State
from apps.runs.queries import in_states, runs_of
from apps.workspace import queries
from apps.workspace.client_package import client_zip
from apps.workspace.run_filter import apply_filter

LIST_LENGTH = 50  # runs on one page of the list
SHOWN_AT_FIRST = 10  # of a project, before the reader chooses


@live_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    projects = list(queries.with_activity(readable_projects(request.user)))
    demo = demo_progress()
    context = {
        "projects": projects,
        "demo": demo,
        "live": bool(demo) or any(getattr(project, "running_count", 0) for project in projects),
        "waits": True,
        "first_project": f"{request.user.get_username()}/first-project" if request.user.is_authenticated else "",
        "server": request.build_absolute_uri("/").rstrip("/"),
        "filling_disk": _filling_disk(request),
    }
    return render(request, "workspace/home.html", context)


def _filling_disk(request: HttpRequest) -> DiskUse | None:
    """The disk, when its admin should make room now."""
    if not getattr(request.user, "is_superuser", False):
        return None
    use = disk_use()
    return use if use.is_filling else None


@live_page
@require_safe
def project(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    name = request.GET.get("name", "").strip()
    state = request.GET.get("state", "")
    matching = runs_of(found)
    if name:
        matching = matching.filter(name__icontains=name)
    if state in State.values:
        matching = in_states(matching, [state])
    matching, run_filter = apply_filter(found, matching, request.GET.get("filter", "").strip())
    page = Paginator(matching, LIST_LENGTH).get_page(request.GET.get("page"))
    shown = _chosen(request, list(page))
    drawn = heads([run.id for run in shown])
    panels = board(shown, drawn, only=request.GET.get("metric", "").strip(), arranged=arrangement(found, request.user))
    listed = {run.id for run in page}
    context = {
        "project": found,
        "administers": administers(request.user, found),
        "page": page,
        "rows": [{"run": run, "slot": panels.slots.get(run.id)} for run in page],
        "elsewhere": [{"run": run, "slot": panels.slots[run.id]} for run in shown if run.id not in listed],
        "shown": len(shown),
        "board": panels,
        "placed": placed_cards(request.user, found, "project"),
        "states": State.choices,
        "state": state,
        "run_filter": run_filter,
        "filtered": bool(name or state or run_filter.text),
        "live": queries.any_running([*page, *shown]) or not page.paginator.count,
        "waits": True,
        "newcomer": not page.paginator.count and not (name or state or run_filter.text),
        "server": request.build_absolute_uri("/").rstrip("/"),
    }
    return render(request, "workspace/project.html", context)


def demo_progress() -> Any:
    """What the demo's trainings have done so far, None when there is none or it is done."""
    try:
        progress = importlib.import_module("apps.workspace.demo.progress")
    except ImportError:
        return None
    return progress.demo_progress()


def _run_ids(params: QueryDict) -> list[int]:
    """The ids of ?run=…, each once. Raises Invalid for what is no id and for too many."""
    texts = list(dict.fromkeys(params.getlist("run")))
    if len(texts) > MAX_RUNS:
        raise Invalid(f"A page takes at most {MAX_RUNS:,} runs; {len(texts):,} came.", fields={"run": "too many"})
    try:
        return [ids.from_text(text) for text in texts]
    except ValueError as error:
        raise Invalid(str(error), fields={"run": str(error)}) from error


def _chosen(request: HttpRequest, listed: Sequence[Run]) -> list[Run]:
    """The runs whose charts are shown: those of the URL, else the newest of the list."""
    wanted = _run_ids(request.GET)
    if not wanted:
        return [] if request.GET.get("none") else list(listed[:SHOWN_AT_FIRST])
    known = {run.id: run for run in listed}
    if all(run_id in known for run_id in wanted):
        return [known[run_id] for run_id in wanted]
    return readable_runs(request.user, wanted)


@require_safe
def client(request: HttpRequest) -> HttpResponse:
    """The Python client, for `pip install`. Public, as a key is not at hand yet and its source is no secret."""
    return HttpResponse(client_zip(), content_type="application/zip")
