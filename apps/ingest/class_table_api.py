"""Class tables over HTTP: in, listed, read. Lean views, documented in class_table_openapi.py."""

import re
from contextlib import nullcontext
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.core.answers import json_answer
from apps.core.api_errors import WrongMethod
from apps.core.bodies import parse_json, read_body
from apps.core.errors import Invalid
from apps.ingest.api import LARGE_BODY_BYTES, decoding
from apps.ingest.attempts import attempt_of
from apps.runs.grants import require_read_grants, writable_grant
from apps.runs.services import note_points
from apps.tables.answers import key_answer, table_answer, table_csv
from apps.tables.bodies import check_key, read_table
from apps.tables.errors import NoSuchTable
from apps.tables.queries import keys_of, steps_of, table_at
from apps.tables.services import put_class_table

_STEP = re.compile(r"[+-]?[0-9]{1,19}")


def class_tables(request: HttpRequest, run_id: int) -> HttpResponse:
    """The class tables of a run, each with its steps."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET, HEAD")
    require_read_grants(request, [run_id])
    keys = keys_of([run_id])[run_id]
    return _unkept(json_answer({"tables": [key_answer(key, steps_of(run_id, key.key)) for key in keys]}))


@csrf_exempt  # an API key needs none; writable_grant checks the token of a session
def class_table(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    """Store a class table of a run, or read it."""
    if request.method == "POST":
        return _put(request, run_id, key)
    if request.method in ("GET", "HEAD"):
        return _read(request, run_id, key)
    raise WrongMethod("GET, HEAD, POST")


def _put(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    grant = writable_grant(request, run_id)
    body = read_body(request, request.META)
    with decoding if len(body) > LARGE_BODY_BYTES else nullcontext():
        check_key(key)
        sent = read_table(parse_json(body))
    grant, attempt = attempt_of(request, grant, sent.attempt)
    stored = put_class_table(run_id=run_id, attempt=attempt, key=key, step=sent.step, table=sent.table)
    note_points(run_id)
    answer = {"classes": len(sent.table.classes), "attempt": attempt, **stored._asdict()}
    return json_answer({**answer, "stop": True} if grant.stop else answer)


def _read(request: HttpRequest, run_id: int, key: str) -> HttpResponse:
    require_read_grants(request, [run_id])
    try:
        check_key(key)
    except Invalid as error:
        raise NoSuchTable("The run has no class table of this name.") from error
    found = table_at(run_id, key, _step(request))
    kind = request.GET.get("format", "json")
    if kind == "json":
        return _unkept(json_answer(table_answer(found)))
    if kind != "csv":
        raise Invalid("format is json or csv.", fields={"format": f"{kind[:40]!r} is neither"})
    answer = HttpResponse(table_csv(found.table), content_type="text/csv; charset=utf-8")
    name = quote(f"{key}-{found.head.step}.csv", safe="")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return _unkept(answer)


def _step(request: HttpRequest) -> int | None:
    text = request.GET.get("step")
    if not text:
        return None
    if not _STEP.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise Invalid("step is an integer within -2^63..2^63-1.", fields={"step": f"{text[:40]!r} is not"})
    return int(text)


def _unkept(answer: HttpResponse) -> HttpResponse:
    answer["Cache-Control"] = "private, no-cache"
    return answer
