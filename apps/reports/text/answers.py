"""The texts of a published version as they are answered."""

from typing import Any, NamedTuple, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from apps.core.answers import known_tags
from apps.reports.answers import absolute_url
from apps.reports.canonical import sha256
from apps.reports.models import Snapshot
from apps.reports.snapshot_queries import piece_of
from apps.reports.text.comment import comment
from apps.reports.text.tables import Curves

MARKDOWN = "text/markdown; charset=utf-8"
Answer = TypeVar("Answer", bound=HttpResponseBase)


class Said(NamedTuple):
    """What a snapshot says. facts: its canonical JSON."""

    snapshot: Snapshot
    facts: dict[str, Any]


def said_by(snapshot: Snapshot) -> Said:
    return Said(snapshot, orjson.loads(bytes(snapshot.canonical)))


def comment_answer(request: HttpRequest, snapshot: Snapshot, path: str = "") -> HttpResponse:
    """The comment of a version: one query for the data of a chart. path: of the page that it leads to, else its own."""
    _, facts = said_by(snapshot)
    address = absolute_url(request, path or snapshot.get_absolute_url())
    text = comment(facts, _curves(snapshot, facts), address=address, sha256=snapshot.sha256)
    return text_answer(request, text, MARKDOWN)


def text_answer(request: HttpRequest, text: str, content_type: str, name: str = "") -> HttpResponse:
    """A text that whoever asks again gets only when it changed: by another address of the site, by newer words.

    name: of the file that a browser stores it as, "" to show it.
    """
    body = text.encode()
    tag = f'"{sha256(body)}"'
    response = HttpResponse(status=304) if tag in known_tags(request) else HttpResponse(body, content_type=content_type)
    return as_file(response, tag, name)


def as_file(response: Answer, tag: str, name: str) -> Answer:
    """An answer that is asked for again by its tag, and kept as a file of this name."""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Cookie"
    response["X-Content-Type-Options"] = "nosniff"
    if name:
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _curves(snapshot: Snapshot, facts: dict[str, Any]) -> Curves | None:
    """The data of the first chart of the main metric, None without one."""
    metrics = (facts.get("comparison") or {}).get("metrics") or [{"key": None}]
    for panel in facts["panels"]:
        for chart in panel["charts"]:
            if panel["kind"] == "line" and chart["key"] == metrics[0]["key"]:
                _, body = piece_of(snapshot.report, chart["data"])
                return Curves(orjson.loads(body), panel["y"] == "log")
    return None
