"""Writes to run files: put, delete, restore, remove those of a run."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.audit import AnyActor
from apps.artifacts import room, storage
from apps.artifacts.errors import DigestDiffers, FileTooLarge, NoSuchFile, PathTaken, StorageUnavailable
from apps.artifacts.kinds import Kind, kind_of
from apps.artifacts.models import Blob, RunFile
from apps.artifacts.paths import checked_path, folder_of
from apps.artifacts.receiving import Received, received, rewritten
from apps.core.bodies import Stream
from apps.core.errors import NotFound
from apps.core.ids import to_text
from apps.core.secrets import scrubbed_in_pieces
from apps.runs.errors import RunArchived
from apps.runs.models import Project, Run

logger = logging.getLogger(__name__)

Holder = TypeVar("Holder")
Named = TypeVar("Named")

SCRUBBED = "code/"  # what the client captures by itself: the uncommitted diff and its like
RESTORABLE = timedelta(hours=1)
TRIES = 3
REMOVED_AT_ONCE = 1_000


class Arrival(NamedTuple):
    """What store_file gives. changed: False when the same bytes were at the path already."""

    file: RunFile
    changed: bool


def put_file(run: Run, path: str, stream: Stream, media_type: str = "", sha256: str = "") -> RunFile:
    """Store a file of a run, in place of the one at its path. See store_file."""
    return store_file(run, path, stream, media_type, sha256).file


def store_file(run: Run, path: str, stream: Stream, media_type: str = "", sha256: str = "") -> Arrival:
    """Store a stream as a file of a run, durably and whole, or not at all; the file that was at the path is replaced.

    media_type: the sender's word, which only refines what the bytes say. sha256: in hex, of the stream; checked when
    given. Text under code/ is scrubbed. Raises BadPath, FileTooLarge, DigestDiffers, StorageUnavailable, RunArchived,
    NotFound when the run was deleted meanwhile, what the guards of room.py refuse, and what the stream raises.
    """
    path = checked_path(path)
    folder = Path(settings.FILES_INCOMING)
    with received(stream, folder, settings.MAX_FILE_BYTES) as file:
        if sha256 and sha256.lower() != file.sha256:
            raise DigestDiffers(sha256.lower(), file.sha256)
        if path.startswith(SCRUBBED) and b"\0" not in file.head:  # text, in whatever encoding
            with rewritten(file, folder, scrubbed_in_pieces) as clean:
                return _store(run, path, clean, kind_of(clean.head, path, media_type))
        return _store(run, path, file, kind_of(file.head, path, media_type))


def refuse_longer(length: int) -> None:
    """Raise FileTooLarge for a length that is no file's, before its bytes are read."""
    if length > settings.MAX_FILE_BYTES:
        raise FileTooLarge(f"{length:,} bytes", settings.MAX_FILE_BYTES)


def require_room(run: Run, path: str, size: int) -> None:
    """Raise what the guards of room.py refuse for a file of size bytes at a path, in place of the one that is there."""
    room.look(run.project, size - _size_at(run, path))


def _size_at(run: Run, path: str) -> int:
    return RunFile.objects.filter(run=run, path=path, deleted_at=None).values_list("blob__size", flat=True).first() or 0


def _store(run: Run, path: str, file: Received, kind: Kind) -> Arrival:
    require_room(run, path, file.size)
    return stored_bytes(file, lambda: _locked(run.id), lambda run, blob: _name(run, path, blob, kind))


def stored_bytes(file: Received, lock: Callable[[], Holder], name: Callable[[Holder, Blob], Named]) -> Named:
    """Store the bytes of a file, equal ones once, and name them in one transaction.

    lock: gives what holds the file, locked. name: makes the row that names the blob, of a model among naming.namers.
    Raises StorageUnavailable and what the two raise.
    """
    for _ in range(TRIES):
        blob = _stored_blob(file)
        with transaction.atomic():
            holder = lock()
            if _kept(blob):
                return name(holder, blob)
        # The sweep condemned the blob between our look and our lock; the next look will not find it.
    raise StorageUnavailable("what was just stored was swept away")


def _stored_blob(file: Received) -> Blob:
    """A blob with these bytes: one that is there, or a new one. Its row comes before its bytes, so none is unknown."""
    known = Blob.objects.filter(sha256=file.sha256, size=file.size, stored_at__isnull=False, condemned_at=None).first()
    if known is not None:
        return known
    blob = Blob.objects.create(sha256=file.sha256, size=file.size, name=storage.new_name(file.sha256))
    try:
        storage.save(blob.name, file.path)
    except BaseException:
        # Nothing names it: the sweep removes the row, and whatever of the bytes could not be removed at once.
        Blob.objects.filter(id=blob.id).update(condemned_at=timezone.now())
        raise
    Blob.objects.filter(id=blob.id).update(stored_at=timezone.now())
    return blob


