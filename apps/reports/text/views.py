"""The texts of what was published, for browsers."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.reports.access import readable_report
from apps.reports.snapshot_queries import newest_snapshot, snapshot_of
from apps.reports.text.answers import comment_answer


@require_safe
def newest_comment(request: HttpRequest, report_id: int) -> HttpResponse:
    """The newest version as the text of a comment; 404 where nothing was published."""
    return comment_answer(request, newest_snapshot(readable_report(request.user, report_id)))


@require_safe
def snapshot_comment(request: HttpRequest, report_id: int, n: int) -> HttpResponse:
    return comment_answer(request, snapshot_of(readable_report(request.user, report_id), n))
