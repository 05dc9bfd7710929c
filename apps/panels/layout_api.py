"""How the charts of a project are laid out, and which metrics share one, over HTTP."""

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
from apps.panels.arranging import aliases_of, arrangement
from apps.panels.layouts import SIZES, read_layout
from apps.panels.services import change_aliases, forget_layout, save_layout, share_layout
from apps.runs.access import readable_project, writable_project, writes_to
from apps.runs.models import Project

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 413, 503)}
_WHOSE = ("me", "team")


class LayoutBody(serializers.Serializer[Any]):
    hidden = serializers.ListField(child=serializers.CharField(), required=False, help_text="metrics without a chart")
    order = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="by section, the metrics whose charts stand first",
    )
    sizes = serializers.DictField(
        child=serializers.ChoiceField(SIZES), required=False, help_text="of charts that are not of the usual size"
    )


class LayoutChange(serializers.Serializer[Any]):
    layout = LayoutBody()
    whose = serializers.ChoiceField(_WHOSE, default="me", help_text="team: what everybody without their own sees")


class LayoutAnswer(serializers.Serializer[Any]):
    layout = LayoutBody()
    kept_by = serializers.ChoiceField(["you", "team", "nobody"])
    has_team = serializers.BooleanField(help_text="The team has a layout.")


class AliasBody(serializers.Serializer[Any]):
    aliases = serializers.DictField(
        child=serializers.CharField(allow_null=True),
        help_text="metric to the one in whose chart it is drawn; in a change null gives it a chart of its own back",
    )


class ProjectLayout(APIView):
    """The layout of a project's charts."""

    @extend_schema(operation_id="get_layout", responses={200: LayoutAnswer, **_REFUSALS}, tags=["projects"])
    def get(self, request: Request, team: str, project: str) -> Response:
        """The layout you see: your own, else the team's, else none."""
        return Response(_layout(request, readable_project(request.user, team, project)))

    @extend_schema(
        operation_id="save_layout", request=LayoutChange, responses={200: LayoutAnswer, **_REFUSALS}, tags=["projects"]
    )
    def put(self, request: Request, team: str, project: str) -> Response:
        """Keep a layout for yourself, or, as a member, for the team."""
        found = readable_project(request.user, team, project)
        said = request.data if isinstance(request.data, dict) else {}
        layout, whose = read_layout(said.get("layout")), _whose(request, found, said.get("whose", "me"))
        user = cast(User, request.user)
        if whose == "team":
            share_layout(found, layout, user)
        else:
            save_layout(found, layout, user=user)
        return Response(_layout(request, found))

    @extend_schema(
        operation_id="forget_layout",
        parameters=[OpenApiParameter("whose", OpenApiTypes.STR, enum=_WHOSE, default="me")],
        responses={200: LayoutAnswer, **_REFUSALS},
        tags=["projects"],
    )
    def delete(self, request: Request, team: str, project: str) -> Response:
        """Go back to the team's layout, or, as a member, take that away."""
        found = readable_project(request.user, team, project)
        whose = _whose(request, found, request.query_params.get("whose", "me"))
        forget_layout(found, None if whose == "team" else cast(User, request.user))
        return Response(_layout(request, found))


class ProjectAliases(APIView):
    """The metrics of a project that share a chart."""

    @extend_schema(operation_id="list_aliases", responses={200: AliasBody, **_REFUSALS}, tags=["projects"])
    def get(self, request: Request, team: str, project: str) -> Response:
        """Metrics that are drawn in the chart of another one."""
        return Response({"aliases": aliases_of(readable_project(request.user, team, project))})

    @extend_schema(
        operation_id="change_aliases", request=AliasBody, responses={200: AliasBody, **_REFUSALS}, tags=["projects"]
    )
    def patch(self, request: Request, team: str, project: str) -> Response:
        """Let metrics share a chart, in all charts of the project, or give them their own back."""
        found = writable_project(request.user, team, project)
        asked = AliasBody(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response({"aliases": change_aliases(found, asked.validated_data["aliases"], cast(User, request.user))})


def _whose(request: Request, project: Project, said: object) -> str:
    if said not in _WHOSE:
        raise ApiError(400, f"whose is one of {', '.join(_WHOSE)}.")
    if said == "team" and not writes_to(request.user, project):
        raise ApiError(403, "Only members of the team lay out its charts for everybody.")
    return str(said)


def _layout(request: Request, project: Project) -> dict[str, Any]:
    found = arrangement(project, request.user)
    return {"layout": found.layout.as_json(), "kept_by": found.kept_by, "has_team": found.has_team}
