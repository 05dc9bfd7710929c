"""What the API tells of a project as a whole: its metrics and their directions, and how a filter may go on."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorBodySerializer
from apps.core.json_values import printable, text_problem
from apps.core.parameters import integer_of, text_of
from apps.runs.access import readable_project, writable_project
from apps.runs.directions import Direction
from apps.runs.directions_known import KnownMetric, change_directions, metrics_of
from apps.runs.filters import MAX_LENGTH
from apps.runs.filters_completion import completion

LONGEST_PAGE = 1_000
MAX_NAME_LENGTH = 250
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 413, 503)}


class MetricSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    direction = serializers.ChoiceField(choices=[one.value for one in Direction], help_text="which end is the good one")
    guessed = serializers.BooleanField(help_text="by the name; false when somebody said it")


class MetricList(serializers.Serializer[Any]):
    metrics = MetricSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="`after` of the next page")


class DirectionChange(serializers.Serializer[Any]):
    metrics = serializers.DictField(
        child=serializers.ChoiceField(choices=[one.value for one in Direction], allow_null=True),
        help_text='name to "min", "max" or "unknown"; null goes back to the guess',
    )

    def validate_metrics(self, value: dict[str, str | None]) -> dict[str, str | None]:
        if len(value) > LONGEST_PAGE:
            raise serializers.ValidationError(f"has {len(value):,} names; at most {LONGEST_PAGE:,} are allowed")
        for name in value:
            problem = text_problem(name)
            if not 1 <= len(name) <= MAX_NAME_LENGTH:
                problem = f"has {len(name):,} characters; 1..{MAX_NAME_LENGTH} are allowed"
            if problem:
                raise serializers.ValidationError({printable(name): f"the name {problem}"})
        return value


class SuggestionSerializer(serializers.Serializer[Any]):
    text = serializers.CharField()
    kind = serializers.CharField(help_text="name, figure, operator, search, value or joint")


class CompletionSerializer(serializers.Serializer[Any]):
    begin = serializers.IntegerField(help_text="of the characters to replace, from 0")
    end = serializers.IntegerField(help_text="after the last of them")
    suggestions = SuggestionSerializer(many=True)


class ProjectMetrics(APIView):
    """The metrics of a project and which end of each is the good one."""

    @extend_schema(
        operation_id="list_metrics",
        parameters=[
            OpenApiParameter("search", OpenApiTypes.STR, description="Only names with this in them."),
            OpenApiParameter("after", OpenApiTypes.STR, description="`next` of the page before."),
        ],
        responses={200: MetricList, **_REFUSALS},
        tags=["projects"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """The metrics of a project by name, each with its direction, in pages of 1,000."""
        found = readable_project(request.user, team, project)
        search, after = (text_of(request.query_params, name, at_most=MAX_LENGTH) for name in ("search", "after"))
        metrics = metrics_of(found, search=search, after=after, limit=LONGEST_PAGE + 1)
        more = len(metrics) > LONGEST_PAGE
        shown = metrics[:LONGEST_PAGE]
        return Response({"metrics": [_metric(one) for one in shown], "next": shown[-1].name if more else None})

    @extend_schema(
        operation_id="change_metrics",
        request=DirectionChange,
        responses={200: MetricList, **_REFUSALS},
        tags=["projects"],
    )
    def patch(self, request: Request, team: str, project: str) -> Response:
        """Say which end of some metrics is the good one; `best` and deltas follow at once."""
        found = writable_project(request.user, team, project)
        asked = DirectionChange(data=request.data)
        asked.is_valid(raise_exception=True)
        changes = asked.validated_data["metrics"]
        change_directions(found, {name: one and Direction(one) for name, one in changes.items()})
        shown = metrics_of(found, limit=LONGEST_PAGE)
        return Response({"metrics": [_metric(one) for one in shown if one.name in changes], "next": None})


class FilterCompletion(APIView):
    """How a filter may go on."""

    @extend_schema(
        operation_id="complete_filter",
        parameters=[
            OpenApiParameter("text", OpenApiTypes.STR, description="The filter so far."),
            OpenApiParameter("at", OpenApiTypes.INT, description="Where one writes, from 0; default: at its end."),
        ],
        responses={200: CompletionSerializer, **_REFUSALS},
        tags=["runs"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """Names, operators and values that may stand at a place of a filter."""
        found = readable_project(request.user, team, project)
        text = text_of(request.query_params, "text", at_most=MAX_LENGTH)
        at = integer_of(request.query_params, "at", 0, len(text))
        begin, end, suggestions = completion(found, text, len(text) if at is None else at)
        return Response({"begin": begin, "end": end, "suggestions": [one._asdict() for one in suggestions]})


def _metric(metric: KnownMetric) -> dict[str, Any]:
    return {"name": metric.name, "direction": metric.direction.value, "guessed": metric.guessed}
