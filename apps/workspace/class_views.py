"""The classes of a run and of compared runs: the tab of a run, and what can be taken along of a comparison."""

import csv
import io
from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.comparison.asking import asked_base, asked_ids
from apps.core.errors import NotFound
from apps.core.links import link
from apps.core.live import live_page
from apps.core.sheets import cell_text
from apps.evaluation.class_markdown import as_markdown
from apps.evaluation.class_page import Classes, chosen_rows, compared_classes, kept_fields
from apps.evaluation.class_steps import shown_table
from apps.runs.access import readable_project, readable_run, readable_runs
from apps.runs.models import Run
from apps.workspace.run_page import run_context


@live_page
@require_safe
def run_classes(request: HttpRequest, run_id: int) -> HttpResponse:
    found = readable_run(request.user, run_id)
    shared = run_context(found, request.user)
    context = {
        **shared,
        "shown": shown_table(found, shared["previous"], request.GET),
        "class_fields": kept_fields(request.GET, "class"),
        "step_fields": kept_fields(request.GET, "step"),
        "class_sort_url": link(request.GET, sort="-class" if request.GET.get("sort") == "class" else "class"),
    }
    return render(request, "workspace/run_classes.html", context)


@require_safe
def compare_classes(request: HttpRequest, team: str, project: str, kind: str) -> HttpResponse:
    """The classes of compared runs as CSV, or as Markdown for a pull request. kind: csv or md."""
    found = readable_project(request.user, team, project)
    runs = readable_runs(request.user, asked_ids(request.GET))
    if not runs:
        raise NotFound("Name the runs: ?run=…")
    base = asked_base(request.GET, runs) or runs[0]
    classes = compared_classes(found, runs, base, request.GET)
    if classes is None:
        raise NotFound("None of these runs has a class table.")
    if kind == "csv":
        answer = HttpResponse(_csv(classes, runs), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="classes.csv"'
        return answer
    address = request.build_absolute_uri("/").rstrip("/")
    page = request.build_absolute_uri(request.path.removesuffix("classes.md") + link(request.GET)) + "#classes"
    rows = chosen_rows(classes, request.GET)
    text = as_markdown(classes, rows, runs, base, address, page)
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


def _csv(classes: Classes, runs: Sequence[Run]) -> bytes:
    """Every class, a column a run; nothing where a number is missing, nan where it is NaN."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["class", "support", *(cell_text(f"{run.name} {run.slug}") for run in runs)])
    for row in classes.rows:
        writer.writerow([cell_text(row.name), row.support, *(cell.value for cell in row.cells)])
    return file.getvalue().encode()
