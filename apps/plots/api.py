"""Plots of a project's runs: all that pass the run table's filter, each a datum."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.api import ErrorBodySerializer
from apps.core.parameters import integer_of, yes_of
from apps.plots import serializers
from apps.plots.asking import asked_parallel, plotted
from apps.plots.bars import bar_answer
from apps.plots.errors import MAX_AXES, MAX_BARS, MAX_BINS
from apps.plots.histograms import histogram_answer
from apps.plots.importance import importance_answer
from apps.plots.parallel import parallel_answer
from apps.plots.scatter import scatter_answer
from apps.plots.suggesting import suggestion
from apps.runs.access import readable_project

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 503)}
_RUNS = [
    OpenApiParameter("filter", OpenApiTypes.STR, description="Only runs that pass it."),
    OpenApiParameter("state", OpenApiTypes.STR, many=True, description="Only runs in these states."),
    OpenApiParameter("archived", OpenApiTypes.BOOL, description="Archived runs instead of the others."),
]
_AXIS = "a name as in filters, `state` or `took`"


def _name(what: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(what, OpenApiTypes.STR, required=required, description=f"{description}: {_AXIS}.")


class ScatterPlot(APIView):
    """A dot a run."""

    @extend_schema(
        operation_id="plot_scatter",
        parameters=[
            _name("x", "Along x", required=True),
            _name("y", "Along y", required=True),
            _name("colour", "Coloured by"),
            _name("size", "Sized by"),
            OpenApiParameter("x_log", OpenApiTypes.BOOL, description="Whether x is logarithmic: only above 0."),
            OpenApiParameter("y_log", OpenApiTypes.BOOL),
            *_RUNS,
        ],
        responses={200: serializers.ScatterAnswer, **_REFUSALS},
        description=f"Runs by two values, with the line of the best. {serializers.LIMITS}",
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        found = readable_project(request.user, team, project)
        params = request.query_params
        asked = plotted(found, params, needs=("x", "y"), takes=("colour", "size"))
        logs = {what: yes_of(params, what) for what in ("x_log", "y_log")}
        return Response(scatter_answer(asked.runs, asked.axes, **logs))


class BarPlot(APIView):
    """A bar a run, or a group of runs."""

    @extend_schema(
        operation_id="plot_bars",
        parameters=[
            _name("value", "Along the bars", required=True),
            _name("group", "A bar for each of its values"),
            OpenApiParameter("log", OpenApiTypes.BOOL, description="Only values above 0."),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"1..{MAX_BARS}, default {MAX_BARS}."),
            *_RUNS,
        ],
        responses={200: serializers.BarAnswer, **_REFUSALS},
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """Runs by one value, or the mean and spread of it in each group. All runs of a group count."""
        found = readable_project(request.user, team, project)
        params = request.query_params
        most = integer_of(params, "limit", 1, MAX_BARS) or MAX_BARS
        runs, axes = plotted(found, params, needs=("value",), takes=("group",))
        return Response(bar_answer(runs, axes["value"], axes.get("group"), log=yes_of(params, "log"), most=most))


class Histogram(APIView):
    """How many runs have which values."""

    @extend_schema(
        operation_id="plot_histogram",
        parameters=[
            _name("value", "Counted", required=True),
            _name("group", "Parts of the counts"),
            OpenApiParameter("log", OpenApiTypes.BOOL, description="Only values above 0, in bins of equal ratio."),
            OpenApiParameter("bins", OpenApiTypes.INT, description=f"1..{MAX_BINS}, default: as fits, 8 to 40."),
            *_RUNS,
        ],
        responses={200: serializers.HistogramAnswer, **_REFUSALS},
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """Counts of all runs by a value, in bins or by text, in parts by a group."""
        found = readable_project(request.user, team, project)
        params = request.query_params
        bins = integer_of(params, "bins", 1, MAX_BINS)
        runs, axes = plotted(found, params, needs=("value",), takes=("group",))
        return Response(histogram_answer(runs, axes["value"], axes.get("group"), log=yes_of(params, "log"), bins=bins))


class ParallelPlot(APIView):
    """A line a run through several axes."""

    @extend_schema(
        operation_id="plot_parallel",
        parameters=[
            OpenApiParameter(
                "col", OpenApiTypes.STR, many=True, required=True, description=f"2 to {MAX_AXES} axes: {_AXIS}."
            ),
            _name("colour", "Coloured by"),
            *_RUNS,
        ],
        responses={200: serializers.ParallelAnswer, **_REFUSALS},
        description=f"Runs that have a value on every axis. {serializers.LIMITS}",
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        found = readable_project(request.user, team, project)
        runs, axes, colour = asked_parallel(found, request.query_params)
        return Response(parallel_answer(runs, axes, colour))


class Importance(APIView):
    """Which settings went with a number."""

    @extend_schema(
        operation_id="plot_importance",
        parameters=[
            _name("target", "The number", required=True),
            OpenApiParameter(
                "fit",
                OpenApiTypes.BOOL,
                description="Also the permutation importance by scikit-learn, which takes some seconds.",
            ),
            *_RUNS,
        ],
        responses={200: serializers.ImportanceAnswer, **_REFUSALS},
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """The config's fields by their rank correlation with a number, and by what a random forest loses without them.

        Correlation is no cause: runs whose settings were chosen together cannot tell them apart.
        """
        found = readable_project(request.user, team, project)
        runs, axes = plotted(found, request.query_params, needs=("target",))
        return Response(importance_answer(found, runs, axes["target"], fit=yes_of(request.query_params, "fit")))


class Suggestion(APIView):
    """What a new plot may begin with."""

    @extend_schema(
        operation_id="suggest_plot",
        parameters=[_name("target", "The number that matters, default: a metric that most runs have"), *_RUNS],
        responses={200: serializers.SuggestionAnswer, **_REFUSALS},
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """A metric, and the settings that go with it most, from some hundred of the runs."""
        found = readable_project(request.user, team, project)
        runs, axes = plotted(found, request.query_params, needs=(), takes=("target",))
        answer: dict[str, Any] = suggestion(found, runs, axes.get("target"))
        return Response(answer)
