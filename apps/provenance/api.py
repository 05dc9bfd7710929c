"""Provenance for programs: the same canonical JSON that the pages export."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api import ErrorBodySerializer
from apps.provenance.commits import commit_named
from apps.provenance.dossiers import Dossier, commit_dossier, dossier_bytes, run_dossier, snapshot_dossier
from apps.reports.access import readable_report
from apps.reports.snapshot_queries import snapshot_of
from apps.reports.text.answers import text_answer
from apps.runs.access import readable_project, readable_run

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (401, 403, 404)}
_RUN_ID = OpenApiParameter("run_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_SHA = OpenApiParameter("sha", OpenApiTypes.STR, OpenApiParameter.PATH, description="7 to 64 hexadecimal digits.")


class RunProvenance(APIView):
    """What led to a run."""

    @extend_schema(
        operation_id="get_run_provenance",
        parameters=[_RUN_ID],
        responses={200: OpenApiTypes.OBJECT, **_REFUSALS},
        tags=["provenance"],
    )
    def get(self, request: Request, run_id: int) -> HttpResponse:
        """Reports that rest on the run, its facts, code with its uncommitted diff, data, environment, worst classes."""
        return _answer(request, run_dossier(request.user, readable_run(request.user, run_id)))


class CommitProvenance(APIView):
    """What was made from a commit."""

    @extend_schema(
        operation_id="get_commit_provenance",
        parameters=[_SHA],
        responses={200: OpenApiTypes.OBJECT, **_REFUSALS},
        tags=["provenance"],
    )
    def get(self, request: Request, team: str, project: str, sha: str) -> HttpResponse:
        """The newest 200 runs of the project's commits that begin so, and what rests on them."""
        found = readable_project(request.user, team, project)
        return _answer(request, commit_dossier(request.user, found, commit_named(sha)))


class VersionProvenance(APIView):
    """What led to a published version."""

    @extend_schema(
        operation_id="get_report_version_provenance",
        parameters=[_REPORT_ID],
        responses={200: OpenApiTypes.OBJECT, **_REFUSALS},
        tags=["provenance"],
    )
    def get(self, request: Request, report_id: int, n: int) -> HttpResponse:
        """From what was kept with it alone: the same for ever."""
        report = readable_report(request.user, report_id)
        return _answer(request, snapshot_dossier(report, snapshot_of(report, n)))


def _answer(request: Request, dossier: Dossier) -> HttpResponse:
    return text_answer(request._request, dossier_bytes(dossier).decode(), "application/json")
