"""What the run table asks the server for beside its pages."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorBodySerializer
from apps.core.parameters import integer_of, text_of
from apps.panels.table_columns import FACTS, class_title
from apps.runs.access import readable_project
from apps.runs.columns import offered_names

PAGE = 100
MAX_SEARCH = 500
MAX_BEGIN = 99_999_999
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 503)}


class OfferedColumn(serializers.Serializer[Any]):
    text = serializers.CharField(help_text="as it is written in filters, sorts and the table's URL")
    title = serializers.CharField()
    of = serializers.CharField(help_text="run, metric, config, summary, system or class")


class OfferedColumns(serializers.Serializer[Any]):
    columns = OfferedColumn(many=True)
    total = serializers.IntegerField(help_text="how many there are with the search in their names")
    next = serializers.IntegerField(allow_null=True, help_text="`begin` of the next page")


class ProjectColumns(APIView):
    """What a table of a project's runs can show."""

    @extend_schema(
        operation_id="list_columns",
        parameters=[
            OpenApiParameter("search", OpenApiTypes.STR, description="Only names with this in them."),
            OpenApiParameter("begin", OpenApiTypes.INT, description="How many to pass over, default 0."),
        ],
        responses={200: OfferedColumns, **_REFUSALS},
        tags=["projects"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """Names a table of runs can show as columns, facts of the run first, in pages of 100."""
        found = readable_project(request.user, team, project)
        search = text_of(request.query_params, "search", at_most=MAX_SEARCH).strip()
        begin = integer_of(request.query_params, "begin", 0, MAX_BEGIN) or 0
        facts = [
            {"text": fact, "title": fact.replace("_", " "), "of": "run"} for fact in FACTS if search.lower() in fact
        ]
        names, total = offered_names(found, search=search, begin=begin, limit=PAGE)
        columns = [{"text": name.text, "title": class_title(name) or name.name, "of": name.namespace} for name in names]
        following = begin + len(names)
        return Response(
            {
                "columns": columns if begin else facts + columns,
                "total": total + len(facts),
                "next": following if following < total else None,
            }
        )
