"""Live pages: what differs from what an open page holds, its parts and its charts in one answer. Nothing is remembered.

Like series/ a hot path without REST framework; documented in live_openapi.py.
"""

import copy
import gzip
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import orjson
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt

from apps.accounts.errors import SignInNeeded
from apps.core import ids, metrics
from apps.core.api_errors import WrongMethod
from apps.core.bodies import parse_json, read_body
from apps.core.errors import Invalid, NotFound
from apps.core.live import ask_parts, live_views
from apps.history import charts
from apps.history.charts import Question
from apps.panels import wire
from apps.panels.questions import Asked, body_questions
from apps.panels.resolving import resolved
from apps.runs.grants import read_grants
from apps.runs.queries import running_among

FIELDS = ("page", "parts", "cursor", "questions", "held")
MAX_PAGE_LENGTH = 32_000  # characters: 500 runs in a URL are 9,000
MAX_PARTS = 5_000
WORTH_PACKING = (
    2_000  # bytes: headers and parts repeat themselves; a secret in them (CSRF tokens) is masked anew each time
)
_PATH = re.compile("/(?!/)")
_NO_PAGE = "There is no page of this address that stays current."


class Seen(NamedTuple):
    """What an open page says: where it is, its parts' digests, its cursor, its charts, the marks of their lines."""

    page: str
    parts: Mapping[str, str]
    cursor: str
    asked: list[Asked]
    held: Sequence[Mapping[str, str]]


@csrf_exempt  # it only reads
def live(request: HttpRequest) -> HttpResponse:
    """What a page lacks: parts that differ, points beyond those it holds. Raises what the page itself would."""
    if request.method != "POST":
        raise WrongMethod("POST")
    seen = _seen(parse_json(read_body(request, request.META)))
    columns = wire.Columns()
    header: dict[str, Any] = {}
    if seen.asked:
        header |= _charts(request, seen, columns)
    if seen.page:
        header["page"] = _page(request, seen)
    response = HttpResponse(wire.framed(header, columns), content_type=wire.BINARY_TYPE)
    response["Cache-Control"] = "private, no-store"
    response["Vary"] = "Accept-Encoding, Authorization, Cookie"
    if len(response.content) >= WORTH_PACKING and "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(response.content, compresslevel=1, mtime=0)
        response["Content-Encoding"] = "gzip"
    return response


# --- parts ---


def _page(request: HttpRequest, seen: Seen) -> dict[str, Any]:
    """The parts of the page that differ, or why there is none any more: its charts may go on."""
    try:
        drawn = _drawn_page(request, seen)
    except SignInNeeded:
        raise
    except NotFound as error:
        if not seen.asked:
            raise
        return {"gone": error.message}
    return drawn


def _drawn_page(request: HttpRequest, seen: Seen) -> dict[str, Any]:
    where = urlsplit(seen.page)
    try:
        match = resolve(where.path)
    except Resolver404 as error:
        raise NotFound(_NO_PAGE) from error
    if match.func not in live_views:
        raise NotFound(_NO_PAGE)
    asked = cast(Any, copy.copy(request))
    asked.method = "GET"
    asked.path = asked.path_info = where.path
    asked.GET = QueryDict(where.query)
    asked.META = {**request.META, "REQUEST_METHOD": "GET", "PATH_INFO": where.path, "QUERY_STRING": where.query}
    asked.resolver_match = match
    asked.user = getattr(request, "user", AnonymousUser())  # a page knows no keys
    asked._messages = []  # they are for the next page that is loaded
    parts = ask_parts(asked, seen.parts)
    response = match.func(asked, *match.args, **match.kwargs)
    if response.status_code != 200:
        return {}
    return {
        "outline": parts.outline,
        "parts": {name: {"digest": parts.digests[name], "html": html} for name, html in parts.changed.items()},
        "live": parts.live,
        "waits": parts.waits,
    }


# --- charts ---


def _charts(request: HttpRequest, seen: Seen, columns: wire.Columns) -> dict[str, Any]:
    """What the charts lack, and `lost`: the runs of them that may not be read any more. `cursor` names the answers.

    Without a page, which would say it, `running` are those of the runs that run.
    """
    wanted = list(dict.fromkeys(run_id for one in seen.asked for run_id in one.question.run_ids))
    readable = read_grants(request, wanted, some=not seen.page)
    lost = [ids.to_text(run_id) for run_id in wanted if run_id not in readable]
    questions = resolved([_without(one, readable) for one in seen.asked] if lost else seen.asked)
    said = hashlib.blake2b(orjson.dumps([charts.etag(questions), lost]), digest_size=12).hexdigest()
    header: dict[str, Any] = {"cursor": said, "lost": lost}
    if not seen.page:
        header["running"] = [ids.to_text(run_id) for run_id in running_among(readable)]
    if said != seen.cursor:
        answers = charts.answers(questions)
        metrics.charts_answered(len(questions))
        header["answers"] = [
            wire.live_answer(answer, held, columns) for answer, held in zip(answers, seen.held, strict=True)
        ]
    return header


def _without(asked: Asked, readable: set[int]) -> Asked:
    """A question about those of its runs that may be read."""
    question = asked.question
    groups = tuple((name, tuple(one for one in members if one in readable)) for name, members in question.groups)
    run_ids = tuple(run_id for run_id in question.run_ids if run_id in readable)
    return asked._replace(question=_of(question, run_ids, groups))


def _of(question: Question, run_ids: tuple[int, ...], groups: charts.Groups) -> Question:
    return replace(question, run_ids=run_ids, groups=tuple(group for group in groups if group[1]))


# --- what was said ---


def _seen(body: Any) -> Seen:
    if not isinstance(body, dict):
        raise Invalid("The body is an object.", fields={"": "an object is needed"})
    bad = {name: f"is not one of {', '.join(FIELDS)}" for name in body if name not in FIELDS}
    page, parts, cursor = body.get("page", ""), body.get("parts", {}), body.get("cursor", "")
    questions, held = body.get("questions", []), body.get("held")
    if not isinstance(page, str) or len(page) > MAX_PAGE_LENGTH or (page and not _PATH.match(page)):
        bad["page"] = f"a path of at most {MAX_PAGE_LENGTH:,} characters is needed"
    if not _are_texts(parts) or len(parts) > MAX_PARTS:
        bad["parts"] = f"at most {MAX_PARTS:,} digests by name are needed"
    if not isinstance(cursor, str):
        bad["cursor"] = "a text is needed"
    if not isinstance(questions, list):
        bad["questions"] = "a list is needed"
    elif held is None:
        held = [{}] * len(questions)
    elif not isinstance(held, list) or len(held) != len(questions) or not all(map(_are_texts, held)):
        bad["held"] = "for each question the marks of its lines by run, or of its bands by name, are needed"
    if not bad and not page and not questions:
        bad["page"] = "say a page, or questions"
    if bad:
        raise Invalid("What the page holds cannot be read.", fields=bad)
    asked = body_questions({"questions": questions}) if questions else []
    return Seen(page, parts, cursor, asked, held or [])


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
