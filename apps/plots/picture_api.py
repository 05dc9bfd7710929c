"""Pictures of plots: the questions of `plots/…/`, answered as the page draws them."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.http import HttpResponse, QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.errors import NotFound
from apps.core.parameters import integer_of, yes_of
from apps.plots.asking import asked_parallel, plotted
from apps.plots.bars import bar_answer
from apps.plots.errors import MAX_BARS, MAX_BINS
from apps.plots.histograms import histogram_answer
from apps.plots.parallel import parallel_answer
from apps.plots.pictures import SPECS, PlotSight, plot_picture
from apps.plots.scatter import scatter_answer
from apps.rendering.answers import AnyPicture, asked_sight, picture_answer, picture_tag
from apps.rendering.openapi import RESPONSES, SIZES
from apps.rendering.pictures import Kind
from apps.runs.access import readable_project
from apps.runs.models import Project

_LOGS = {"x_log": "x", "y_log": "y", "log": "log"}


class PlotPicture(APIView):
    """A plot as a picture."""

    content_negotiation_class = AnyPicture
    kind: ClassVar[Kind]

    @extend_schema(
        parameters=[
            OpenApiParameter("plot", OpenApiTypes.STR, OpenApiParameter.PATH, enum=list(SPECS)),
            *SIZES,
        ],
        responses=RESPONSES,
        description="The picture of `plots/{plot}/` with the same parameters. Drawn anew when it would look different.",
        tags=["plots"],
    )
    def get(self, request: Request, team: str, project: str, plot: str) -> HttpResponse:
        found = readable_project(request.user, team, project)
        answered = _ANSWERS.get(plot)
        if answered is None:
            raise NotFound(f"There is no picture of a plot {plot[:40]!r}; there are {', '.join(SPECS)}.")
        params = request.query_params
        logs = {name: yes_of(params, said) for said, name in _LOGS.items() if said in params}
        sight = PlotSight(**vars(asked_sight(params, self.kind)), logs=logs)
        answer = answered(found, params)
        return picture_answer(
            request._request, self.kind, picture_tag(plot, sight, answer), lambda: plot_picture(plot, answer, sight)
        )


@extend_schema_view(get=extend_schema(operation_id="plot_svg"))
class PlotSvg(PlotPicture):
    """A plot as an SVG."""

    kind = "svg"


@extend_schema_view(get=extend_schema(operation_id="plot_png"))
class PlotPng(PlotPicture):
    """A plot as a PNG."""

    kind = "png"


def _scatter(project: Project, params: QueryDict) -> dict[str, Any]:
    runs, axes = plotted(project, params, needs=("x", "y"), takes=("colour", "size"))
    return scatter_answer(runs, axes, x_log=yes_of(params, "x_log"), y_log=yes_of(params, "y_log"))


def _bars(project: Project, params: QueryDict) -> dict[str, Any]:
    most = integer_of(params, "limit", 1, MAX_BARS) or MAX_BARS
    runs, axes = plotted(project, params, needs=("value",), takes=("group",))
    return bar_answer(runs, axes["value"], axes.get("group"), log=yes_of(params, "log"), most=most)


def _histogram(project: Project, params: QueryDict) -> dict[str, Any]:
    bins = integer_of(params, "bins", 1, MAX_BINS)
    runs, axes = plotted(project, params, needs=("value",), takes=("group",))
    return histogram_answer(runs, axes["value"], axes.get("group"), log=yes_of(params, "log"), bins=bins)


def _parallel(project: Project, params: QueryDict) -> dict[str, Any]:
    runs, axes, colour = asked_parallel(project, params)
    return parallel_answer(runs, axes, colour)


_ANSWERS: Mapping[str, Callable[[Project, QueryDict], dict[str, Any]]] = {
    "scatter": _scatter,
    "bars": _bars,
    "histogram": _histogram,
    "parallel": _parallel,
}
