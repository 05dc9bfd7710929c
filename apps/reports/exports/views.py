"""What a published version is taken along as."""

from urllib.parse import urljoin

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from apps.reports.access import readable_report
from apps.reports.answers import absolute_url
from apps.reports.exports.single_file import single_file_answer
from apps.reports.snapshot_queries import snapshot_of


@require_safe
def snapshot_html(request: HttpRequest, report_id: int, n: int) -> HttpResponseBase:
    """The version as one file, whose links to runs lead back here."""
    found = snapshot_of(readable_report(request.user, report_id), n)
    source = absolute_url(request, found.get_absolute_url())
    return single_file_answer(found, source=source, leads=lambda path: urljoin(source, path))
