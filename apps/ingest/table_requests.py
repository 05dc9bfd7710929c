"""What the lean views of all kinds of tables do alike: list, read and take one."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse

from apps.core.answers import json_answer
from apps.core.api_errors import WrongMethod
from apps.core.bodies import parse_json, read_body
from apps.core.errors import Invalid
from apps.ingest.api import LARGE_BODY_BYTES, decoding
from apps.ingest.attempts import attempt_of
from apps.runs.grants import require_read_grants, writable_grant
from apps.runs.services import note_points
from apps.tables.answers import key_answer
from apps.tables.body_parts import Sent, check_key
from apps.tables.errors import NoSuchTable
from apps.tables.forms import Content, Form
from apps.tables.queries import Found, keys_of, steps_of, table_at

_STEP = re.compile(r"[+-]?[0-9]{1,19}")


View = Callable[[HttpRequest, int, str], HttpResponse]


def list_tables(request: HttpRequest, run_id: int, form: Form[Content], member: str) -> HttpResponse:
    """The keys of a run that has tables of this kind, each with its steps, as one member of the answer."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET, HEAD")
    require_read_grants(request, [run_id])
    keys = keys_of(form, [run_id])[run_id]
    return unkept(json_answer({member: [key_answer(key, steps_of(form, run_id, key.key)) for key in keys]}))


def put_or_read(request: HttpRequest, run_id: int, key: str, put: View, read: View) -> HttpResponse:
    """The answer of the view that a request's method asks for."""
    if request.method == "POST":
        return put(request, run_id, key)
    if request.method in ("GET", "HEAD"):
        return read(request, run_id, key)
    raise WrongMethod("GET, HEAD, POST")


def asked_table(request: HttpRequest, run_id: int, key: str, form: Form[Content]) -> Found[Content]:
    """The table that a request asks for, at ?step= or the newest. Raises NotFound and Invalid."""
    require_read_grants(request, [run_id])
    try:
        check_key(key)
    except Invalid as error:
        raise NoSuchTable(f"The run has no {form.named} of this name.") from error
    return table_at(form, run_id, key, _step(request))


def take_table(
    request: HttpRequest,
    run_id: int,
    key: str,
    form: Form[Content],
    put: Callable[[int, Sent[Content]], dict[str, Any]],
) -> HttpResponse:
    """Store what a request sent. put: stores it for an attempt and gives the receipt."""
    grant = writable_grant(request, run_id)
    body = read_body(request, request.META)
    with decoding if len(body) > LARGE_BODY_BYTES else nullcontext():
        check_key(key)
        sent = form.read(parse_json(body))
    grant, attempt = attempt_of(request, grant, sent.attempt)
    receipt = put(attempt, sent)
    note_points(run_id)
    answer = {"attempt": attempt, **receipt}
    return json_answer({**answer, "stop": True} if grant.stop else answer)


def asked_format(request: HttpRequest) -> str:
    """json or csv. Raises Invalid."""
    kind = request.GET.get("format", "json")
    if kind not in ("json", "csv"):
        raise Invalid("format is json or csv.", fields={"format": f"{kind[:40]!r} is neither"})
    return kind


def csv_answer(content: bytes, found: Found[Any]) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    name = quote(f"{found.key}-{found.head.step}.csv", safe="")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return unkept(answer)


def unkept(answer: HttpResponse) -> HttpResponse:
    """An answer that is asked for again each time."""
    answer["Cache-Control"] = "private, no-cache"
    return answer


def _step(request: HttpRequest) -> int | None:
    text = request.GET.get("step")
    if not text:
        return None
    if not _STEP.fullmatch(text) or not -(2**63) <= int(text) < 2**63:
        raise Invalid("step is an integer within -2^63..2^63-1.", fields={"step": f"{text[:40]!r} is not"})
    return int(text)