def _locked(run_id: int) -> Run:
    """The run, locked until the transaction ends, which parts uploads of one path and a deletion of the run."""
    runs = Run.objects.select_for_update(of=("self",)).select_related("project__team")
    run = runs.filter(id=run_id, deleted_at=None).first()
    if run is None:
        raise NotFound(f"There is no run {to_text(run_id)} any more.")
    if run.archived_at is not None:
        raise RunArchived
    return run


def _kept(blob: Blob) -> bool:
    """Lock a blob and say that it is named from now on; False when it was condemned."""
    locked = Blob.objects.select_for_update().filter(id=blob.id, condemned_at=None).first()
    if locked is None:
        return False
    if locked.unnamed_since is not None:
        Blob.objects.filter(id=blob.id).update(unnamed_since=None)
    return True


def _name(run: Run, path: str, blob: Blob, kind: Kind) -> Arrival:
    """Let a run's path name a blob. The blob it named before loses a reference; the sweep sees to the rest."""
    now = timezone.now()
    facts = {"blob": blob, "kind": kind.name, "media_type": kind.media_type[:120]}
    file = RunFile.objects.select_related("blob").filter(run=run, path=path, deleted_at=None).first()
    if file is None:
        room.take(run.project, blob.size)
        made = RunFile.objects.create(run=run, path=path, folder=folder_of(path), changed_at=now, **facts)
        return Arrival(made, changed=True)
    if file.sha256 == blob.sha256:
        return Arrival(file, changed=False)
    room.take(run.project, blob.size - file.size)
    for name, value in facts.items():
        setattr(file, name, value)
    file.changed_at = now
    file.save()
    return Arrival(file, changed=True)


@transaction.atomic
def delete_file(user: AnyActor, run: Run, path: str) -> RunFile:
    """Hide a file; restore_file brings it back for RESTORABLE, then a sweep removes it.

    Raises NoSuchFile, RunArchived.
    """
    path = checked_path(path)
    run = _locked(run.id)
    file = RunFile.objects.select_related("blob").filter(run=run, path=path, deleted_at=None).first()
    if file is None:
        raise NoSuchFile(path)
    file.deleted_at = timezone.now()
    file.save(update_fields=["deleted_at"])
    room.take(run.project, -file.size)
    _record(user, "file.deleted", run, file)
    return file


@transaction.atomic
def restore_file(user: AnyActor, run: Run, file_id: int) -> RunFile:
    """Bring a deleted file back.

    Raises NoSuchFile when it is gone for good, PathTaken, RunArchived, and what the guards of room.py refuse.
    """
    run = _locked(run.id)
    file = deleted_file(run, file_id)
    if file is None:
        raise NoSuchFile("that can be restored")
    if RunFile.objects.filter(run=run, path=file.path, deleted_at=None).exists():
        raise PathTaken(file.path)
    room.take(run.project, file.size)
    file.deleted_at = None
    file.save(update_fields=["deleted_at"])
    _record(user, "file.restored", run, file)
    return file


def deleted_file(run: Run, file_id: int) -> RunFile | None:
    """A deleted file that can still be restored."""
    recent = timezone.now() - RESTORABLE
    return RunFile.objects.select_related("blob").filter(run=run, id=file_id, deleted_at__gt=recent).first()


def _record(user: AnyActor, action: str, run: Run, file: RunFile) -> None:
    team = run.project.team
    audit.record(
        user, action, team=team, target=f"{run.project}/{run.slug}/{file.path}", size=file.size, sha256=file.sha256
    )


def move_file_room(run_ids: Sequence[int], source: Project, target: Project) -> None:
    """Count the files of runs for another team, in the caller's transaction. Raises what the guards of room.py refuse.

    The bytes stay where they are: they are named by what they hold, whoever's they are.
    """
    if source.team_id == target.team_id:
        return
    files = RunFile.objects.filter(run_id__in=run_ids, deleted_at=None)
    size = files.aggregate(bytes=Sum("blob__size"))["bytes"] or 0
    changes = [(target, size), (source, -size)]
    for project, more in sorted(changes, key=lambda change: change[0].team_id):  # in one order, so that two only wait
        room.take(project, more)


def remove_run_files(run_id: int) -> None:
    """Remove all rows of a run's files in bounded steps, for a run that is deleted. Again it changes nothing.

    The bytes that no other run names go with the next sweeps.
    """
    while True:
        some = list(RunFile.objects.filter(run_id=run_id).values_list("id", flat=True)[:REMOVED_AT_ONCE])
        if not some:
            return
        RunFile.objects.filter(id__in=some).delete()
