"""The first page of a run, and its stop."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.signed_in import signed_in
from apps.comparison.trees import flattened
from apps.core.live import live_page
from apps.evaluation.class_page import run_flags
from apps.evaluation.confusion_page import run_rises
from apps.history.queries import heads, run_totals
from apps.panels.arranging import arrangement
from apps.panels.queries import board
from apps.panels.table_columns import took
from apps.runs.access import readable_run, writable_run
from apps.runs.errors import RunEnded
from apps.runs.outlooks import run_outlook
from apps.runs.services import request_stop
from apps.runs.timeline import timeline
from apps.workspace import queries
from apps.workspace.headline import headline, progress
from apps.workspace.outlook_shown import shown
from apps.workspace.run_page import run_context
from apps.workspace.system_charts import is_system
from apps.workspace.timeline_bar import state_bar


@live_page
@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    found = readable_run(request.user, run_id)
    metrics = heads([found.id])[found.id]
    learned = {key: head for key, head in metrics.items() if not is_system(key)}
    panels = board(
        [found],
        {found.id: learned},
        only=request.GET.get("metric", "").strip(),
        arranged=arrangement(found.project, request.user),
    )
    happened = timeline(found)
    shared = run_context(found, request.user)
    length = took(found)
    asked = request.GET.get("outlook", "")
    expected = run_outlook(found, name=asked if asked in learned else "", known=learned)
    context = {
        **shared,
        "headline": headline(found, learned, shared["previous"]),
        "progress": progress(found, learned, length, live=shared["live"]),
        "classes": run_flags(found, shared["previous"]),
        "confusions": run_rises(found, shared["previous"]),
        "outlook": expected and shown(expected, ended=not shared["live"]),
        "slot": panels.slots[found.id],
        "points": run_totals([found.id]).get(found.id, 0),
        "superseded": sum(head.superseded for head in metrics.values()),
        "nonfinite": sum(head.nan + head.pinf + head.ninf for head in metrics.values()),
        "timeline": happened,
        "bar": state_bar(happened),
        "moments": happened.moments[::-1],
        "attempts": happened.attempts[::-1],
        "duration": length,
        "config": flattened(found.config),
        "summary": flattened(found.summary),
        "provenance": flattened(queries.environment(found)),
        "metrics": sorted(learned.values(), key=lambda head: head.name.lower())[: queries.MAX_ROWS],
        "metrics_left_out": max(0, len(learned) - queries.MAX_ROWS),
        "system_total": len(metrics) - len(learned),
        "board": panels,
    }
    return render(request, "workspace/run.html", context)


@require_POST
@signed_in(back="run", keep=("run_id",))
def run_stop(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask a run to end, and lead back to it. One that ended meanwhile needs no asking."""
    found = writable_run(request.user, run_id)
    try:
        request_stop(found.id, actor=request.user)
    except RunEnded:
        pass
    return redirect(found)
