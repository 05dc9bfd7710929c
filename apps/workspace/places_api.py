"""What the command palette asks the server for."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorBodySerializer
from apps.core.parameters import text_of
from apps.runs.access import readable_project
from apps.runs.models import Project
from apps.runs.places import MAX_LENGTH, Asked, found_places

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 503)}


class PlaceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["run", "metric", "project", "report", "panel"])
    title = serializers.CharField()
    detail = serializers.CharField()
    path = serializers.CharField(help_text="of its page on this site")


class PlaceList(serializers.Serializer[Any]):
    places = PlaceSerializer(many=True)


class Places(APIView):
    """Pages of the site by name."""

    @extend_schema(
        operation_id="find_places",
        parameters=[
            OpenApiParameter("text", OpenApiTypes.STR, description="Words that are all in a name, or a run's id."),
            OpenApiParameter("project", OpenApiTypes.STR, description="team/project: the one to look in first."),
        ],
        responses={200: PlaceList, **_REFUSALS},
        tags=["projects"],
    )
    def get(self, request: Request) -> Response:
        """Runs, metrics, projects, reports, panels by words in their names, 8 of each at most; the newest without."""
        text, project = (text_of(request.query_params, name, at_most=MAX_LENGTH) for name in ("text", "project"))
        asked = Asked(request.user, text.strip(), _project(request, project))
        return Response({"places": [place._asdict() for place in found_places(asked)]})


def _project(request: Request, name: str) -> Project | None:
    team, _, slug = name.partition("/")
    return readable_project(request.user, team, slug) if name else None
