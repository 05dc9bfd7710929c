"""What is different between runs, over HTTP."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.comparison.answers import answer
from apps.comparison.asking import asked_base, asked_figure, asked_ids
from apps.comparison.errors import MAX_COMPARED
from apps.comparison.queries import FIGURES, comparison
from apps.comparison.serializers import ComparedRuns
from apps.core.api import ErrorBodySerializer
from apps.core.errors import Invalid
from apps.runs.access import readable_runs

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 503)}


class CompareRuns(APIView):
    """Runs beside one another."""

    @extend_schema(
        operation_id="compare_runs",
        parameters=[
            OpenApiParameter(
                "run",
                OpenApiTypes.STR,
                many=True,
                required=True,
                description=f"The 13 characters of a run, once for each: at most {MAX_COMPARED}.",
            ),
            OpenApiParameter("base", OpenApiTypes.STR, description="The baseline; the first run when left out."),
            OpenApiParameter(
                "value",
                OpenApiTypes.STR,
                enum=FIGURES,
                description="Which number of a metric; the best one when left out.",
            ),
            OpenApiParameter("equal", OpenApiTypes.BOOL, description="List what does not differ too."),
        ],
        responses={200: ComparedRuns, **_REFUSALS},
        tags=["runs"],
    )
    def get(self, request: Request) -> Response:
        """What differs between runs: config, command, code, data, environment, packages, hardware, summary, metrics.

        The ignore list and the directions of metrics are those of the baseline's project.
        """
        params = request.query_params
        runs = readable_runs(request.user, asked_ids(params))
        if not runs:
            raise Invalid("Name the runs to compare: ?run=…&run=….", fields={"run": "is missing"})
        base = asked_base(params, runs)
        if "base" in params and base is None:
            raise Invalid("The baseline is one of the runs that are compared.", fields={"base": "is not one of them"})
        found = comparison((base or runs[0]).project, runs, base=base, figure=asked_figure(params))
        address = request.build_absolute_uri("/").rstrip("/")
        return Response(answer(found, address, equal=params.get("equal", "") in ("1", "true")))
