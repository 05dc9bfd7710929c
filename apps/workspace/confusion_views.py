"""Confusion matrices of a run and of compared runs: the tab of a run, the page of several, and what is taken along."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.comparison.asking import asked_base, asked_ids
from apps.core.errors import NotFound
from apps.core.links import link
from apps.core.live import live_page
from apps.core.sheets import cell_text
from apps.evaluation.class_page import Choice, kept_fields
from apps.evaluation.confusion_markdown import as_markdown
from apps.evaluation.confusion_page import Confusions, all_mistakes, compared_confusions, shown_confusions
from apps.evaluation.confusion_pictures import beside, drawn, pictures
from apps.evaluation.confusion_steps import matrix_at
from apps.evaluation.picture_links import picture_query
from apps.panels.colours import run_slots
from apps.runs.access import readable_project, readable_run, readable_runs, writes_to
from apps.runs.models import Project, Run
from apps.workspace.run_page import run_context


@live_page
@require_safe
def run_confusion(request: HttpRequest, run_id: int) -> HttpResponse:
    found = readable_run(request.user, run_id)
    shared = run_context(found, request.user)
    context = {**shared, "step_fields": kept_fields(request.GET, "step"), **_of_run(found, shared, request.GET)}
    return render(request, "workspace/run_confusion.html", context)


def _of_run(run: Run, shared: dict[str, Any], params: QueryDict) -> dict[str, Any]:
    """What is shown of a run: its matrix, and what differs from that of the run before it; {} without any."""
    here = matrix_at(run, params)
    if here is None:
        return {}
    table, steps, keys = here
    previous: Run | None = shared["previous"]
    runs = [previous, run] if previous else [run]
    confusions = compared_confusions(run.project, runs, runs[0], table.key, {run.id: table})
    assert confusions is not None
    if confusions.tables[0] is None:
        runs = [run]
        confusions = compared_confusions(run.project, runs, run, table.key, {run.id: table})
        assert confusions is not None
    place = len(runs) - 1
    asked = [(place, False), (place, True)] if place else [(place, False)]
    shown = _shown(confusions, runs, runs[0], params, asked)
    if steps.newest_url:
        picture = picture_query([run], key=table.key, norm=shown["confusions"].norm, step=steps.step)
        shown["confusions"] = replace(shown["confusions"], picture=picture)
    return {
        **shown,
        "keys": keys,
        "steps": steps,
        "take_query": "" if steps.newest_url else link(params, run=[one.slug for one in runs], matrix=table.key),
        "before": runs[0] if place else None,
    }


@require_safe
def compare_confusion(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The confusion matrices of compared runs as pictures, and their mistakes."""
    found, runs, base, confusions = _compared(request, team, project)
    own = request.GET.get("as") == "own"
    shown = _shown(confusions, runs, base, request.GET, beside(confusions, own=own))
    context = {
        "project": found,
        "runs": runs,
        "base": base,
        "views": [
            Choice("difference", link(request.GET, **{"as": ""}), not own),
            Choice("own", link(request.GET, **{"as": "own"}), own),
        ],
        "take_query": link(request.GET),
        "writes": writes_to(request.user, found),
        "runs_query": link(
            request.GET, confusion="", confusion_order="", confusions="", matrix="", norm="", **{"as": ""}
        ),
        **shown,
        "keys": shown["confusions"].keys,
    }
    return render(request, "workspace/compare_confusion.html", context)


@require_safe
def take_confusion(request: HttpRequest, team: str, project: str, kind: str) -> HttpResponse:
    """The mistakes of compared runs as CSV, or as Markdown for a pull request. kind: csv or md."""
    _, runs, base, confusions = _compared(request, team, project)
    if kind == "csv":
        answer = HttpResponse(_csv(confusions, runs, request.GET), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="confusions.csv"'
        return answer
    address = request.build_absolute_uri("/").rstrip("/")
    page = request.build_absolute_uri(request.path.removesuffix(".md") + "/" + link(request.GET))
    shown = shown_confusions(confusions, runs, base, request.GET)
    return HttpResponse(as_markdown(shown, runs, base, address, page), content_type="text/markdown; charset=utf-8")


def _compared(request: HttpRequest, team: str, project: str) -> tuple[Project, list[Run], Run, Confusions]:
    found = readable_project(request.user, team, project)
    runs = readable_runs(request.user, asked_ids(request.GET))
    if not runs:
        raise NotFound("Name the runs: ?run=…")
    base = asked_base(request.GET, runs) or runs[0]
    confusions = compared_confusions(found, runs, base, request.GET.get("matrix", ""))
    if confusions is None:
        raise NotFound("None of these runs has a confusion matrix.")
    return found, runs, base, confusions


def _shown(
    confusions: Confusions, runs: Sequence[Run], base: Run, params: QueryDict, asked: Sequence[tuple[int, bool]]
) -> dict[str, Any]:
    """What the pages of one and of several runs share."""
    slots = run_slots(run.id for run in runs)
    drawings = pictures(confusions, runs, slots, params.get("norm", ""), asked)
    return {
        "confusions": shown_confusions(confusions, runs, base, params),
        "columns": [(run, slots[run.id], run == base and len(runs) > 1) for run in runs],
        "pictures": drawings,
        "drawn": drawn(confusions, runs, drawings),
        "drawings": [
            Choice("picture", link(params, cells=""), params.get("cells") != "table"),
            Choice("table", link(params, cells="table"), params.get("cells") == "table"),
        ],
        "find_fields": kept_fields(params, "confusion"),
        "find_url": link(params, confusion=""),
    }


def _csv(confusions: Confusions, runs: Sequence[Run], params: QueryDict) -> bytes:
    """The first MOST_TAKEN mistakes that a search does not leave out: each run's count, of how many of the class."""
    file = io.StringIO()
    writer = csv.writer(file)
    names = [cell_text(f"{run.name} {run.slug}") for run in runs]
    writer.writerow(["actual", "predicted", *(f"{name} {what}" for name in names for what in ("count", "of"))])
    for row in all_mistakes(confusions, params):
        numbers = [number for cell in row.cells for number in (cell.number, cell.whole)]
        writer.writerow([cell_text(row.actual), cell_text(row.predicted), *numbers])
    return file.getvalue().encode()
