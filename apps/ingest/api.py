"""The native ingest API: runs, and their history."""

import time
from contextlib import nullcontext
from threading import BoundedSemaphore
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import require_scope
from apps.accounts.errors import SignInNeeded
from apps.accounts.models import Scope
from apps.core.answers import json_answer, json_time
from apps.core.api import ErrorBodySerializer
from apps.core.api_errors import WrongMethod
from apps.core.bodies import parse_json, read_body
from apps.core.parameters import yes_of
from apps.history import batches
from apps.history.queries import heads, run_totals
from apps.history.services import append_batch
from apps.ingest import arrow
from apps.ingest.answers import page_url, run_facts, whole_run
from apps.ingest.attempts import attempt_of
from apps.ingest.checks import Decoded
from apps.ingest.decode import decode
from apps.ingest.run_lists import DEFAULT_PAGE, LONGEST_PAGE, question, run_list
from apps.ingest.serializers import Alive, KnownRun, NewRun, RunChange, RunEnd, RunPage, StartedRun, WholeRun
from apps.runs import services
from apps.runs.access import readable_project, readable_run, require_writable, writable_run
from apps.runs.grants import writable_grant
from apps.runs.models import Run
from apps.runs.removal import bury_run

LARGE_BODY_BYTES = 2**20
# A parsed body takes up to ten times its size: two large ones at a time, which is also all that the interpreter can do.
decoding = BoundedSemaphore(2)
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 413, 503)}
_RUN_ID = OpenApiParameter("run_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The run's 13 characters.")


