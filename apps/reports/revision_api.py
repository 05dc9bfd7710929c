"""The revisions of a report over HTTP."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.core.answers import json_time
from apps.core.api import ErrorBodySerializer
from apps.core.parameters import integer_of
from apps.reports import services
from apps.reports.access import readable_report, writable_report
from apps.reports.answers import whole_report
from apps.reports.models import Revision
from apps.reports.queries import revision_of, revisions_of
from apps.reports.revision_diffs import unified
from apps.reports.serializers import Restored, RevisionDiff, RevisionList, WholeReport, WholeRevision

LONGEST_LIST = 500
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404)}
_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_BEFORE = OpenApiParameter("before", OpenApiTypes.INT, description="Only revisions below this one.")
_FROM = OpenApiParameter("from", OpenApiTypes.INT, description="The revision to compare with; the one before without.")


class Revisions(APIView):
    """The revisions of a report."""

    @extend_schema(
        operation_id="list_report_revisions",
        parameters=[_REPORT_ID, _BEFORE],
        responses={200: RevisionList, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int) -> Response:
        """The newest 500 revisions, without their text; `before` goes on."""
        report = readable_report(request.user, report_id)
        found = revisions_of(report)
        before = integer_of(request.query_params, "before", 1, 2**31 - 1)
        if before:
            found = found.filter(n__lt=before)
        return Response({"revisions": [_line(one) for one in found[:LONGEST_LIST]]})


class OneRevision(APIView):
    """One revision."""

    @extend_schema(
        operation_id="get_report_revision",
        parameters=[_REPORT_ID],
        responses={200: WholeRevision, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, n: int) -> Response:
        """A revision with its Markdown."""
        found = revision_of(readable_report(request.user, report_id), n)
        return Response({**_line(found), "markdown": found.markdown})


class Differences(APIView):
    """What changed from one revision to another."""

    @extend_schema(
        operation_id="diff_report_revisions",
        parameters=[_REPORT_ID, _FROM],
        responses={200: RevisionDiff, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, n: int) -> Response:
        """The unified diff that leads to revision `n`."""
        report = readable_report(request.user, report_id)
        after = revision_of(report, n)
        before = revision_of(report, integer_of(request.query_params, "from", 1, 2**31 - 1) or max(1, n - 1))
        text = unified(before.markdown, after.markdown, old_name=f"revision {before.n}", new_name=f"revision {after.n}")
        titles = {"old_title": before.title, "title": after.title}
        return Response({"from": before.n, "to": after.n, **titles, "diff": text})


class Restoring(APIView):
    """An older revision as the newest."""

    @extend_schema(
        operation_id="restore_report_revision",
        parameters=[_REPORT_ID],
        request=Restored,
        responses={200: WholeReport, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int, n: int) -> Response:
        """Save a revision's text as the newest revision; nothing that came between is lost."""
        report = writable_report(request.user, report_id)
        asked = Restored(data=request.data)
        asked.is_valid(raise_exception=True)
        author = request.user if isinstance(request.user, User) else None
        saved = services.restore_revision(
            report=report,
            revision=revision_of(report, n),
            author=author,
            based_on=asked.validated_data.get("revision"),
        )
        return Response(whole_report(request, saved))


def _line(revision: Revision) -> dict[str, Any]:
    return {
        "n": revision.n,
        "title": revision.title,
        "note": revision.note,
        "author": revision.author.get_username() if revision.author else None,
        "created_at": json_time(revision.created_at),
    }
