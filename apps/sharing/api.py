"""Share links over HTTP."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import User
from apps.core.answers import json_time
from apps.core.api import ErrorBodySerializer
from apps.reports.access import writable_report
from apps.reports.snapshot_queries import snapshot_of
from apps.sharing import services
from apps.sharing.models import ShareLink
from apps.sharing.places import link_address
from apps.sharing.queries import link_of, links_of
from apps.sharing.serializers import MadeShare, NewShare, Share, ShareList

LONGEST_LIST = 500
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404)}
_REPORT_ID = OpenApiParameter("report_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_LINK_ID = OpenApiParameter("link_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")


class Shares(APIView):
    """The share links of a published version."""

    @extend_schema(
        operation_id="list_shares", parameters=[_REPORT_ID], responses={200: ShareList, **_REFUSALS}, tags=["reports"]
    )
    def get(self, request: Request, report_id: int, n: int) -> Response:
        """The newest 500 links of a version, for whoever may write its report; no link is told again."""
        snapshot = snapshot_of(writable_report(request.user, report_id), n)
        return Response({"shares": [_line(one) for one in links_of(snapshot)[:LONGEST_LIST]]})

    @extend_schema(
        operation_id="create_share",
        parameters=[_REPORT_ID],
        request=NewShare,
        responses={201: MadeShare, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["reports"],
    )
    def post(self, request: Request, report_id: int, n: int) -> Response:
        """Make a link by which anybody sees this version: its text, pictures, data, and the facts of its runs."""
        snapshot = snapshot_of(writable_report(request.user, report_id), n)
        if not isinstance(request.user, User):
            raise SignInNeeded
        asked = NewShare(data=request.data)
        asked.is_valid(raise_exception=True)
        made, token = services.make_link(snapshot=snapshot, by=request.user, **asked.validated_data)
        return Response({**_line(link_of(snapshot, made.id)), "url": link_address(request, token)}, status=201)


class OneShare(APIView):
    """One share link."""

    @extend_schema(
        operation_id="revoke_share",
        parameters=[_REPORT_ID, _LINK_ID],
        responses={200: Share, **_REFUSALS},
        tags=["reports"],
    )
    def delete(self, request: Request, report_id: int, n: int, link_id: int) -> Response:
        """Revoke a link: from now on it opens nothing. Once more changes nothing."""
        snapshot = snapshot_of(writable_report(request.user, report_id), n)
        if not isinstance(request.user, User):
            raise SignInNeeded
        services.revoke_link(link=link_of(snapshot, link_id), by=request.user)
        return Response(_line(link_of(snapshot, link_id)))


def _line(link: ShareLink) -> dict[str, Any]:
    """A link of links_of as JSON."""
    return {
        "id": link.slug,
        "name": link.name,
        "prefix": link.prefix,
        "state": link.state,
        "created_by": link.created_by.get_username() if link.created_by else None,
        "created_at": json_time(link.created_at),
        "expires_at": json_time(link.expires_at),
        "revoked_at": json_time(link.revoked_at),
        "views": link.views,  # type: ignore[attr-defined]
        "pictures": link.pictures,  # type: ignore[attr-defined]
        "last_opened": json_time(link.last_opened),  # type: ignore[attr-defined]
    }
