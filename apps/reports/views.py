"""The pages of reports: one report, a project's reports."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from apps.core.parameters import text_of
from apps.reports.access import may_write, readable_report
from apps.reports.bodies import report_body
from apps.reports.discussion.pages import draft_panels
from apps.reports.discussion.shown import Typed, discussion
from apps.reports.models import Report
from apps.reports.queries import project_reports
from apps.reports.rendering import remembered_pieces
from apps.reports.searching import asked_of, authors_of, matching_reports, with_snippets
from apps.reports.snapshot_queries import snapshot_of, snapshots_of
from apps.reports.snapshot_views import snapshot_page
from apps.runs.access import readable_project

LONGEST_LIST = 500
MOST_FOUND = 100  # of a search for words, each with a piece of its text
MAX_SEARCH = 200  # characters


@require_safe
def report(request: HttpRequest, report_id: int) -> HttpResponse:
    """What was published last; the draft as long as nothing was."""
    found = readable_report(request.user, report_id)
    newest = snapshots_of(found).values_list("n", flat=True).first()
    return draft_page(request, found) if newest is None else snapshot_page(request, found, snapshot_of(found, newest))


@require_safe
def draft_report(request: HttpRequest, report_id: int) -> HttpResponse:
    """The newest revision, its panels drawn as the runs are now."""
    return draft_page(request, readable_report(request.user, report_id))


def draft_page(request: HttpRequest, found: Report, *, typed: Typed | None = None, status: int = 200) -> HttpResponse:
    """The page of a draft. typed: of a comment that was refused."""
    body = report_body(request.user, found.project, remembered_pieces(found.markdown, title=found.title))
    said = discussion(
        request.user,
        found,
        version=None,
        revision=found.revision,
        panels=draft_panels(found.markdown, body["parts"]),
        asked=request.GET,
        typed=typed,
    )
    context = {
        "report": found,
        "newest": snapshots_of(found).first(),
        "may_write": may_write(request.user, found.project),
        **body,
        "body": said.linked(render_to_string("reports/_body.html", body)),
        "discussion": said,
    }
    return render(request, "reports/report.html", context, status=status)


@require_safe
def project_reports_page(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """?q=words&author=name&published=yes&order=title: what is listed."""
    found = readable_project(request.user, team, project)
    words = text_of(request.GET, "q", at_most=MAX_SEARCH)
    author = text_of(request.GET, "author", at_most=MAX_SEARCH)
    asked = asked_of(words, author, request.GET.get("published", ""), request.GET.get("order", ""))
    most = MOST_FOUND if asked.words else LONGEST_LIST
    reports = list(matching_reports(found, asked)[: most + 1])
    context = {
        "project": found,
        "listed": with_snippets(reports[:most], asked),
        "more": len(reports) > most,
        "any": bool(reports) or (asked.narrows and project_reports(found).exists()),
        "asked": asked,
        "words": words,
        "authors": authors_of(found),
        "may_write": may_write(request.user, found),
    }
    return render(request, "reports/list.html", context)
