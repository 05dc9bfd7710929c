"""Runs and projects out and in, as files: their bodies are streams, hence no REST framework. See openapi.py."""

from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify

from apps.accounts.authentication import request_user
from apps.core.answers import json_answer
from apps.core.api_errors import ApiError
from apps.core.errors import Invalid
from apps.runs.access import readable_run
from apps.transfer.exporting import history_tag, settle_all, spooled_history
from apps.transfer.history_file import MEDIA_TYPE

MAX_KEYS = 1_000


def run_export(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """All points of a run, or of the keys of ?key=, as a Parquet file."""
    if request.method not in ("GET", "HEAD"):
        return wrong_method("GET")
    run = readable_run(request_user(request), run_id)
    names = list(dict.fromkeys(request.GET.getlist("key")))
    if len(names) > MAX_KEYS:
        raise Invalid(f"At most {MAX_KEYS:,} keys can be asked for; {len(names):,} came.", fields={"key": "too many"})
    tag = f'"{history_tag(run, names)}"'
    if tag in known_tags(request):
        response: HttpResponseBase = HttpResponse(status=304)
    else:
        settle_all([run.id])
        response = file_answer(
            spooled_history(run.id, names).file, f"{file_name(run.name)}-{run.slug}.parquet", MEDIA_TYPE
        )
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Cookie"
    return response


def file_answer(file: IO[bytes], name: str, media_type: str) -> FileResponse:
    """A file to save, with its length; closed when it is sent, or when the reader goes away."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=media_type)
    response["Content-Length"] = size
    return response


def file_name(text: str) -> str:
    """What of a name any file system takes."""
    return slugify(text)[:80] or "run"


def known_tags(request: HttpRequest) -> set[str]:
    said = request.headers.get("If-None-Match", "")
    return {one.strip().removeprefix("W/") for one in said.split(",")}


def wrong_method(allowed: str) -> HttpResponse:
    refused = json_answer(ApiError(405).body(), status=405)
    refused["Allow"] = allowed
    return refused
