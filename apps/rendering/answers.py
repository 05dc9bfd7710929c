"""Pictures over HTTP: what a URL asks of one, and its answer."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

from apps.core.answers import known_tags
from apps.core.errors import Invalid
from apps.core.parameters import integer_of
from apps.rendering.limits import MAX_SCALE, MAX_SIDE
from apps.rendering.look import LOOKS, Theme
from apps.rendering.pictures import KINDS, Kind, PictureSight

FORMAT = 1  # of pictures: part of their entity tags, so raise it when they look different
LEAST_SIDE = 120  # px
USUAL_SIZE = (640, 320)
USUAL_SCALE = 2
SIZE_NAMES = ("width", "height", "scale", "theme")


class AnyPicture(DefaultContentNegotiation):
    """Who asks for an image gets it: the answer's own type says what."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


def asked_sight(params: QueryDict, kind: Kind, usual: tuple[int, int] = USUAL_SIZE) -> PictureSight:
    """Size, scale and theme. usual: width and height in px where nothing is said. Raises Invalid."""
    width, height = (integer_of(params, name, LEAST_SIDE, MAX_SIDE) for name in ("width", "height"))
    scale = integer_of(params, "scale", 1, MAX_SCALE)
    return PictureSight(kind, width or usual[0], height or usual[1], scale or USUAL_SCALE, _asked_theme(params))


def _asked_theme(params: QueryDict) -> Theme:
    said = params.get("theme", "light")
    found = next((theme for theme in LOOKS if theme == said), None)
    if found is None:
        raise Invalid("theme is light or dark.", fields={"theme": f"{said[:40]!r} is neither"})
    return found


def picture_tag(*state: object) -> str:
    """The entity tag of a picture that follows from all of this."""
    return f'"p-{hashlib.blake2b(repr((FORMAT, state)).encode(), digest_size=12).hexdigest()}"'


def picture_answer(request: HttpRequest, kind: Kind, tag: str, drawn: Callable[[], bytes]) -> HttpResponse:
    """The picture, drawn unless the asker holds it: for its asker alone, and asked for anew each time it is shown."""
    if tag in known_tags(request):
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(drawn(), content_type=KINDS[kind])
        # An SVG opened by itself is a document: it runs nothing and loads nothing, whatever is in it.
        response["Content-Security-Policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Cookie"
    return response
