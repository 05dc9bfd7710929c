"""The panels that stand on the pages of a project, over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.errors import NotFound
from apps.custom_panels.api import REFUSALS
from apps.custom_panels.placing import PAGES, Page, place_panels, placed_panels
from apps.runs.access import readable_project, writable_project


class PlacedPanel(serializers.Serializer[Any]):
    panel = serializers.CharField(help_text="A panel's 13 characters.")
    parameters = serializers.DictField(child=serializers.JSONField(), required=False, help_text="Chosen values.")


class PlacedPanels(serializers.Serializer[Any]):
    panels = PlacedPanel(many=True, help_text="In the order of the page.")


class PanelPlacesOfPage(APIView):
    """The custom panels of one page of a project: `project` or `compare`."""

    @extend_schema(operation_id="get_panel_places", responses={200: PlacedPanels, **REFUSALS}, tags=["panels"])
    def get(self, request: Request, team: str, project: str, page: str) -> Response:
        """Those that you may see."""
        found = readable_project(request.user, team, project)
        listed = placed_panels(request.user, found, _page(page))
        return Response({"panels": [one.as_json() for one in listed]})

    @extend_schema(
        operation_id="place_panels",
        request=PlacedPanels,
        responses={200: PlacedPanels, **REFUSALS},
        tags=["panels"],
    )
    def put(self, request: Request, team: str, project: str, page: str) -> Response:
        """Let exactly these panels stand on the page, for everybody who sees it: they are shared by that."""
        found = writable_project(request.user, team, project)
        said = request.data.get("panels") if isinstance(request.data, dict) else None
        listed = place_panels(request.user, found, _page(page), said)
        return Response({"panels": [one.as_json() for one in listed]})


def _page(name: str) -> Page:
    for page in PAGES:
        if page == name:
            return page
    raise NotFound(f"A project has no page {name[:60]} for panels; there are {' and '.join(PAGES)}.")
