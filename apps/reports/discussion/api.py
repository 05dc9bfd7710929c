"""Comments on reports over HTTP."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.comments import services
from apps.comments.access import commenting, own_comment, removable_comment
from apps.comments.models import Comment
from apps.comments.queries import comment_of, threads
from apps.core import ids
from apps.core.answers import json_time
from apps.core.api import ErrorBodySerializer
from apps.core.errors import Invalid
from apps.reports.access import readable_report
from apps.reports.answers import absolute_url
from apps.reports.discussion.panels import kept_place
from apps.reports.discussion.posting import comment_on, reply_on
from apps.reports.discussion.serializers import CommentLine, CommentList, CommentText, NewComment, Resolved
from apps.reports.discussion.subject import comment_url, subject_of
from apps.reports.models import Report
from apps.reports.snapshot_queries import snapshots_of

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404)}
_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_COMMENT_ID = OpenApiParameter("comment_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")


class ReportComments(APIView):
    """The comments on a report."""

    @extend_schema(
        operation_id="list_report_comments",
        parameters=[_REPORT_ID],
        responses={200: CommentList, **_REFUSALS},
        tags=["reports"],
    )
    def get(self, request: Request, report_id: int) -> Response:
        """All comments, a thread after the other, resolved ones too."""
        report = readable_report(request.user, report_id)
        found = [one for thread in threads(subject_of(report)) for one in thread.words]
        return Response({"comments": [_line(request, report, one) for one in found]})

    @extend_schema(
        operation_id="add_report_comment",
        parameters=[_REPORT_ID],
        request=NewComment,
        responses={201: CommentLine, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int) -> Response:
        """Comment on the report, or on a panel of it, or reply. Members of the team may, viewers too."""
        report = readable_report(request.user, report_id)
        author = commenting(request.user, report.project)
        asked = NewComment(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        newest = snapshots_of(report).values_list("n", flat=True).first()
        on = {"text": said["text"], "version": said.get("version", newest), "revision": report.revision}
        if "replies_to" in said:
            made = reply_on(report, author, to=_id(said["replies_to"]), **on)
        else:
            made = comment_on(report, author, panel=said.get("panel", 0), **on)
        return Response(_line(request, report, made), status=201)


class OneComment(APIView):
    """One comment."""

    @extend_schema(
        operation_id="edit_report_comment",
        parameters=[_REPORT_ID, _COMMENT_ID],
        request=CommentText,
        responses={200: CommentLine, **_REFUSALS},
        tags=["reports"],
    )
    def patch(self, request: Request, report_id: int, comment_id: int) -> Response:
        """Change the words of one's own comment."""
        report = readable_report(request.user, report_id)
        comment = own_comment(request.user, report.project, comment_of(subject_of(report), comment_id))
        asked = CommentText(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(_line(request, report, services.edit_comment(comment, asked.validated_data["text"])))

    @extend_schema(
        operation_id="delete_report_comment",
        parameters=[_REPORT_ID, _COMMENT_ID],
        responses={204: None, **_REFUSALS},
        tags=["reports"],
    )
    def delete(self, request: Request, report_id: int, comment_id: int) -> Response:
        """Take a comment away: one's own, or any as an admin of the team. Replies to it stay."""
        report = readable_report(request.user, report_id)
        comment = comment_of(subject_of(report), comment_id)
        services.delete_comment(removable_comment(request.user, report.project, comment))
        return Response(status=204)


class Resolving(APIView):
    """Whether a thread is done with."""

    @extend_schema(
        operation_id="resolve_report_comment",
        parameters=[_REPORT_ID, _COMMENT_ID],
        request=Resolved,
        responses={200: CommentLine, **_REFUSALS},
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int, comment_id: int) -> Response:
        """Say that the thread of a comment is done with, or open it again. A reply opens it, too."""
        report = readable_report(request.user, report_id)
        user = commenting(request.user, report.project)
        asked = Resolved(data=request.data)
        asked.is_valid(raise_exception=True)
        comment = comment_of(subject_of(report), comment_id)
        services.resolve_thread(comment, by=user, resolved=asked.validated_data["resolved"])
        return Response(_line(request, report, comment_of(subject_of(report), comment_id)))


def _line(request: Request, report: Report, comment: Comment) -> dict[str, Any]:
    first = comment.thread or comment
    panel = kept_place(first.place)
    return {
        "id": comment.slug,
        "url": absolute_url(request, comment_url(report.pk, comment)),
        "replies_to": ids.to_text(comment.thread_id) if comment.thread_id else None,
        "author": comment.said_by,
        "text": comment.text,
        "mentions": sorted(one.user.get_username() for one in comment.mentions.all()),
        "panel": panel.facts if panel else None,
        "version": comment.version,
        "revision": comment.revision,
        "created_at": json_time(comment.created_at),
        "edited_at": json_time(comment.edited_at),
        "resolved_at": json_time(first.resolved_at),
        "resolved_by": first.resolved_by.get_username() if first.resolved_by else None,
    }


def _id(text: str) -> int:
    try:
        return ids.from_text(text)
    except ValueError as error:
        raise Invalid(str(error), fields={"replies_to": str(error)}) from error
