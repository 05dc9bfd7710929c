"""The page of what a run ran on: machine, packages, and what the machine did meanwhile."""

import dataclasses
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.core.live import live_page
from apps.history.queries import heads
from apps.panels.queries import board
from apps.runs import code_facts
from apps.runs.access import readable_run
from apps.workspace.run_page import run_context
from apps.workspace.system_charts import is_system, summary, system_sections


@live_page
@require_safe
def run_system(request: HttpRequest, run_id: int) -> HttpResponse:
    """Charts over the time since the start, unless the address says otherwise: readings have no steps."""
    found = readable_run(request.user, run_id)
    if "x" not in request.GET:
        return redirect(f"{request.path}?{urlencode({**request.GET.dict(), 'x': 'relative'})}")
    metrics = {key: head for key, head in heads([found.id])[found.id].items() if is_system(key)}
    panels = dataclasses.replace(board([found], {found.id: metrics}), sections=system_sections(metrics))
    wanted = request.GET.get("package", "").strip()
    packages = code_facts.packages(found.provenance)
    context = {
        **run_context(found, request.user),
        "slot": panels.slots[found.id],
        "board": panels,
        "summary": summary(metrics),
        "machine": code_facts.machine(found.provenance),
        "gpus": code_facts.gpus(found.provenance),
        "packages": [one for one in packages if wanted.lower() in one[0].lower()],
        "packages_total": len(packages),
        "wanted": wanted,
    }
    return render(request, "workspace/run_system.html", context)
