"""Saved views of a project's run table."""

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.core.api import ErrorBodySerializer
from apps.core.api_errors import ApiError
from apps.runs.access import readable_project, writes_to
from apps.workspace.access import changeable_view, readable_views
from apps.workspace.models import SavedView
from apps.workspace.services import change_view, save_view

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 409, 413, 503)}
_VIEW_ID = OpenApiParameter("view_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The view's 13 characters.")


class ViewChange(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120, required=False)
    query = serializers.CharField(
        max_length=20_000,
        required=False,
        allow_blank=True,
        help_text="of the table's URL: `sort=-metric.loss.best&col=…`",
    )
    shared = serializers.BooleanField(required=False, help_text="with everyone who may read the project")
    is_default = serializers.BooleanField(required=False, help_text="for those who have no table of their own yet")


class NewView(ViewChange):
    name = serializers.CharField(max_length=120)


class ViewAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    query = serializers.CharField()
    shared = serializers.BooleanField()
    is_default = serializers.BooleanField()
    owner = serializers.CharField()


class ViewList(serializers.Serializer[Any]):
    views = ViewAnswer(many=True)


class ProjectViews(APIView):
    """The saved views of a project's run table."""

    @extend_schema(operation_id="list_views", responses={200: ViewList, **_REFUSALS}, tags=["projects"])
    def get(self, request: Request, team: str, project: str) -> Response:
        """The views you may open: shared ones and your own."""
        found = readable_project(request.user, team, project)
        return Response({"views": [_answer(view) for view in readable_views(request.user, found)]})

    @extend_schema(
        operation_id="save_view", request=NewView, responses={201: ViewAnswer, **_REFUSALS}, tags=["projects"]
    )
    def post(self, request: Request, team: str, project: str) -> Response:
        """Save a look at the table under a name; to share it you need to be a member of the team."""
        found = readable_project(request.user, team, project)
        asked = NewView(data=request.data)
        asked.is_valid(raise_exception=True)
        facts = {"query": "", **asked.validated_data}
        if (facts.get("shared") or facts.get("is_default")) and not writes_to(request.user, found):
            raise ApiError(403, "Only members of the team share views of its projects.")
        return Response(_answer(save_view(found, cast(User, request.user), **facts)), status=201)


class OneView(APIView):
    """One saved view."""

    @extend_schema(
        operation_id="change_view",
        parameters=[_VIEW_ID],
        request=ViewChange,
        responses={200: ViewAnswer, **_REFUSALS},
        tags=["projects"],
    )
    def patch(self, request: Request, view_id: int) -> Response:
        """Change your own view, or a shared one of a team you administer."""
        view = changeable_view(request.user, view_id)
        asked = ViewChange(data=request.data)
        asked.is_valid(raise_exception=True)
        facts = asked.validated_data
        if (facts.get("shared") or facts.get("is_default")) and not writes_to(request.user, view.project):
            raise ApiError(403, "Only members of the team share views of its projects.")
        return Response(_answer(change_view(view, **facts)))

    @extend_schema(
        operation_id="delete_view", parameters=[_VIEW_ID], responses={204: None, **_REFUSALS}, tags=["projects"]
    )
    def delete(self, request: Request, view_id: int) -> Response:
        """Delete your own view, or a shared one of a team you administer."""
        changeable_view(request.user, view_id).delete()
        return Response(status=204)


def _answer(view: SavedView) -> dict[str, Any]:
    facts = {"name": view.name, "query": view.query, "shared": view.shared, "is_default": view.is_default}
    return {"id": view.slug, **facts, "owner": view.owner.get_username()}
