"""Reads over run files: all of them leave out what was deleted."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Max, QuerySet, Sum

from apps.artifacts.models import Blob, RunFile
from apps.artifacts.paths import checked_path
from apps.runs.models import Run

_STEP = re.compile(r"media/(?P<key>.+)/(?P<step>-?[0-9]{1,19})\.[a-z0-9]{1,8}")
MAX_STEPS = 500  # of one media key, whose pictures a page can step through


class Folder(NamedTuple):
    """A folder of a run with everything below it. name: its last part, path: all of it; size: bytes."""

    name: str
    path: str
    files: int
    size: int
    changed_at: object


class Page(NamedTuple):
    """Some files of a run by path. next: the path after which the next page begins, None at the end."""

    files: list[RunFile]
    next: str | None


class Step(NamedTuple):
    """One file of media logged over steps."""

    step: int
    file: RunFile


class Steps(NamedTuple):
    """The newest steps of a media key in order, and how many there are."""

    steps: list[Step]
    total: int


def files_of(run: Run) -> QuerySet[RunFile]:
    """A run's files by path, with their blobs."""
    return RunFile.objects.select_related("blob").filter(run=run, deleted_at=None).order_by("path")


def run_file(run: Run, path: str) -> RunFile | None:
    """The file at a path, as checked_path gives it: one query. Raises BadPath."""
    return files_of(run).filter(path=checked_path(path)).first()


def file_page(run: Run, *, prefix: str = "", search: str = "", after: str = "", limit: int) -> Page:
    """One keyset page of a run's files: one query. prefix: of the path; search: anywhere in it, any case."""
    files = files_of(run)
    if prefix:
        files = files.filter(path__startswith=prefix)
    if search:
        files = files.filter(path__icontains=search)
    if after:
        files = files.filter(path__gt=after)
    found = list(files[: limit + 1])
    return Page(found[:limit], found[limit - 1].path if len(found) > limit else None)


def kept_files(run_ids: Sequence[int], path: str) -> dict[int, tuple[str, int]]:
    """SHA-256 and size of the file that each of these runs has at a path, by run id: one query."""
    files = RunFile.objects.filter(run__in=run_ids, path=path, deleted_at=None)
    return {run: (sha256, size) for run, sha256, size in files.values_list("run_id", "blob__sha256", "blob__size")}


def folders_in(run: Run, folder: str) -> list[Folder]:
    """The folders directly in a folder ("": the run's own), by name: one query, one row a folder at any depth."""
    below = files_of(run).order_by("folder")
    start = f"{folder}/" if folder else ""
    below = below.filter(folder__startswith=start) if start else below.exclude(folder="")
    rows = below.values_list("folder").annotate(Count("id"), Sum("blob__size"), Max("changed_at"))
    found: dict[str, Folder] = {}
    for path, files, size, changed_at in rows:
        name = path[len(start) :].partition("/")[0]
        known = found.get(name, Folder(name, start + name, 0, 0, changed_at))
        found[name] = known._replace(
            files=known.files + files, size=known.size + size, changed_at=max(known.changed_at, changed_at)
        )
    return [found[name] for name in sorted(found, key=lambda name: (name.lower(), name))]


def totals(run: Run) -> tuple[int, int]:
    """How many files a run has, and their bytes, each file counted in full: one query."""
    sums = files_of(run).order_by().aggregate(files=Count("id"), size=Sum("blob__size"))
    return sums["files"], sums["size"] or 0


def stored_bytes(run_ids: Sequence[int]) -> int:
    """The bytes that these runs' files take in the storage; what several of them name counts once."""
    named = Blob.objects.filter(files__run__in=run_ids).distinct()
    return named.aggregate(size=Sum("size"))["size"] or 0


def media_step(path: str) -> tuple[str, int] | None:
    """The key and step of a path like media/{key}/{step}.png, None for any other."""
    found = _STEP.fullmatch(path)
    return (found["key"], int(found["step"])) if found else None


def media_steps(run: Run, key: str, kind: str) -> Steps:
    """The files of one media key and kind by step, the last MAX_STEPS of them: two queries."""
    files = files_of(run).filter(folder=f"media/{key}", kind=kind)
    places = ((place[1], file_id) for file_id, path in files.values_list("id", "path") if (place := media_step(path)))
    steps = sorted(places)
    newest = {file_id: step for step, file_id in steps[-MAX_STEPS:]}
    found = [Step(newest[file.id], file) for file in files.filter(id__in=newest)]
    return Steps(sorted(found, key=lambda one: (one.step, one.file.path)), len(steps))
