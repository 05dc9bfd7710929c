"""The pages of reports: one report, a project's reports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.reports.access import may_write, readable_report
from apps.reports.bodies import report_body
from apps.reports.models import Report
from apps.reports.queries import project_reports
from apps.reports.rendering import remembered_pieces
from apps.reports.snapshot_queries import snapshot_of, snapshots_of
from apps.reports.snapshot_views import snapshot_page
from apps.runs.access import readable_project

LONGEST_LIST = 500


@require_safe
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """What was published last; the draft as long as nothing was."""
    found = readable_report(request.user, report_id)
    newest = snapshots_of(found).values_list("n", flat=True).first()
    return _draft(request, found) if newest is None else snapshot_page(request, found, snapshot_of(found, newest))


@require_safe
def draft_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """The newest revision, its panels drawn as the runs are now."""
    return _draft(request, readable_report(request.user, report_id))


def _draft(request: HttpRequest, found: Report) -> HttpResponse:
    read = remembered_pieces(found.markdown, title=found.title)
    context = {
        "report": found,
        "newest": snapshots_of(found).first(),
        "may_write": may_write(request.user, found.project),
        **report_body(request.user, found.project, read),
    }
    return render(request, "reports/report.html", context)


@require_safe
def project_reports_page(request: HttpRequest, team: str, project: str) -> HttpResponse:
    found = readable_project(request.user, team, project)
    reports = list(project_reports(found)[: LONGEST_LIST + 1])
    context = {
        "project": found,
        "reports": reports[:LONGEST_LIST],
        "more": len(reports) > LONGEST_LIST,
        "may_write": may_write(request.user, found),
    }
    return render(request, "reports/list.html", context)
