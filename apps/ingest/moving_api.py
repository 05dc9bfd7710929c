"""A run taken to another project, over the API; and which projects there are to choose from."""

from typing import Any

from django.db.models import Q
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.errors import SignInNeeded
from apps.core.api import ErrorBodySerializer
from apps.core.errors import Invalid
from apps.core.parameters import text_of
from apps.history.queries import run_totals
from apps.ingest.answers import run_facts
from apps.ingest.serializers import KnownRun
from apps.runs.access import AnyUser, writable_project, writable_projects, writable_run
from apps.runs.models import Project, Visibility
from apps.runs.moving import move_runs

MOST_LISTED = 50
MAX_TEXT = 200
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 409, 429, 503)}


class Target(serializers.Serializer[Any]):
    project = serializers.CharField(max_length=200, help_text="team/project, one that you may write to")


class ListedProject(serializers.Serializer[Any]):
    project = serializers.CharField(help_text="team/project")
    name = serializers.CharField()
    visibility = serializers.ChoiceField(choices=Visibility.choices, help_text="who reads what is moved there")


class Targets(serializers.Serializer[Any]):
    projects = ListedProject(many=True)
    total = serializers.IntegerField(help_text=f"that fit; at most {MOST_LISTED} are listed")


class MovedRun(KnownRun):
    moved_from = serializers.CharField(help_text="team/project that it was in")


def named_target(user: AnyUser, project: str) -> Project:
    """The project that a move names as team/project. Raises Invalid, NotFound."""
    team, slash, slug = project.partition("/")
    if not (team and slash and slug):
        raise Invalid("A project is named team/project.", fields={"project": f"{project[:80]!r} is not one"})
    return writable_project(user, team, slug)


class WritableProjects(APIView):
    """Projects that runs may be put into."""

    @extend_schema(
        operation_id="writable_projects",
        parameters=[OpenApiParameter("text", OpenApiTypes.STR, description="Words in the names of project and team.")],
        responses={200: Targets, **_REFUSALS},
        tags=["projects"],
    )
    def get(self, request: Request) -> Response:
        """The projects that you may write to, by name: where a run can be moved."""
        if not request.user.is_authenticated:
            raise SignInNeeded
        found = writable_projects(request.user)
        for word in text_of(request.query_params, "text", at_most=MAX_TEXT).split():
            found = found.filter(Q(slug__icontains=word) | Q(name__icontains=word) | Q(team__slug__icontains=word))
        listed = [{"project": str(one), "name": one.name, "visibility": one.visibility} for one in found[:MOST_LISTED]]
        return Response({"projects": listed, "total": found.count()})


class MoveRun(APIView):
    """A run in another project."""

    @extend_schema(operation_id="move_run", request=Target, responses={200: MovedRun, **_REFUSALS}, tags=["runs"])
    def post(self, request: Request, run_id: int) -> Response:
        """Move a run to another project of yours, with all it has. Its id stays; asked again nothing changes.

        Refused for a `client_id` that the project has (`client_id_taken`), a run that goes on with a key that the
        project is closed to (`run_still_sends`), and one that a report would no longer find (`run_cited`).
        """
        run = writable_run(request.user, run_id)
        asked = Target(data=request.data)
        asked.is_valid(raise_exception=True)
        source, target = run.project, named_target(request.user, asked.validated_data["project"])
        move_runs(source, [run.id], target, actor=request.user)
        run.project = target
        facts = run_facts(request._request, run, run_totals([run.id]).get(run.id, 0))
        return Response({**facts, "moved_from": str(source)})
