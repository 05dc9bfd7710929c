"""JSON as the API answers it: written by orjson, exact for integers, never a bare NaN."""

import datetime
import math
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from rest_framework.renderers import BaseRenderer

EXACT = 2**53  # JavaScript reads integers beyond this inexactly: they travel as strings


def json_answer(data: Any, status: int = 200) -> HttpResponse:
    """An HTTP answer whose body is data as JSON. numpy arrays are written as lists, NaN as null."""
    body = orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY)
    return HttpResponse(body, status=status, content_type="application/json")


def known_tags(request: HttpRequest) -> set[str]:
    """The entity tags, quotes included, of the answers that the asker holds."""
    said = request.headers.get("If-None-Match", "")
    return {one.strip().removeprefix("W/") for one in said.split(",")}


def json_integer(number: int) -> int | str:
    """An integer as JSON can carry it exactly: a string beyond ±2^53."""
    return number if -EXACT <= number <= EXACT else str(number)


def json_number(number: float | None) -> float | str | None:
    """A float as JSON can carry it: "NaN", "Infinity" and "-Infinity" are strings."""
    if number is None or math.isfinite(number):
        return number
    if math.isnan(number):
        return "NaN"
    return "Infinity" if number > 0 else "-Infinity"


def json_time(moment: datetime.datetime | None) -> int | None:
    """A moment as ms since epoch UTC, the unit of every time in the API."""
    return None if moment is None else round(moment.timestamp() * 1000)


class OrjsonRenderer(BaseRenderer):
    """Django REST framework's answers, written by orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:  # noqa: ARG002
        return b"" if data is None else orjson.dumps(data, option=orjson.OPT_SERIALIZE_NUMPY, default=str)
