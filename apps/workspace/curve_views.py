"""Curves and histograms: the tab of a run, and the page of several."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.comparison.asking import asked_base, asked_ids
from apps.core.errors import NotFound
from apps.core.links import link
from apps.core.live import live_page
from apps.evaluation.class_page import kept_fields
from apps.evaluation.curve_page import shown_curves
from apps.evaluation.histogram_page import shown_histograms
from apps.runs.access import readable_project, readable_run, readable_runs, writes_to
from apps.workspace.run_page import run_context


@live_page
@require_safe
def run_curves(request: HttpRequest, run_id: int) -> HttpResponse:
    """The curves of a run beside those of the run before it, and its histograms over the steps."""
    found = readable_run(request.user, run_id)
    shared = run_context(found, request.user)
    previous = shared["previous"]
    runs = [previous, found] if previous else [found]
    context = {
        **shared,
        "curves": shown_curves(runs, runs[0], request.GET, at=found),
        "histograms": shown_histograms(runs, request.GET, at=found, heat=found),
        "step_fields": kept_fields(request.GET, "step"),
        "hstep_fields": kept_fields(request.GET, "hstep"),
    }
    return render(request, "workspace/run_curves.html", context)


@require_safe
def compare_curves(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """The curves and histograms of compared runs, over each other."""
    found = readable_project(request.user, team, project)
    runs = readable_runs(request.user, asked_ids(request.GET))
    if not runs:
        raise NotFound("Name the runs: ?run=…")
    base = asked_base(request.GET, runs) or runs[0]
    own = dict.fromkeys(("curves", "curve_class", "area", "curve_classes", "step", "histogram", "hstep"), "")
    context = {
        "project": found,
        "runs": runs,
        "curves": shown_curves(runs, base, request.GET),
        "histograms": shown_histograms(runs, request.GET),
        "step_fields": kept_fields(request.GET, "step"),
        "hstep_fields": kept_fields(request.GET, "hstep"),
        "runs_query": link(request.GET, **own),
        "writes": writes_to(request.user, found),
    }
    return render(request, "workspace/compare_curves.html", context)
