"""What is shown of a snapshot, and its bytes as they are answered."""

from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString, mark_safe

from apps.core.answers import known_tags
from apps.reports.held_pieces import JSON, SVG
from apps.reports.images.pictures import FORMATS
from apps.reports.models import Report, Snapshot
from apps.reports.snapshot_queries import piece_of

_AS_THEY_ARE = {SVG, JSON, *FORMATS.values()}
_KEPT = "private, max-age=31536000, immutable"


def page_html(report: Report, snapshot: Snapshot) -> SafeString:
    """The kept HTML of the page's body: one query. It was made by our templates from sanitised Markdown."""
    _, body = piece_of(report, snapshot.said["html"])
    return mark_safe(body.decode())  # noqa: S308


def kept_answer(request: HttpRequest, body: bytes, content_type: str, sha256: str) -> HttpResponse:
    """Bytes that never change; whatever they are, they run nothing and load nothing."""
    tag = f'"{sha256}"'
    if tag in known_tags(request):
        response = HttpResponse(status=304)
    else:
        shown = content_type if content_type in _AS_THEY_ARE else "text/plain; charset=utf-8"
        response = HttpResponse(body, content_type=shown)
        response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = tag
    response["Cache-Control"] = _KEPT
    response["Vary"] = "Authorization, Cookie"
    return response
