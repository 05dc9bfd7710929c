"""The files of a run: folders, one file with its preview, media over steps; delete and restore."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.signed_in import signed_in
from apps.artifacts import queries, services
from apps.artifacts.errors import NoSuchFile
from apps.artifacts.kinds import IMAGE
from apps.artifacts.links import file_url
from apps.artifacts.models import RunFile
from apps.artifacts.paths import folder_of
from apps.core.live import live_page
from apps.runs.access import may_write, readable_run, writable_run
from apps.runs.models import Run
from apps.workspace.file_previews import TEXT_BYTES, preview_of
from apps.workspace.run_page import run_context

FILES_A_PAGE = 100
MAX_FOLDERS = 200
THUMBNAILS = 12


@live_page
@require_safe
def run_files(request: HttpRequest, run_id: int) -> HttpResponse:
    """A folder (?folder=), what a search finds (?search=), and one file beside it (?file=, ?as=, ?bytes=)."""
    run = readable_run(request.user, run_id)
    search = request.GET.get("search", "").replace("\x00", "").strip()
    file = _asked_file(run, request.GET.get("file", ""))
    folder = file.folder if file else request.GET.get("folder", "").replace("\x00", "").strip("/")
    folders = [] if search else queries.folders_in(run, folder)
    files = queries.files_of(run)
    files = files.filter(path__icontains=search) if search else files.filter(folder=folder)
    page = Paginator(files, FILES_A_PAGE).get_page(request.GET.get("page"))
    count, size = queries.totals(run)
    context = {
        **run_context(run, request.user),
        "folder": folder,
        "up": folder_of(folder),
        "trail": _trail(folder),
        "folders": folders[:MAX_FOLDERS],
        "folders_left_out": max(0, len(folders) - MAX_FOLDERS),
        "page": page,
        "search": search,
        "file_count": count,
        "size": size,
        "deleted": _deleted(request, run),
        "may_delete": run.archived_at is None and may_write(request.user, run),
        "server": request.build_absolute_uri("/").rstrip("/"),
        **_one_file(request, file),
        **_media(run, folder, file),
    }
    return render(request, "workspace/run_files.html", context)


def _asked_file(run: Run, path: str) -> RunFile | None:
    if not path:
        return None
    file = queries.run_file(run, path)
    if file is None:
        raise NoSuchFile(path)
    return file


def _one_file(request: HttpRequest, file: RunFile | None) -> dict[str, Any]:
    if file is None:
        return {"file": None}
    asked = request.GET.get("bytes", "")
    length = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else TEXT_BYTES
    return {
        "file": file,
        "preview": preview_of(file, request.GET.get("as", ""), length),
        "file_url": file_url(file),
        "download_url": file_url(file, download=True),
    }


def _media(run: Run, folder: str, file: RunFile | None) -> dict[str, Any]:
    """The pictures of media/{key}/ by step, when that is what is looked at. position: of the one shown."""
    if not folder.startswith("media/") or (file is not None and file.kind != IMAGE):
        return {"strip": None}
    found = queries.media_steps(run, folder.removeprefix("media/"), IMAGE)
    if not found.steps:
        return {"strip": None}
    steps = [{"step": str(one.step), "path": one.file.path, "url": file_url(one.file)} for one in found.steps]
    paths = [one["path"] for one in steps]
    if file is not None and file.path not in paths:
        return {"strip": None}
    position = paths.index(file.path) if file is not None else len(steps) - 1
    apart = max(1, (len(steps) - 1) / (THUMBNAILS - 1))
    places = sorted({round(number * apart) for number in range(min(THUMBNAILS, len(steps)))})
    return {
        "strip": steps,
        "strip_key": folder.removeprefix("media/"),
        "strip_total": found.total,
        "shown": steps[position],
        "position": position,
        "last_position": len(steps) - 1,
        "before": steps[position - 1] if position > 0 else None,
        "after": steps[position + 1] if position + 1 < len(steps) else None,
        "thumbnails": [steps[place] for place in places if place < len(steps)],
    }


def _trail(folder: str) -> list[tuple[str, str]]:
    """The folders above and the folder itself: name and path."""
    parts = folder.split("/") if folder else []
    return [(part, "/".join(parts[: place + 1])) for place, part in enumerate(parts)]


def _deleted(request: HttpRequest, run: Run) -> RunFile | None:
    """The file that was just deleted, for those who may bring it back."""
    text = request.GET.get("deleted", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19 and may_write(request.user, run)):
        return None
    return services.deleted_file(run, int(text))


@require_POST
@signed_in(back="run_files_page", keep=("run_id",))
def delete_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Delete the file of the form; the page it leads to offers to bring it back."""
    run = writable_run(request.user, run_id)
    file = services.delete_file(request.user, run, request.POST.get("path", ""))
    return _back(run, folder=file.folder, deleted=str(file.id))


@require_POST
@signed_in(back="run_files_page", keep=("run_id",))
def restore_file(request: HttpRequest, run_id: int) -> HttpResponse:
    """Bring a deleted file back."""
    run = writable_run(request.user, run_id)
    text = request.POST.get("file", "")
    known = text.isascii() and text.isdigit() and len(text) < 19
    file = services.restore_file(request.user, run, int(text) if known else 0)
    return _back(run, file=file.path)


def _back(run: Run, **asked: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('run_files_page', args=[run.id])}?{urlencode(asked)}")
