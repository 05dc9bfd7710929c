"""The texts of what was published, for programs."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api import ErrorBodySerializer
from apps.reports.access import readable_report
from apps.reports.snapshot_queries import newest_snapshot, snapshot_of
from apps.reports.text.answers import comment_answer

_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (401, 403, 404)}
_TEXT = OpenApiResponse(
    OpenApiTypes.STR,
    description="text/markdown, at most 60,000 characters. The first line is `<!-- paceline-report:{id} -->`, the same "
    "for all versions of a report. Send the `ETag` as `If-None-Match`, and an unchanged text is answered with 304.",
)


class NewestComment(APIView):
    """The newest published version as a text."""

    @extend_schema(
        operation_id="get_report_comment",
        parameters=[_REPORT_ID],
        responses={(200, "text/markdown"): _TEXT, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int) -> HttpResponse:
        """The newest version as the comment of a pull request; 404 where nothing was published yet."""
        return comment_answer(request._request, newest_snapshot(readable_report(request.user, report_id)))


class SnapshotComment(APIView):
    """One published version as a text."""

    @extend_schema(
        operation_id="get_report_version_comment",
        parameters=[_REPORT_ID],
        responses={(200, "text/markdown"): _TEXT, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, n: int) -> HttpResponse:
        """One version as the comment of a pull request: verdict, metrics, classes and what differs, as published."""
        return comment_answer(request._request, snapshot_of(readable_report(request.user, report_id), n))
