"""What mistakes cost in a project, over HTTP."""

from typing import Any, cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.core.answers import json_time
from apps.core.api import ErrorBodySerializer
from apps.core.errors import Invalid
from apps.runs.access import readable_project, writable_project
from apps.runs.models import Project
from apps.tables.cost_queries import indexing_of, newest_costs
from apps.tables.cost_services import change_costs
from apps.tables.costs import Costs, read_costs
from apps.tables.errors import MAX_CLASS_COSTS, MAX_COST, MAX_PAIRS

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 409, 413, 503)}


class CostsSerializer(serializers.Serializer[Any]):
    default = serializers.FloatField(
        default=1.0, min_value=-MAX_COST, max_value=MAX_COST, help_text="of a mistake that nothing else is said of"
    )
    actual = serializers.DictField(
        child=serializers.FloatField(min_value=-MAX_COST, max_value=MAX_COST),
        required=False,
        help_text=f"actual class to the cost of a mistake about it; at most {MAX_CLASS_COSTS:,}",
    )
    pairs = serializers.ListField(
        child=serializers.ListField(min_length=3, max_length=3),
        required=False,
        help_text=f'["8", "3", 10]: actual class, predicted class, cost; at most {MAX_PAIRS:,}',
    )


class CostsChange(CostsSerializer):
    after = serializers.IntegerField(
        required=False, min_value=0, help_text="the version this was made from: 409 when there is a newer one"
    )


class IndexingSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField()
    total = serializers.IntegerField()


class CostsAnswer(CostsSerializer):
    version = serializers.IntegerField(help_text="0 as long as nobody said any costs")
    made_by = serializers.CharField(allow_null=True)
    made_at = serializers.IntegerField(allow_null=True, help_text="ms since epoch UTC")
    indexing = IndexingSerializer(allow_null=True, help_text="how far the costs of old runs are; null when all are")


class ProjectCosts(APIView):
    """What mistakes cost in a project: filters ask for the expected cost of each run as `cost["val"]`."""

    @extend_schema(operation_id="get_costs", responses={200: CostsAnswer, **_REFUSALS}, tags=["projects"])
    def get(self, request: Request, team: str, project: str) -> Response:
        """What mistakes cost: by pair of classes, else by actual class, else by default. What is right costs 0."""
        return Response(_answer(readable_project(request.user, team, project)))

    @extend_schema(
        operation_id="change_costs", request=CostsChange, responses={200: CostsAnswer, **_REFUSALS}, tags=["projects"]
    )
    def put(self, request: Request, team: str, project: str) -> Response:
        """Say all of what mistakes cost. Old runs are indexed by it in the background; `indexing` tells how far."""
        found = writable_project(request.user, team, project)
        body, after = request.data, None
        if isinstance(body, dict):
            body = {**body}
            after = body.pop("after", None)
        if after is not None and type(after) is not int:
            raise Invalid("after is a version.", fields={"after": "must be an integer, or left out"})
        change_costs(found, read_costs(body), by=cast(User, request.user), after=after)
        return Response(_answer(found))


def _answer(project: Project) -> dict[str, Any]:
    newest, indexing = newest_costs(project.pk), indexing_of(project)
    return {
        "version": newest.version if newest else 0,
        **(newest.costs if newest else Costs().as_json()),
        "made_by": newest.made_by.get_username() if newest and newest.made_by else None,
        "made_at": json_time(newest.made_at) if newest else None,
        "indexing": indexing and indexing._asdict(),
    }
