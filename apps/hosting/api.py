"""Quotas and retention rules over the API."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Scope
from apps.core.answers import json_time
from apps.core.api import ErrorBodySerializer
from apps.hosting import retention, services
from apps.hosting.access import hosted_team, limited_team
from apps.hosting.models import RetentionRule, TeamQuota
from apps.hosting.serializers import LISTED, QuotaChange, QuotaFacts, RuleChange, RuleFacts
from apps.runs.access import administered_project

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404)}
_NUMBERS = ("keep_days", "keep_last", "grace_days")


class Quota(APIView):
    """What a team stores and may store."""

    required_scope = Scope.ADMIN

    @extend_schema(operation_id="get_quota", responses={200: QuotaFacts, **_REFUSALS}, tags=["hosting"])
    def get(self, request: Request, team: str) -> Response:
        """A team's use and quota. For the team's admins and the site's."""
        found = hosted_team(request.user, team)
        return Response(_quota(TeamQuota.objects.filter(team=found).first() or TeamQuota(team=found)))

    @extend_schema(
        operation_id="set_quota", request=QuotaChange, responses={200: QuotaFacts, **_REFUSALS}, tags=["hosting"]
    )
    def put(self, request: Request, team: str) -> Response:
        """Set a team's quota; what is left out has no limit. For the site's admin, by a key of scope `admin`."""
        found = limited_team(request.user, team)
        asked = QuotaChange(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(_quota(services.set_quota(team=found, **asked.validated_data, by=request.user)))


class Retention(APIView):
    """Which runs of a project go."""

    required_scope = Scope.ADMIN

    @extend_schema(
        operation_id="get_retention",
        parameters=[
            *(OpenApiParameter(name, OpenApiTypes.INT, description="Of a rule to try.") for name in _NUMBERS),
            OpenApiParameter("keep_tag", OpenApiTypes.STR, many=True, description="Of a rule to try."),
        ],
        responses={200: RuleFacts, **_REFUSALS},
        tags=["hosting"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """A project's retention rule and what goes by it now; with parameters, what a rule of those would do. Changes
        nothing. For admins of the team."""
        found = administered_project(request.user, team, project)
        tried = {name: request.query_params[name] for name in _NUMBERS if name in request.query_params}
        tags = request.query_params.getlist("keep_tag")
        if tried or tags:
            asked = RuleChange(data={**tried, **({"keep_tags": tags} if tags else {})})
            asked.is_valid(raise_exception=True)
            return Response(_rule(RetentionRule(project=found, **asked.validated_data), stored=False))
        known = RetentionRule.objects.filter(project=found).first()
        return Response(_rule(known or RetentionRule(project=found), stored=known is not None))

    @extend_schema(
        operation_id="set_retention", request=RuleChange, responses={200: RuleFacts, **_REFUSALS}, tags=["hosting"]
    )
    def put(self, request: Request, team: str, project: str) -> Response:
        """Set a project's retention rule; workers let runs go by it within minutes. Needs a key of scope `admin`."""
        found = administered_project(request.user, team, project)
        asked = RuleChange(data=request.data)
        asked.is_valid(raise_exception=True)
        rule = services.set_rule(project=found, **asked.validated_data, by=request.user)
        return Response(_rule(rule, stored=True))

    @extend_schema(operation_id="remove_retention", responses={204: None, **_REFUSALS}, tags=["hosting"])
    def delete(self, request: Request, team: str, project: str) -> Response:
        """Take the rule away: nothing goes any more. Needs a key of scope `admin`; asked again it changes nothing."""
        services.remove_rule(project=administered_project(request.user, team, project), by=request.user)
        return Response(status=204)


def _quota(quota: TeamQuota) -> dict[str, Any]:
    return {
        "max_points": quota.max_points,
        "max_file_bytes": quota.max_file_bytes,
        "points": quota.points,
        "file_bytes": quota.file_bytes,
        "counted_at": json_time(quota.counted_at),
    }


def _rule(rule: RetentionRule, *, stored: bool) -> dict[str, Any]:
    wanted = retention.plan(rule)
    going = wanted.going
    return {
        "keep_days": rule.keep_days,
        "keep_last": rule.keep_last,
        "keep_tags": rule.keep_tags,
        "grace_days": rule.grace_days,
        "stored": stored,
        "archives": len(wanted.archive),
        "deletes": len(wanted.delete),
        "cited": len(wanted.cited),
        "oldest": going[0].slug if going else None,
        "runs": [run.slug for run in going[:LISTED]],
    }
