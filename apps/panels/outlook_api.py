"""Where a metric of a run is going, over the API."""

import math
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.answers import json_number
from apps.core.api import ErrorBodySerializer
from apps.core.parameters import integer_of, text_of
from apps.history.outlook import COVERAGE, METHOD, Outlook
from apps.panels.questions import MAX_KEY_LENGTH
from apps.runs.access import readable_run
from apps.runs.directions import Direction
from apps.runs.outlooks import run_outlook

MAX_STEP = 2**53
NONE_LEADS = "no metric of the run has a good end that is known; name one with key"
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 404)}


class KnownOutlook(serializers.Serializer[Any]):
    key = serializers.CharField()
    direction = serializers.ChoiceField(choices=["min", "max", "unknown"], help_text="its good end")
    verdict = serializers.ChoiceField(choices=["falling", "rising", "flat", "unknown"])
    reason = serializers.CharField(help_text="of `unknown`: why nothing can be told")
    step = serializers.FloatField(help_text="for which the range holds")
    planned = serializers.BooleanField(help_text="whether the run's config names that step")
    level = serializers.FloatField(allow_null=True, help_text="of the curve now")
    low = serializers.FloatField(allow_null=True)
    middle = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    flat_since = serializers.FloatField(allow_null=True, help_text="step from which on a flat curve is flat")
    share = serializers.FloatField(help_text="of the cases in which such a range holds the curve's level")
    points = serializers.IntegerField(help_text="it rests on")
    method = serializers.CharField()


class RunOutlook(APIView):
    """The outlook of a run."""

    @extend_schema(
        operation_id="run_outlook",
        parameters=[
            OpenApiParameter("key", OpenApiTypes.STR, description="A metric; default: the one that leads the run."),
            OpenApiParameter("step", OpenApiTypes.INT, description="Up to where; default: planned, or twice as far."),
        ],
        responses={200: KnownOutlook, **_REFUSALS},
        tags=["series"],
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Whether a metric still moves and the range in which it will be; `unknown`, and why, where none is told."""
        run = readable_run(request.user, run_id)
        one = run_outlook(
            run,
            name=text_of(request.query_params, "key", at_most=MAX_KEY_LENGTH),
            at=integer_of(request.query_params, "step", 0, MAX_STEP),
        )
        if one is None:
            return Response(_answer("", Direction.UNKNOWN, Outlook("unknown", 0, 0, reason=NONE_LEADS), False))
        return Response(_answer(one.name, one.direction, one.found, one.planned))


def _answer(name: str, direction: Direction, found: Outlook, planned: bool) -> dict[str, Any]:
    figures = {what: getattr(found, what) for what in ("level", "low", "middle", "high")}
    return {
        "key": name,
        "direction": str(direction),
        "verdict": found.verdict,
        "reason": found.reason,
        "step": found.at,
        "planned": planned,
        **{what: None if math.isnan(value) else json_number(value) for what, value in figures.items()},
        "flat_since": found.since,
        "share": COVERAGE,
        "points": found.points,
        "method": METHOD,
    }
