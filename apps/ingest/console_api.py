"""Console lines over HTTP: in, read and searched, downloaded. Lean views, documented in console_openapi.py."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from apps.console import queries
from apps.console.lines import STREAMS
from apps.console.queries import Found, Page, Shown
from apps.console.search import Pattern
from apps.console.services import append_lines
from apps.core import ids
from apps.core.answers import json_answer, json_integer
from apps.core.api_errors import WrongMethod
from apps.core.bodies import read_body
from apps.core.errors import Invalid
from apps.core.parameters import integer_of
from apps.ingest.api import LARGE_BODY_BYTES, decoding
from apps.ingest.attempts import attempt_of
from apps.ingest.console_decode import decode_lines, lenient_json
from apps.runs.grants import require_read_grants, writable_grant
from apps.runs.services import note_points

DEFAULT_LINES, MOST_LINES = 500, 5_000
WIDTH_RANGE = (80, 2**20)
_PARAMETERS = ("from", "after", "limit", "search", "regex", "case", "stream", "width")


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def logs(request: HttpRequest, run_id: int) -> HttpResponse:
    """Store lines of a run, or read and search them."""
    if request.method == "POST":
        return _append(request, run_id)
    if request.method in ("GET", "HEAD"):
        return _read(request, run_id)
    raise WrongMethod("GET, HEAD, POST")


def logs_text(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """All lines of a run as plain text, streamed."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET, HEAD")
    require_read_grants(request, [run_id])
    codes = not _flag(request.GET, "plain")
    pieces = queries.text_of(run_id, codes=codes) if request.method == "GET" else iter(())
    answer = StreamingHttpResponse(pieces, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{ids.to_text(run_id)}.log"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _append(request: HttpRequest, run_id: int) -> HttpResponse:
    arrival = time.time_ns() // 1_000_000
    grant = writable_grant(request, run_id)
    body = read_body(request, request.META)
    with decoding if len(body) > LARGE_BODY_BYTES else nullcontext():
        decoded = decode_lines(lenient_json(body), arrival)
    _, attempt = attempt_of(request, grant, decoded.attempt)
    receipt = append_lines(
        run_id=run_id,
        attempt=attempt,
        writer=decoded.writer,
        seq=decoded.seq,
        lines=decoded.lines,
        digest=decoded.digest,
    )
    note_points(run_id)
    return json_answer({**receipt._asdict(), "attempt": attempt})


def _read(request: HttpRequest, run_id: int) -> HttpResponse:
    require_read_grants(request, [run_id])
    params = request.GET
    _refuse_unknown(params)
    if "from" in params and "after" in params:
        raise Invalid("Give from or after, not both.", fields={"after": "excludes from"})
    start = integer_of(params, "after", 0, 2**62)
    start = integer_of(params, "from", 1, 2**62) if start is None else start + 1
    limit = integer_of(params, "limit", 1, MOST_LINES) or DEFAULT_LINES
    stream = _stream(params)
    width = integer_of(params, "width", *WIDTH_RANGE)
    is_expression, match_case = _flag(params, "regex"), _flag(params, "case")
    if "search" in params:
        pattern = Pattern(params["search"], is_expression=is_expression, match_case=match_case)
        found = queries.search(run_id, pattern, start=start or 1, limit=limit, stream=stream, width=width)
        return _answer(found)
    return _answer(queries.page(run_id, start=start, limit=limit, stream=stream, width=width))


def _answer(found: Page | Found) -> HttpResponse:
    body: dict[str, Any] = {
        "lines": [line_fields(line) for line in found.lines],
        "total": found.total,
        "next": str(found.next - 1),
        "more": found.more,
    }
    if isinstance(found, Page):
        body["unfinished"] = [line_fields(line) for line in found.unfinished]
    answer = json_answer(body)
    answer["Cache-Control"] = "private, no-store"
    return answer


def line_fields(line: Shown) -> dict[str, Any]:
    """A line as JSON."""
    fields: dict[str, Any] = {
        "n": line.n,
        "time": json_integer(line.time),
        "stream": STREAMS[line.stream],
        "attempt": line.attempt,
        "text": line.text,
    }
    if line.more:
        fields["more"] = line.more
    return fields


def _refuse_unknown(params: Mapping[str, Any]) -> None:
    unknown = {name: "is not known here" for name in params if name not in _PARAMETERS}
    if unknown:
        raise Invalid(f"These parameters are known: {', '.join(_PARAMETERS)}.", fields=unknown)


def _stream(params: QueryDict) -> int | None:
    name = params.get("stream")
    if not name:
        return None
    if name not in STREAMS:
        raise Invalid("stream is stdout or stderr.", fields={"stream": f"{name[:40]!r} is neither"})
    return STREAMS.index(name)


def _flag(params: QueryDict, name: str) -> bool:
    text = params.get(name, "0")
    if text not in ("0", "1"):
        raise Invalid(f"{name} is 1 or 0.", fields={name: f"{text[:40]!r} is neither"})
    return text == "1"
