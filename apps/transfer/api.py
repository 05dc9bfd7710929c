"""Runs and projects out and in, as files: their bodies are streams, hence no REST framework. See openapi.py."""

from threading import BoundedSemaphore
from typing import IO

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt

from apps.accounts import audit
from apps.accounts.authentication import request_user
from apps.accounts.errors import SignInNeeded
from apps.accounts.models import Scope, User
from apps.core import ids
from apps.core.answers import json_answer, known_tags
from apps.core.api_errors import WrongMethod
from apps.core.bodies import BodyIncomplete, LengthRequired, UnknownEncoding
from apps.core.errors import Invalid
from apps.runs.access import readable_project, readable_run, writable_project, writable_team
from apps.runs.models import Project
from apps.transfer.errors import ArchiveTooLarge, ImportUnderWay
from apps.transfer.exporting import history_tag, project_archive, project_run_ids, settle_all, spooled_history
from apps.transfer.formats import ARCHIVE_TYPE, HISTORY_TYPE
from apps.transfer.importing import Most, import_archive
from apps.transfer.spool import spool_file

MAX_KEYS = 1_000
MAX_IMPORT_BYTES = 256 * 2**20
MAX_IMPORT_POINTS = 100_000_000
MAX_IMPORT_UNPACKED = 8 * MAX_IMPORT_BYTES
_BLOCK = 1 << 20
_importing = BoundedSemaphore(1)  # each takes a core, and up to verification.MEMORY_BYTES when it is hostile


def run_export(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """All points of a run, or of the keys of ?key=, as a Parquet file."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET")
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
            spooled_history(run.id, names).file, f"{file_name(run.name)}-{run.slug}.parquet", HISTORY_TYPE
        )
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    response["Vary"] = "Authorization, Cookie"
    return response


def project_export(request: HttpRequest, team: str, project: str) -> HttpResponseBase:
    """Everything of a project as a zip archive. What fails on the way breaks the connection, and the archive lacks its
    end."""
    if request.method not in ("GET", "HEAD"):
        raise WrongMethod("GET")
    user = request_user(request)
    found = readable_project(user, team, project)
    settle_all(project_run_ids(found))
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=ARCHIVE_TYPE)
    else:
        audit.record(user, "project.exported", team=found.team, target=str(found))
        response = StreamingHttpResponse(filter(None, project_archive(found)), content_type=ARCHIVE_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{found.team.slug}-{found.slug}.zip"'
    response["Cache-Control"] = "private, no-store"
    return response


@csrf_exempt  # an API key needs none; request_user checks the token of a session
def project_import(request: HttpRequest, team: str, project: str) -> HttpResponse:
    """Bring the runs of an archive into a project, which is made when the user may."""
    if request.method != "POST":
        raise WrongMethod("POST")
    user = request_user(request, needs=Scope.INGEST)
    if not isinstance(user, User):
        raise SignInNeeded
    if Project.objects.filter(team__slug=team, slug=project).exists():
        writable_project(user, team, project)
    else:
        writable_team(user, team)
    if not _importing.acquire(blocking=False):
        raise ImportUnderWay
    try:
        with _received(request) as file:
            done = import_archive(
                file=file, user=user, team=team, slug=project, most=Most(MAX_IMPORT_POINTS, MAX_IMPORT_UNPACKED)
            )
    finally:
        _importing.release()
    body = {
        "runs": done.runs,
        "there": done.there,
        "points": done.points,
        "series": done.series,
        "lines": done.lines,
        "files": done.files,
        **done.texts,
        "ids": {ids.to_text(source): ids.to_text(run_id) for source, run_id in done.run_ids.items()},
    }
    return json_answer(body, status=201 if done.runs else 200)


def _received(request: HttpRequest) -> IO[bytes]:
    """The body in a file without a name; nothing of it is kept in memory."""
    text = request.META.get("CONTENT_LENGTH") or ""
    if not text.isdigit():
        raise LengthRequired("Send the archive with a Content-Length; chunked transfer is not read.")
    if int(text) > MAX_IMPORT_BYTES:
        raise ArchiveTooLarge(int(text), MAX_IMPORT_BYTES, "bytes")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnknownEncoding("An archive is packed already: send it without Content-Encoding.")
    file = spool_file()
    try:
        while block := request.read(_BLOCK):
            file.write(block)
        if file.tell() < int(text):
            raise BodyIncomplete(f"The body ended after {file.tell():,} of {int(text):,} bytes; nothing was imported.")
    except OSError as error:
        file.close()
        raise BodyIncomplete("The connection ended before the body did; nothing was imported.") from error
    except BaseException:
        file.close()
        raise
    return file


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
