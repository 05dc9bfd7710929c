"""The pages of provenance and their exports: of a run, of a commit, of a published version."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.errors import NotFound
from apps.provenance import markdown as texts
from apps.provenance.commits import commit_named
from apps.provenance.dossiers import (
    MAX_RUNS,
    Dossier,
    commit_dossier,
    dossier_bytes,
    run_dossier,
    snapshot_dossier,
)
from apps.provenance.pages import page_of
from apps.reports.access import readable_report
from apps.reports.answers import absolute_url
from apps.reports.snapshot_queries import snapshot_of
from apps.reports.text.answers import MARKDOWN, text_answer
from apps.runs.access import readable_project, readable_run
from apps.workspace.run_page import run_context

_SAYS = {name.lower(): value for name, value in vars(texts).items() if name.startswith("NO_")}


@require_safe
def run_provenance(request: HttpRequest, run_id: int) -> HttpResponse:
    run = readable_run(request.user, run_id)
    context = run_context(run, request.user)
    return _page(request, run_dossier(request.user, run), f"/runs/{run.slug}/provenance", **context)


@require_safe
def run_export(request: HttpRequest, run_id: int, form: str) -> HttpResponse:
    return _export(request, run_dossier(request.user, readable_run(request.user, run_id)), form)


@require_safe
def commit_provenance(request: HttpRequest, team: str, project: str, sha: str) -> HttpResponse:
    """The runs of the project's commits that begin so."""
    found = readable_project(request.user, team, project)
    dossier = commit_dossier(request.user, found, commit_named(sha))
    return _page(request, dossier, dossier["of"]["path"].rstrip("/"), project=found)


@require_safe
def commit_export(request: HttpRequest, team: str, project: str, sha: str, form: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    return _export(request, commit_dossier(request.user, found, commit_named(sha)), form)


@require_safe
def snapshot_provenance(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    report = readable_report(request.user, report_id)
    snapshot = snapshot_of(report, n)
    context = {"report": report, "snapshot": snapshot, "project": report.project}
    return _page(request, snapshot_dossier(report, snapshot), f"/r/{report.slug}/{n}/provenance", **context)


@require_safe
def snapshot_export(request: HttpRequest, report_id: int, n: int, form: str) -> HttpResponse:
    report = readable_report(request.user, report_id)
    return _export(request, snapshot_dossier(report, snapshot_of(report, n)), form)


def _page(request: HttpRequest, dossier: Dossier, exports: str, **context: Any) -> HttpResponse:
    """exports: the address of its exports, but for how it ends."""
    shown = {**page_of(dossier), **context, "exports": exports, "says": _SAYS, "most_runs": MAX_RUNS}
    return render(request, "provenance/page.html", shown)


def _export(request: HttpRequest, dossier: Dossier, form: str) -> HttpResponse:
    """The dossier as canonical JSON, or as one Markdown file."""
    name = f"provenance-{dossier['of']['path'].strip('/').replace('/', '-')}.{form}"
    if form == "json":
        return text_answer(request, dossier_bytes(dossier).decode(), "application/json", name)
    if form == "md":
        text = texts.markdown(dossier, lambda path: absolute_url(request, path))
        return text_answer(request, text, MARKDOWN, name)
    raise NotFound("Provenance is exported as .json and as .md.")
