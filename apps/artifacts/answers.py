"""Run files over HTTP: their JSON, and their bytes with headers under which nothing of them runs."""

import re
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from apps.artifacts.errors import RangeRefused
from apps.artifacts.kinds import TEXT, UNKNOWN
from apps.artifacts.models import RunFile
from apps.core.answers import json_time
from apps.core.api_errors import error_answer

# A page made of the file, if a browser should make one, has an origin of its own, no script, and may load nothing.
POLICY = "sandbox; default-src 'none'"
_RANGE = re.compile(r"bytes=(?P<first>[0-9]{0,18})-(?P<last>[0-9]{0,18})")


class Part(NamedTuple):
    """A part of a file: length bytes from start."""

    start: int
    length: int


def api_url(request: HttpRequest, file: RunFile) -> str:
    """The absolute URL of a file in the API."""
    path = reverse("run_file", args=[file.run_id, file.path])
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)


def file_facts(request: HttpRequest, file: RunFile) -> dict[str, Any]:
    """A file as JSON. Times are ms since epoch UTC."""
    return {
        "path": file.path,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "kind": file.kind,
        "created_at": json_time(file.created_at),
        "changed_at": json_time(file.changed_at),
        "url": api_url(request, file),
    }


def file_answer(
    request: HttpRequest, file: RunFile, *, caching: str = "private, no-cache", sites: str = "same-origin"
) -> HttpResponseBase:
    """The bytes of a file, or the part that was asked for, or that nothing has changed.

    Inline only what no browser runs; anything else, and everything with ?download, is for saving. caching: the
    Cache-Control; sites: which sites may embed it. Raises FileGone.
    """
    etag = f'"{file.sha256}"'
    response: HttpResponseBase = get_conditional_response(request, etag=etag) or _bytes(request, file, etag)
    attached = not file.inline or "download" in request.GET
    response["Content-Disposition"] = content_disposition_header(attached, file.name) or "attachment"
    response["Content-Security-Policy"] = POLICY
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = sites
    response["Cache-Control"] = caching
    response["ETag"] = etag
    response["Accept-Ranges"] = "bytes"
    return response


def _bytes(request: HttpRequest, file: RunFile, etag: str) -> HttpResponseBase:
    try:
        part = asked_part(request, file.size, etag)
    except RangeRefused as refused:
        answer = error_answer(request, refused)
        answer["Content-Range"] = f"bytes */{refused.size}"
        return answer
    start, length = part or Part(0, file.size)
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse()
    else:
        response = StreamingHttpResponse(file.pieces(start, length))
    response["Content-Type"] = served_type(file)
    response["Content-Length"] = str(length)
    if part is not None:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    return response


def served_type(file: RunFile) -> str:
    """The Content-Type: what the bytes are, never a type that the sender alone claims."""
    if file.kind == TEXT:
        return "text/plain; charset=utf-8"
    return file.media_type if file.inline else UNKNOWN


def asked_part(request: HttpRequest, size: int, etag: str) -> Part | None:
    """The part that a Range header asks for; None for the whole, also for several ranges and those of other units.

    Raises RangeRefused for one that lies outside.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if asked is None or not (asked["first"] or asked["last"]):
        return None
    if request.headers.get("If-Range", etag) != etag:
        return None
    if not asked["first"]:
        length = min(int(asked["last"]), size)
        start, end = size - length, size
    else:
        start = int(asked["first"])
        end = min(int(asked["last"] or size) + 1, size)
    if start >= end:
        if asked["first"] and asked["last"] and int(asked["last"]) < start:
            return None  # no range at all
        raise RangeRefused(size)
    return Part(start, end - start)
