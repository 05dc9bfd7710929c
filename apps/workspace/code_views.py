"""The page of a run's code: commit, command, uncommitted changes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.live import live_page
from apps.runs import code_facts
from apps.runs.access import readable_run
from apps.workspace.kept_diffs import kept_diff
from apps.workspace.run_page import run_context
from apps.workspace.shown_diffs import coloured_files


@live_page
@require_safe
def run_code(request: HttpRequest, run_id: int) -> HttpResponse:
    found = readable_run(request.user, run_id)
    known = found.provenance
    rest = "rest" in request.GET
    kept = kept_diff(found, rest=rest)
    names, more = code_facts.untracked(known)
    context = {
        **run_context(found, request.user),
        "code": code_facts.code(known),
        "ci_url": code_facts.ci_url(known),
        "diff_files": coloured_files(kept.diff.files),
        "diff_cut": kept.cut,
        "diff_url": kept.url,
        "rest": rest,
        "untracked": names,
        "untracked_more": more,
    }
    return render(request, "workspace/run_code.html", context)
