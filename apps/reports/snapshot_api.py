"""Publishing over HTTP, and what was published."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import User
from apps.core import ids
from apps.core.answers import json_time
from apps.core.api import ErrorBodySerializer
from apps.reports.access import readable_report, writable_report
from apps.reports.answers import absolute_url
from apps.reports.held_pieces import JSON
from apps.reports.models import Publishing, Snapshot
from apps.reports.publishing import publish
from apps.reports.serializers import Publication, PublishAsked, SnapshotChangeList, SnapshotList
from apps.reports.snapshot_changes import as_json, changes_since
from apps.reports.snapshot_queries import piece_of, publishing_of, snapshot_of, snapshots_of
from apps.reports.snapshots import kept_answer

LONGEST_LIST = 500
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404)}
_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_ASKED_ID = OpenApiParameter("publishing_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")


class Publish(APIView):
    """Freezing what a report shows."""

    @extend_schema(
        operation_id="publish_report",
        parameters=[_REPORT_ID],
        request=PublishAsked,
        responses={
            201: Publication,
            202: OpenApiResponse(Publication, description="A worker does it; ask `progress` how far it is."),
            409: OpenApiResponse(ErrorBodySerializer),
            413: OpenApiResponse(ErrorBodySerializer),
            **_REFUSALS,
        },
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int) -> Response:
        """Keep what a revision shows now, for ever. Where nothing is new since the newest version, it is answered."""
        report = writable_report(request.user, report_id)
        if not isinstance(request.user, User):
            raise SignInNeeded
        asked = PublishAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        made = publish(report=report, by=request.user, revision=asked.validated_data.get("revision"))
        return Response(_asked(request, made), status=201 if made.snapshot else 202)


class Progress(APIView):
    """How far a publishing is."""

    @extend_schema(
        operation_id="get_report_publishing",
        parameters=[_REPORT_ID, _ASKED_ID],
        responses={200: Publication, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, publishing_id: int) -> Response:
        """Charts drawn, and the version once it is there."""
        report = readable_report(request.user, report_id)
        return Response(_asked(request, publishing_of(report, publishing_id)))


class Snapshots(APIView):
    """What was published of a report."""

    @extend_schema(
        operation_id="list_report_versions",
        parameters=[_REPORT_ID],
        responses={200: SnapshotList, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int) -> Response:
        """The newest 500 published versions."""
        report = readable_report(request.user, report_id)
        return Response({"published": [_line(request, one) for one in snapshots_of(report)[:LONGEST_LIST]]})


class OneSnapshot(APIView):
    """One published version."""

    @extend_schema(
        operation_id="get_report_version",
        parameters=[_REPORT_ID],
        responses={200: OpenApiTypes.OBJECT, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, n: int) -> HttpResponse:
        """The canonical JSON of a version: the bytes that its SHA-256 is of."""
        found = snapshot_of(readable_report(request.user, report_id), n)
        return kept_answer(request._request, bytes(found.canonical), JSON, found.sha256)


class OnePiece(APIView):
    """A piece of published versions."""

    @extend_schema(
        operation_id="get_report_piece",
        parameters=[_REPORT_ID],
        responses={200: OpenApiTypes.BINARY, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, sha256: str) -> HttpResponse:
        """A picture, drawn data, the facts of a run: the bytes with this SHA-256."""
        content_type, body = piece_of(readable_report(request.user, report_id), sha256)
        return kept_answer(request._request, body, content_type, sha256)


class SnapshotChanges(APIView):
    """What changed since a version was published."""

    @extend_schema(
        operation_id="get_report_version_changes",
        parameters=[_REPORT_ID],
        responses={200: SnapshotChangeList, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int, n: int) -> Response:
        """Revisions saved since, a newer version, and runs that were deleted, archived or edited, or went on."""
        report = readable_report(request.user, report_id)
        return Response(as_json(changes_since(request.user, report, snapshot_of(report, n))))


def _line(request: Request, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "n": snapshot.n,
        "url": absolute_url(request, snapshot.get_absolute_url()),
        "revision": snapshot.revision,
        "title": snapshot.title,
        "sha256": snapshot.sha256,
        "published_by": snapshot.published_by.get_username() if snapshot.published_by else None,
        "published_at": json_time(snapshot.published_at),
    }


def _asked(request: Request, asked: Publishing) -> dict[str, Any]:
    report, name = ids.to_text(asked.report_id), ids.to_text(asked.id)
    return {
        "id": name,
        "state": asked.state,
        "revision": asked.revision,
        "done": asked.done,
        "total": asked.total,
        "message": asked.message,
        "progress": absolute_url(request, f"/api/v1/reports/{report}/publishings/{name}/"),
        "published": _line(request, asked.snapshot) if asked.snapshot else None,
    }
