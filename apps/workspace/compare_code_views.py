"""The page of what differs between the code of two runs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.comparison.asking import asked_ids
from apps.core.errors import Invalid
from apps.core.links import link
from apps.panels.colours import run_slots
from apps.runs.access import readable_project, readable_runs
from apps.runs.code_facts import code, range_url
from apps.workspace.code_differences import code_differences
from apps.workspace.kept_diffs import kept_diff
from apps.workspace.shown_diffs import coloured_differences

VIEWS = ("unified", "side")


@require_safe
def compare_code(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    runs = readable_runs(request.user, asked_ids(request.GET))
    if len(runs) == 1 and len(request.GET.getlist("run")) > 1:
        runs *= 2  # a run and itself
    if len(runs) != 2:
        raise Invalid(f"Code is compared between two runs; {len(runs)} came.", fields={"run": "two are needed"})
    view = "side" if request.GET.get("view") == "side" else "unified"
    rest = "rest" in request.GET
    kept = [kept_diff(run, rest=rest) for run in runs]
    facts = [code(run.provenance) for run in runs]
    same_commit = bool(facts[0].commit) and facts[0].commit == facts[1].commit
    differences = code_differences(
        kept[0].diff, kept[1].diff, same_commit=same_commit, whole=(not kept[0].cut, not kept[1].cut)
    )
    slots = run_slots(run.id for run in runs)
    context = {
        "project": found,
        "sides": [
            {"run": run, "slot": slots[run.id], "code": known, "diff_url": one.url, "kept": bool(one.diff.files)}
            for run, known, one in zip(runs, facts, kept, strict=True)
        ],
        "same_commit": same_commit,
        "range_url": "" if same_commit else range_url(facts[0].remote, facts[0].commit, facts[1].commit),
        "files": coloured_differences(differences, side=view == "side"),
        "differing": sum(one.kind != "same" for one in differences),
        "cut": any(one.cut for one in kept),
        "rest": rest,
        "rest_url": link(request.GET, rest="1"),
        "view": view,
        "views": [(one, link(request.GET, view=one if one != VIEWS[0] else "")) for one in VIEWS],
        "swap_url": link(request.GET, run=[run.slug for run in reversed(runs)]),
        "runs_query": f"?run={runs[0].slug}&run={runs[1].slug}",
    }
    return render(request, "workspace/compare_code.html", context)
