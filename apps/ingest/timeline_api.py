"""What happened to a run, over the API."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.answers import json_integer, json_time
from apps.core.api import ErrorBodySerializer
from apps.ingest.serializers import Document
from apps.runs.access import readable_run
from apps.runs.models import State
from apps.runs.timeline import MOST_EVENTS, Moment, Start, timeline

_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (401, 404)}


class KnownMoment(serializers.Serializer[Any]):
    at = serializers.IntegerField(help_text="ms since epoch, like every time")
    kind = serializers.CharField(
        help_text="`made`, `started`, `stop_asked`, `crashed`, `returned`, `ended`, `late`, `archived`, `restored`, "
        "`renamed` or `moved`"
    )
    words = serializers.CharField(help_text="what happened, for people")
    by = serializers.CharField(help_text="the user who did it, empty for the run itself")
    state = serializers.CharField(help_text="what the run was from then on, empty where that did not change")
    facts = Document()


class KnownSpan(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=State.choices)
    start = serializers.IntegerField()
    end = serializers.IntegerField(allow_null=True, help_text="null while it lasts")


class KnownAttempt(serializers.Serializer[Any]):
    attempt = serializers.IntegerField()
    started_at = serializers.IntegerField()
    ended_at = serializers.IntegerField(allow_null=True)
    points = serializers.IntegerField(allow_null=True, help_text="null for a run of one attempt")
    superseded = serializers.IntegerField(allow_null=True, help_text="at steps that a newer attempt wrote again")
    first_step = serializers.IntegerField(allow_null=True)
    last_step = serializers.IntegerField(allow_null=True)


class KnownTimeline(serializers.Serializer[Any]):
    events = KnownMoment(many=True, help_text=f"oldest first, the newest {MOST_EVENTS}")
    left_out = serializers.IntegerField(help_text="older events that are not listed")
    states = KnownSpan(many=True)
    attempts = KnownAttempt(many=True)


class RunEvents(APIView):
    """The timeline of a run."""

    @extend_schema(operation_id="run_events", responses={200: KnownTimeline, **_REFUSALS}, tags=["runs"])
    def get(self, request: Request, run_id: int) -> Response:
        """What happened to a run and when: starts, stop requests, silence, ends, late data, archive, names, moves."""
        found = timeline(readable_run(request.user, run_id))
        return Response(
            {
                "events": [_moment(one) for one in found.moments],
                "left_out": found.left_out,
                "states": [
                    {"state": one.state, "start": json_time(one.start), "end": json_time(one.end)}
                    for one in found.spans
                ],
                "attempts": [_attempt(one) for one in found.attempts],
            }
        )


def _moment(one: Moment) -> dict[str, Any]:
    return {**one._asdict(), "at": json_time(one.at), "kind": str(one.kind), "words": one.words}


def _attempt(one: Start) -> dict[str, Any]:
    logged = one.figures
    return {
        "attempt": one.number,
        "started_at": json_time(one.started_at),
        "ended_at": json_time(one.ended_at),
        "points": logged and logged.points,
        "superseded": logged and logged.superseded,
        "first_step": logged and json_integer(logged.first_step),
        "last_step": logged and json_integer(logged.last_step),
    }