class ProjectRuns(APIView):
    """The runs of a project."""

    @extend_schema(
        operation_id="list_runs",
        parameters=[
            OpenApiParameter(
                "filter", OpenApiTypes.STR, description='Only runs that pass: `config.lr < 0.1 and tag == "baseline"`.'
            ),
            OpenApiParameter(
                "sort",
                OpenApiTypes.STR,
                many=True,
                description='`-created` (default), `name`, `-metric["val/acc"].max`, …; the next one for equal runs.',
            ),
            OpenApiParameter(
                "columns", OpenApiTypes.STR, many=True, description="Names whose values each run is answered with."
            ),
            OpenApiParameter("state", OpenApiTypes.STR, many=True, description="Only runs in these states."),
            OpenApiParameter("archived", OpenApiTypes.BOOL, description="Archived runs instead of the others."),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"1..{LONGEST_PAGE}, default {DEFAULT_PAGE}."),
            OpenApiParameter("cursor", OpenApiTypes.STR, description="`next` of the page before."),
        ],
        responses={200: RunPage, **_REFUSALS},
        tags=["runs"],
    )
    def get(self, request: Request, team: str, project: str) -> Response:
        """Runs of a project in keyset pages: newest first or by any value, all or those that pass a filter."""
        found = readable_project(request.user, team, project)
        return Response(run_list(request._request, found, question(request.query_params)))

    @extend_schema(
        operation_id="create_run",
        request=NewRun,
        responses={201: StartedRun, 200: StartedRun, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["runs"],
    )
    def post(self, request: Request, team: str, project: str) -> Response:
        """Start a run, or resume the one with your `client_id`. Makes the project when you may."""
        if not request.user.is_authenticated:
            raise SignInNeeded
        asked = NewRun(data=request.data)
        asked.is_valid(raise_exception=True)
        home = services.project_for_writing(request.user, team, project)
        run, created = services.create_run(user=request.user, project=home, **asked.validated_data)
        body = {
            "id": run.slug,
            "url": page_url(request, run),
            "attempt": run.attempt,
            "created": created,
            "name": run.name,
            "project": str(home),
            "state": run.state,
            "started_at": json_time(run.started_at),
            "points": 0 if created else run_totals([run.id]).get(run.id, 0),
            "keys": 0 if created else len(heads([run.id])[run.id]),
        }
        return Response(body, status=201 if created else 200)


class OneRun(APIView):
    """One run."""

    @extend_schema(operation_id="get_run", parameters=[_RUN_ID], responses={200: WholeRun, **_REFUSALS}, tags=["runs"])
    def get(self, request: Request, run_id: int) -> Response:
        """Everything known of a run but its points."""
        run = readable_run(request.user, run_id)
        return Response(whole_run(request._request, run, run_totals([run.id]).get(run.id, 0), heads([run.id])[run.id]))

    @extend_schema(
        operation_id="change_run",
        parameters=[_RUN_ID],
        request=RunChange,
        responses={200: KnownRun, **_REFUSALS},
        tags=["runs"],
    )
    def patch(self, request: Request, run_id: int) -> Response:
        """Change facts of a run. `config`, `summary` and `provenance` merge at their top level; null removes a key."""
        require_writable(request.user, run_id)
        asked = RunChange(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(_facts(request, services.change_run(run_id, actor=request.user, **asked.validated_data)))

    @extend_schema(
        operation_id="delete_run",
        parameters=[_RUN_ID, OpenApiParameter("despite_published", OpenApiTypes.BOOL)],
        responses={204: None, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["runs"],
    )
    def delete(self, request: Request, run_id: int) -> Response:
        """Delete an archived run for ever, with all its data; not one a report cites. Needs a key of scope `admin`.

        One that was published in a report needs a yes, `despite_published=true`: what was published stays whole.
        """
        require_scope(request.auth, Scope.ADMIN)
        agreed = yes_of(request.query_params, "despite_published")
        bury_run(writable_run(request.user, run_id).id, actor=request.user, agreed=agreed)
        return Response(status=204)


class Archive(APIView):
    """A run out of the lists."""

    @extend_schema(
        operation_id="archive_run",
        parameters=[_RUN_ID],
        request=None,
        responses={200: KnownRun, **_REFUSALS},
        tags=["runs"],
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Take a run out of the lists; it takes no more data until it is restored. Asked again it changes nothing."""
        run = writable_run(request.user, run_id)
        return Response(_facts(request, services.archive_run(run.id, actor=request.user)))


class Restore(APIView):
    """An archived run back in the lists."""

    @extend_schema(
        operation_id="restore_run",
        parameters=[_RUN_ID],
        request=None,
        responses={200: KnownRun, **_REFUSALS},
        tags=["runs"],
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Bring an archived run back. Asked again it changes nothing."""
        run = writable_run(request.user, run_id)
        return Response(_facts(request, services.restore_run(run.id, actor=request.user)))


class Finish(APIView):
    """The end of a run."""

    @extend_schema(
        operation_id="finish_run",
        parameters=[_RUN_ID],
        request=RunEnd,
        responses={200: KnownRun, **_REFUSALS},
        tags=["runs"],
    )
    def post(self, request: Request, run_id: int) -> Response:
        """End a run. Points and retries are still taken afterwards; asked again it changes nothing."""
        require_writable(request.user, run_id)
        asked = RunEnd(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(_facts(request, services.finish_run(run_id, **asked.validated_data)))


class Heartbeat(APIView):
    """A sign of life."""

    @extend_schema(
        operation_id="heartbeat",
        parameters=[_RUN_ID],
        request=None,
        responses={200: Alive, **_REFUSALS},
        tags=["runs"],
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Say that a run is alive; points say so too. Without any for five minutes it counts as crashed."""
        require_writable(request.user, run_id)
        return Response(services.heartbeat(run_id)._asdict())


class Stop(APIView):
    """The wish that a run end."""

    @extend_schema(
        operation_id="stop_run",
        parameters=[_RUN_ID],
        request=None,
        responses={200: Alive, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["runs"],
    )
    def post(self, request: Request, run_id: int) -> Response:
        """Ask a run to end. Its client hears it with its next points or heartbeat, within seconds."""
        run = services.request_stop(writable_run(request.user, run_id).id, actor=request.user)
        return Response({"state": run.state, "stop": run.stop_asked})


def _facts(request: Request, run: Run) -> dict[str, Any]:
    """The answer to a change: without metrics, whose reading costs more than the change."""
    return run_facts(request._request, run, run_totals([run.id]).get(run.id, 0))


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def history(request: HttpRequest, run_id: int) -> HttpResponse:
    """Store points of a run: the hot path, hence no REST framework. Documented in openapi.py."""
    if request.method != "POST":
        raise WrongMethod("POST")
    arrival = time.time_ns() // 1_000_000
    grant = writable_grant(request, run_id)
    body = read_body(request, request.META)
    with decoding if len(body) > LARGE_BODY_BYTES else nullcontext():
        decoded = _decoded(request, body)
    grant, attempt = attempt_of(request, grant, decoded.attempt)
    receipt = append_batch(
        run_id=run_id,
        attempt=attempt,
        writer=decoded.writer,
        seq=decoded.seq,
        batch=decoded.stamped(arrival),
        digest=batches.digest(batches.encode(decoded.batch)) if decoded.untimed else None,
    )
    services.note_points(run_id)
    answer = {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicate,
        "attempt": attempt,
        "total": receipt.total,
    }
    return json_answer({**answer, "stop": True} if grant.stop else answer)


def _decoded(request: HttpRequest, body: bytes) -> Decoded:
    """A history body in the form its Content-Type says: an Arrow stream, or JSON whatever else it says."""
    if request.content_type == arrow.MEDIA_TYPE:
        return arrow.decode_arrow(body, {name: request.GET[name] for name in arrow.ADDRESS if name in request.GET})
    return decode(parse_json(body))
