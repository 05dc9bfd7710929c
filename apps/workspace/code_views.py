"""The page of a run's code: commit, command, uncommitted changes, packages and machine."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.artifacts.links import file_url
from apps.artifacts.queries import run_file
from apps.runs import code_facts
from apps.runs.access import readable_run
from apps.workspace.diffs import parsed
from apps.workspace.run_page import run_context

DIFF_PATH = "code/diff.patch"
DIFF_LINES, REST_LINES = 1_000, 20_000  # shown at first, and when asked for the rest
DIFF_BYTES, REST_BYTES = 512 << 10, 8 << 20


@require_safe
def run_code(request: HttpRequest, run_id: int) -> HttpResponse:
    found = readable_run(request.user, run_id)
    known = found.provenance
    diff_file = run_file(found, DIFF_PATH)
    rest = "rest" in request.GET
    diff, cut = None, False
    if diff_file is not None:
        with diff_file.open() as stream:
            content = stream.read(REST_BYTES if rest else DIFF_BYTES)
        cut = diff_file.size > len(content)
        diff = parsed(content.decode(errors="replace"), REST_LINES if rest else DIFF_LINES)
    wanted = request.GET.get("package", "").strip()
    packages = code_facts.packages(known)
    matching = [one for one in packages if wanted.lower() in one[0].lower()]
    names, more = code_facts.untracked(known)
    context = {
        **run_context(found, request.user),
        "code": code_facts.code(known),
        "ci_url": code_facts.ci_url(known),
        "diff": diff,
        "diff_cut": diff is not None and (cut or diff.left_out > 0),
        "diff_url": file_url(diff_file, download=True) if diff_file is not None else "",
        "rest": rest,
        "untracked": names,
        "untracked_more": more,
        "packages": matching,
        "packages_total": len(packages),
        "wanted": wanted,
        "machine": code_facts.machine(known),
        "gpus": code_facts.gpus(known),
    }
    return render(request, "workspace/run_code.html", context)
