"""Reports over HTTP."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import User
from apps.core.api import ErrorBodySerializer
from apps.reports import services
from apps.reports.access import readable_report, writable_report
from apps.reports.adding import add_block
from apps.reports.answers import report_line, whole_report
from apps.reports.queries import project_reports, report_of_key
from apps.reports.serializers import NewBlock, NewReport, ReportChange, ReportList, WholeReport
from apps.runs.access import readable_project, writable_project

LONGEST_LIST = 500
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404)}
_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")


class ProjectReports(APIView):
    """The reports of a project."""

    @extend_schema(operation_id="list_reports", responses={200: ReportList, **_REFUSALS}, tags=["reports"])
    def get(self, request: Request, team: str, project: str) -> Response:
        """The 500 reports of a project that were saved last, without their text."""
        found = readable_project(request.user, team, project)
        return Response({"reports": [report_line(request, one) for one in project_reports(found)[:LONGEST_LIST]]})

    @extend_schema(
        operation_id="create_report", request=NewReport, responses={201: WholeReport, **_REFUSALS}, tags=["reports"]
    )
    def post(self, request: Request, team: str, project: str) -> Response:
        """Write a report. Panel blocks that cannot be drawn are stored too, and listed in `problems`."""
        if not request.user.is_authenticated:
            raise SignInNeeded
        found = writable_project(request.user, team, project)
        asked = NewReport(data=request.data)
        asked.is_valid(raise_exception=True)
        report = services.create_report(project=found, author=request.user, **asked.validated_data)
        return Response(whole_report(request, report), status=201)


class KeyedReport(APIView):
    """The report that a program calls by a key of its own, such as its file's path in a repository."""

    @extend_schema(operation_id="get_report_by_key", responses={200: WholeReport, **_REFUSALS}, tags=["reports"])
    def get(self, request: Request, team: str, project: str, key: str) -> Response:
        """The project's report of this key, with its Markdown."""
        found = readable_project(request.user, team, project)
        return Response(whole_report(request, report_of_key(found, key)))

    @extend_schema(
        operation_id="put_report",
        request=ReportChange,
        responses={200: WholeReport, 201: WholeReport, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["reports"],
    )
    def put(self, request: Request, team: str, project: str, key: str) -> Response:
        """Make the report of this key (201), or save its next revision (200). The same text again changes nothing."""
        if not isinstance(request.user, User):
            raise SignInNeeded
        found = writable_project(request.user, team, project)
        asked = ReportChange(data=request.data)
        asked.is_valid(raise_exception=True)
        text = {**asked.validated_data}
        based_on = text.pop("revision", None)
        report, made = services.put_report(project=found, key=key, author=request.user, based_on=based_on, **text)
        return Response(whole_report(request, report), status=201 if made else 200)


class OneReport(APIView):
    """One report."""

    @extend_schema(
        operation_id="get_report", parameters=[_REPORT_ID], responses={200: WholeReport, **_REFUSALS}, tags=["reports"]
    )
    def get(self, request: Request, report_id: int) -> Response:
        """A report with its Markdown."""
        return Response(whole_report(request, readable_report(request.user, report_id)))

    @extend_schema(
        operation_id="save_report",
        parameters=[_REPORT_ID],
        request=ReportChange,
        responses={200: WholeReport, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["reports"],
    )
    def put(self, request: Request, report_id: int) -> Response:
        """Save the next revision of a report. The same text again changes nothing."""
        report = writable_report(request.user, report_id)
        asked = ReportChange(data=request.data)
        asked.is_valid(raise_exception=True)
        text = asked.validated_data
        saved = services.update_report(
            report=report,
            title=text["title"],
            markdown=text["markdown"],
            author=request.user if isinstance(request.user, User) else None,
            note=text["note"],
            based_on=text.get("revision"),
        )
        return Response(whole_report(request, saved))


class Blocks(APIView):
    """The panels of a report."""

    @extend_schema(
        operation_id="add_block",
        parameters=[_REPORT_ID],
        request=NewBlock,
        responses={201: WholeReport, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int) -> Response:
        """Put a panel at the end of a report, as its next revision."""
        report = writable_report(request.user, report_id)
        asked = NewBlock(data=request.data)
        asked.is_valid(raise_exception=True)
        author = request.user if isinstance(request.user, User) else None
        saved = add_block(report=report, text=asked.validated_data["block"], author=author)
        return Response(whole_report(request, saved), status=201)
