"""Versions of panels as pictures, drawn on the server from the rows that they have now."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.custom_panels.access import readable_panel, version_of
from apps.custom_panels.checking import good_document
from apps.custom_panels.data import panel_data
from apps.custom_panels.data_api import asked_runs
from apps.custom_panels.pictures import panel_picture, picture_state
from apps.rendering.answers import AnyPicture, asked_sight, picture_answer, picture_tag
from apps.rendering.openapi import RESPONSES, SIZES
from apps.rendering.pictures import Kind

PARAMETER = "p."  # before a parameter's name in a URL


class PanelPicture(APIView):
    """A version of a panel as a picture."""

    content_negotiation_class = AnyPicture
    kind: ClassVar[Kind]

    @extend_schema(
        parameters=[
            OpenApiParameter("panel_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters."),
            OpenApiParameter("run", OpenApiTypes.STR, many=True, description="Only these runs, in this order."),
            OpenApiParameter("width", OpenApiTypes.INT, description="px of a chart that does not say its own."),
            OpenApiParameter("height", OpenApiTypes.INT),
            *SIZES[2:],
            OpenApiParameter(
                "p.name", OpenApiTypes.STR, description="The value of the parameter `name`; one such for each."
            ),
        ],
        responses=RESPONSES,
        description="A panel as it looks now. Drawn anew when it would look different.",
        tags=["panels"],
    )
    def get(self, request: Request, panel_id: int, n: int) -> HttpResponse:
        panel = readable_panel(request.user, panel_id)
        version = version_of(panel, n)
        params = request.query_params
        sight = asked_sight(params, self.kind)
        given = {name.removeprefix(PARAMETER): value for name, value in params.items() if name.startswith(PARAMETER)}
        run_ids = asked_runs(request.user, params.getlist("run") or None)
        document = good_document(version.document, given)
        found = panel_data(panel.project, document, given, run_ids, theme=sight.theme)
        tag = picture_tag(sight, picture_state(found))
        return picture_answer(request._request, self.kind, tag, lambda: panel_picture(found, **vars(sight)))


@extend_schema_view(get=extend_schema(operation_id="panel_svg"))
class PanelSvg(PanelPicture):
    """A version of a panel as an SVG."""

    kind = "svg"


@extend_schema_view(get=extend_schema(operation_id="panel_png"))
class PanelPng(PanelPicture):
    """A version of a panel as a PNG."""

    kind = "png"
