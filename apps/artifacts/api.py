"""Run files over the API."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Scope
from apps.artifacts import queries, services
from apps.artifacts.answers import file_answer, file_facts
from apps.artifacts.errors import NoSuchFile
from apps.artifacts.links import file_url
from apps.artifacts.paths import checked_path
from apps.artifacts.receiving import Sized, unpacked
from apps.artifacts.serializers import FileFacts, FilePage
from apps.core.api import ErrorBodySerializer
from apps.core.bodies import MAX_DRAIN_BYTES, LengthRequired, Stream
from apps.core.errors import Invalid
from apps.core.parameters import integer_of
from apps.runs.access import readable_run, writable_run
from apps.runs.errors import RunArchived

DEFAULT_PAGE, LONGEST_PAGE = 100, 1_000
_REFUSALS = {status: OpenApiResponse(ErrorBodySerializer) for status in (400, 401, 403, 404, 503)}
_RUN_ID = OpenApiParameter("run_id", OpenApiTypes.STR, OpenApiParameter.PATH, description="The run's 13 characters.")
_PATH = OpenApiParameter("path", OpenApiTypes.STR, OpenApiParameter.PATH, description="Of the file; / parts folders.")


class AnyAnswer(DefaultContentNegotiation):
    """Who asks for a picture gets the file, whatever it is: the answer's own type says what."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class RunFiles(APIView):
    """The files of a run."""

    @extend_schema(
        operation_id="list_files",
        parameters=[
            _RUN_ID,
            OpenApiParameter("prefix", OpenApiTypes.STR, description="Only paths that begin so: `media/`."),
            OpenApiParameter("search", OpenApiTypes.STR, description="Only paths that hold this, in any case."),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"1..{LONGEST_PAGE}, default {DEFAULT_PAGE}."),
            OpenApiParameter("after", OpenApiTypes.STR, description="`next` of the page before."),
        ],
        responses={200: FilePage, **_REFUSALS},
        tags=["files"],
    )
    def get(self, request: Request, run_id: int) -> Response:
        """Files of a run, by path."""
        run = readable_run(request.user, run_id)
        asked = {name: _text(request, name) for name in ("prefix", "search", "after")}
        limit = integer_of(request.query_params, "limit", 1, LONGEST_PAGE) or DEFAULT_PAGE
        page = queries.file_page(run, **asked, limit=limit)
        return Response({"files": [file_facts(request._request, file) for file in page.files], "next": page.next})


class OneRunFile(APIView):
    """One file of a run."""

    content_negotiation_class = AnyAnswer

    @property
    def required_scope(self) -> Scope:
        """A key that only sends runs may not take evidence away."""
        return Scope.ADMIN if self.request.method == "DELETE" else Scope.INGEST

    @extend_schema(
        operation_id="get_file",
        parameters=[
            _RUN_ID,
            _PATH,
            OpenApiParameter("download", OpenApiTypes.STR, description="For saving, also what could be shown."),
            OpenApiParameter("Range", OpenApiTypes.STR, OpenApiParameter.HEADER, description="One range of bytes."),
        ],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="The bytes are those of If-None-Match."),
            416: OpenApiResponse(ErrorBodySerializer),
            **_REFUSALS,
        },
        tags=["files"],
    )
    def get(self, request: Request, run_id: int, path: str) -> HttpResponseBase:
        """The bytes of a file. Images, video, audio and plain text may be shown inline; anything else is for saving."""
        run = readable_run(request.user, run_id)
        file = queries.run_file(run, path)
        if file is None:
            raise NoSuchFile(path)
        if settings.FILES_URL and request.auth is None:  # a browser: files have a host of their own
            answer = HttpResponseRedirect(file_url(file, download="download" in request.GET))
            answer["Cache-Control"] = "private, no-store"
            return answer
        return file_answer(request._request, file)

    @extend_schema(
        operation_id="put_file",
        parameters=[
            _RUN_ID,
            _PATH,
            OpenApiParameter(
                "X-Content-SHA256",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="Of the file, in hex (before it was packed); checked when given.",
            ),
            OpenApiParameter(
                "Content-Encoding", OpenApiTypes.STR, OpenApiParameter.HEADER, enum=["gzip", "zstd", "identity"]
            ),
        ],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses={
            201: FileFacts,
            200: OpenApiResponse(FileFacts, description="The same bytes were there already."),
            **{status: OpenApiResponse(ErrorBodySerializer) for status in (409, 411, 413, 415, 429)},
            **_REFUSALS,
        },
        tags=["files"],
    )
    def put(self, request: Request, run_id: int, path: str) -> Response:
        """Store a file of a run, in place of the one at its path. Whole and durable when it answers, or not at all."""
        plain = request._request
        left = _body(plain)
        try:
            run = writable_run(request.user, run_id)
            if run.archived_at is not None:
                raise RunArchived
            path = checked_path(path)
            if not plain.META.get("HTTP_CONTENT_ENCODING"):
                services.refuse_longer(left.left)
                services.require_room(run, path, left.left)
            stream = unpacked(left, plain.META.get("HTTP_CONTENT_ENCODING", ""))
            sha256 = _digest(plain)
            said = plain.META.get("CONTENT_TYPE", "")
            file, changed = services.store_file(run, path, stream, media_type=said, sha256=sha256)
        except Exception:
            _drain(left)
            raise
        return Response(file_facts(plain, file), status=201 if changed else 200)

    @extend_schema(
        operation_id="delete_file",
        parameters=[_RUN_ID, _PATH],
        responses={204: None, 409: OpenApiResponse(ErrorBodySerializer), **_REFUSALS},
        tags=["files"],
    )
    def delete(self, request: Request, run_id: int, path: str) -> Response:
        """Delete a file. Needs a key of scope admin; for an hour it can be restored on the run's page."""
        run = writable_run(request.user, run_id)
        services.delete_file(request.user, run, path)
        return Response(status=204)


def _body(request: HttpRequest) -> Sized:
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", ""):
        raise LengthRequired("Send the file with a Content-Length; chunked transfer is not read.")
    stream: Stream = request
    return Sized(stream, int(text) if text.isdigit() else 0)


def _digest(request: HttpRequest) -> str:
    text = request.headers.get("X-Content-SHA256", "").strip()
    if text and (len(text) != 64 or not all(one in "0123456789abcdefABCDEF" for one in text)):
        raise Invalid("X-Content-SHA256 is 64 hex digits.", fields={"X-Content-SHA256": f"{text[:80]!r} is not"})
    return text


def _drain(body: Sized) -> None:
    """Read and forget what is still coming, so that a client that is still sending gets to read the refusal."""
    most = body.left - MAX_DRAIN_BYTES
    try:
        while body.left > max(0, most) and body.read():
            pass
    except Exception:  # noqa: S110 - the refusal is what counts
        pass


def _text(request: Request, name: str) -> str:
    text = request.query_params.get(name, "")
    if "\x00" in text:
        raise Invalid(f"{name} holds a NUL character.", fields={name: "holds U+0000"})
    return text
