"""Custom panels and their versions over HTTP."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import User
from apps.core.api import ErrorBodySerializer
from apps.core.errors import NotFound
from apps.core.parameters import integer_of, text_of, yes_of
from apps.custom_panels import serializers, services
from apps.custom_panels.access import may_write, readable_panel, version_of, writable_panel
from apps.custom_panels.answers import panel_line, version_line
from apps.custom_panels.diffs import unified
from apps.custom_panels.limits import MAX_NAME
from apps.custom_panels.models import Panel, PanelVersion
from apps.custom_panels.queries import LONGEST_LIST, listed_panels, versions_of
from apps.runs.access import readable_project, writable_project

REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 413, 503)}
_PANEL_ID = OpenApiParameter("panel_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="13 characters.")
_LAST_VERSION = 2**31 - 1


class ProjectPanels(APIView):
    """The custom panels of a project."""

    @extend_schema(
        operation_id="list_panels",
        parameters=[
            OpenApiParameter("name", OpenApiTypes.STR, description="Only panels of exactly this name."),
            OpenApiParameter("archived", OpenApiTypes.BOOL, description="Archived panels instead of the others."),
        ],
        responses={200: serializers.PanelList, **REFUSALS},
        tags=["panels"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """Shared panels and your own, the last changed first, at most 500, without their documents."""
        found = readable_project(request.user, team, project)
        params = request.query_params
        name = text_of(params, "name", at_most=MAX_NAME)
        panels = listed_panels(request.user, found, archived=yes_of(params, "archived"), name=name)
        lines = []
        for panel in panels[:LONGEST_LIST]:
            panel.project = found
            lines.append(panel_line(panel, page_url(request, panel)))
        return Response({"panels": lines})

    @extend_schema(
        operation_id="create_panel",
        request=serializers.NewPanel,
        responses={201: serializers.WholePanel, **REFUSALS},
        tags=["panels"],
    )
    def post(self, request: Request, team: str, project: str) -> Response:
        """Save a panel. A document that cannot be drawn is refused, with every problem at its line and column."""
        found = writable_project(request.user, team, project)
        asked = serializers.NewPanel(data=request.data)
        asked.is_valid(raise_exception=True)
        panel = services.create_panel(project=found, owner=cast(User, request.user), **asked.validated_data)
        return Response(whole_panel(request, panel), status=201)


class OnePanel(APIView):
    """One custom panel."""

    @extend_schema(
        operation_id="get_panel",
        parameters=[_PANEL_ID],
        responses={200: serializers.WholePanel, **REFUSALS},
        tags=["panels"],
    )
    def get(self, request: Request, panel_id: int) -> Response:
        """A panel with the document of its newest version."""
        return Response(whole_panel(request, readable_panel(request.user, panel_id)))

    @extend_schema(
        operation_id="change_panel",
        parameters=[_PANEL_ID],
        request=serializers.PanelChange,
        responses={200: serializers.WholePanel, **REFUSALS},
        tags=["panels"],
    )
    def patch(self, request: Request, panel_id: int) -> Response:
        """Rename or share a panel, archive it or bring it back."""
        panel = writable_panel(request.user, panel_id)
        asked = serializers.PanelChange(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(whole_panel(request, services.change_panel(panel, **asked.validated_data)))

    @extend_schema(
        operation_id="archive_panel",
        parameters=[_PANEL_ID],
        responses={200: serializers.WholePanel, **REFUSALS},
        tags=["panels"],
    )
    def delete(self, request: Request, panel_id: int) -> Response:
        """Archive a panel: it is listed no more, what cites a version still draws it, PATCH brings it back."""
        panel = writable_panel(request.user, panel_id)
        return Response(whole_panel(request, services.change_panel(panel, archived=True)))


class PanelVersions(APIView):
    """The versions of a panel."""

    @extend_schema(
        operation_id="list_panel_versions",
        parameters=[_PANEL_ID],
        responses={200: serializers.VersionList, **REFUSALS},
        tags=["panels"],
    )
    def get(self, request: Request, panel_id: int) -> Response:
        """The newest 500 versions, without their documents."""
        panel = readable_panel(request.user, panel_id)
        return Response({"versions": [version_line(one) for one in versions_of(panel)[:LONGEST_LIST]]})

    @extend_schema(
        operation_id="save_panel_version",
        parameters=[_PANEL_ID],
        request=serializers.NewVersion,
        responses={201: serializers.WholeVersion, 409: OpenApiResponse(ErrorBodySerializer), **REFUSALS},
        tags=["panels"],
    )
    def post(self, request: Request, panel_id: int) -> Response:
        """Save the next version. The newest document again makes none and answers the one there is."""
        panel = writable_panel(request.user, panel_id)
        asked = serializers.NewVersion(data=request.data)
        asked.is_valid(raise_exception=True)
        saved = services.save_version(panel=panel, author=cast(User, request.user), **asked.validated_data)
        return Response(whole_version(saved), status=201)


class OneVersion(APIView):
    """One version of a panel."""

    @extend_schema(
        operation_id="get_panel_version",
        parameters=[_PANEL_ID, OpenApiParameter("diff", OpenApiTypes.INT, description="A version to compare with.")],
        responses={200: serializers.WholeVersion, **REFUSALS},
        tags=["panels"],
    )
    def get(self, request: Request, panel_id: int, n: int) -> Response:
        """A version with its document, and how it differs from another one."""
        panel = readable_panel(request.user, panel_id)
        found = version_of(panel, n)
        answer = whole_version(found)
        against = integer_of(request.query_params, "diff", 1, _LAST_VERSION)
        if against is not None:
            old = version_of(panel, against)
            answer["diff"] = unified(
                old.document, found.document, old_name=f"version {old.n}", new_name=f"version {found.n}"
            )
        return Response(answer)


class PanelForks(APIView):
    """What begins as a panel."""

    @extend_schema(
        operation_id="fork_panel",
        parameters=[_PANEL_ID],
        request=serializers.Fork,
        responses={201: serializers.WholePanel, **REFUSALS},
        tags=["panels"],
    )
    def post(self, request: Request, panel_id: int) -> Response:
        """Make a panel of your own from a version of this one, here or in another project you may write to."""
        panel = readable_panel(request.user, panel_id)
        asked = serializers.Fork(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        team, _, slug = said.get("project", str(panel.project)).partition("/")
        project = writable_project(request.user, team, slug)
        version = version_of(panel, said.get("version"))
        version.panel = panel
        forked = services.fork_panel(
            version=version, project=project, owner=cast(User, request.user), name=said.get("name", "")
        )
        return Response(whole_panel(request, forked), status=201)


def page_url(request: HttpRequest | Request, panel: Panel) -> str:
    """The absolute URL of a panel's page."""
    path = panel.get_absolute_url()
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def whole_panel(request: Request, panel: Panel) -> dict[str, Any]:
    version = version_of(panel)
    fork = panel.forked_from
    source: dict[str, Any] | None = None
    if fork is not None:
        try:
            source = {"panel": readable_panel(request.user, fork.panel_id).slug, "version": fork.n}
        except NotFound:  # of a project that this reader may not see
            source = None
    return {
        **panel_line(panel, page_url(request, panel)),
        "document": version.document,
        "note": version.note,
        "author": version.author.get_username() if version.author else None,
        "forked_from": source,
        "may_write": may_write(request.user, panel),
    }


def whole_version(version: PanelVersion) -> dict[str, Any]:
    return {**version_line(version), "document": version.document}
