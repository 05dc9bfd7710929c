"""Changes of many runs of a project in one request."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import require_scope
from apps.accounts.models import Scope
from apps.core import ids
from apps.core.api import ErrorBodySerializer
from apps.core.json_values import text_problem
from apps.ingest.moving_api import named_target
from apps.runs.access import writable_project
from apps.runs.bulk import MAX_RUNS, archive_runs, bury_runs, tag_runs
from apps.runs.moving import move_runs

MAX_TAG_LENGTH = 250
TAGGING = ("tag", "untag")
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 409, 413, 503)}


class BulkAsked(serializers.Serializer[Any]):
    action = serializers.ChoiceField(choices=[*TAGGING, "archive", "restore", "move", "delete"])
    runs = serializers.ListField(
        child=serializers.CharField(max_length=40), min_length=1, help_text=f"ids, at most {MAX_RUNS:,}"
    )
    tag = serializers.CharField(max_length=MAX_TAG_LENGTH, required=False, help_text="of tag and untag")

    despite_published = serializers.BooleanField(
        default=False, help_text="of delete: runs that were published in reports too, which stay whole"
    )
    project = serializers.CharField(max_length=200, required=False, help_text="of move: team/project")

    def validate_runs(self, value: list[str]) -> list[int]:
        if len(value) > MAX_RUNS:
            raise serializers.ValidationError(f"has {len(value):,} runs; at most {MAX_RUNS:,} are changed at once")
        try:
            return [ids.from_text(text) for text in value]
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        tag = attrs.get("tag", "")
        if attrs["action"] in TAGGING and not tag:
            raise serializers.ValidationError({"tag": "is missing"})
        if attrs["action"] == "move" and not attrs.get("project"):
            raise serializers.ValidationError({"project": "is missing"})
        if text_problem(tag):
            raise serializers.ValidationError({"tag": text_problem(tag)})
        return attrs


class BulkDone(serializers.Serializer[Any]):
    changed = serializers.ListField(child=serializers.CharField(), help_text="ids of the runs that changed")
    unchanged = serializers.IntegerField(help_text="how many were so already")


class BulkChange(APIView):
    """Many runs at once."""

    @extend_schema(operation_id="change_runs", request=BulkAsked, responses={200: BulkDone, **_REFUSALS}, tags=["runs"])
    def post(self, request: Request, team: str, project: str) -> Response:
        """Tag, untag, archive, restore, move or delete runs of a project: all of them, or none when one is refused.

        `changed` are those to turn back for an undo. Only archived runs are deleted, by a key of scope `admin`.
        """
        found = writable_project(request.user, team, project)
        asked = BulkAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        action, run_ids = asked.validated_data["action"], asked.validated_data["runs"]
        if action in TAGGING:
            changed = tag_runs(found, run_ids, asked.validated_data["tag"], there=action == "tag")
        elif action == "move":
            target = named_target(request.user, asked.validated_data["project"])
            changed = move_runs(found, run_ids, target, actor=request.user)
        elif action == "delete":
            require_scope(request.auth, Scope.ADMIN)
            changed = bury_runs(found, run_ids, actor=request.user, agreed=asked.validated_data["despite_published"])
        else:
            changed = archive_runs(found, run_ids, archived=action == "archive", actor=request.user)
        answer = {"changed": [ids.to_text(run_id) for run_id in changed]}
        return Response(answer | {"unchanged": len(set(run_ids)) - len(changed)})
