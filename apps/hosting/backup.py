"""Back a running site up into one file, and bring a site back from it.

What was acknowledged before the backup began is in it. The series plane is copied first, then the metadata plane, then
files: so every run a backup lists has at least the points it had when the backup began, and every file it lists has its
bytes. Points of runs that were made meanwhile may be there without their run; a restore removes them.
"""

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from apps.accounts import audit
from apps.artifacts import storage
from apps.artifacts.errors import FileGone, StorageUnavailable
from apps.artifacts.models import Blob
from apps.console.models import ConsoleRun
from apps.console.services import delete_lines
from apps.core.planes import series_alias
from apps.history.models import HistoryBatch, HistoryRun, PendingRun
from apps.history.services import delete_history, forget_history
from apps.hosting import archive, dumps
from apps.runs.models import Run
from apps.tables.models import TableKey
from apps.tables.services import delete_tables

Say = Callable[[str], None]


class Refused(Exception):
    """A backup or restore that must not be, and what to do instead. Nothing was changed."""


def back_up(target: Path, *, with_files: bool = True, say: Say = lambda _: None) -> dict[str, Any]:
    """Write a backup to target, a file or a folder that is there; gives its manifest with its "path".

    The site may run, and be written to. Raises Refused, OSError; then nothing is left behind.
    """
    begun_at = datetime.now(UTC)
    path = target / f"paceline-{begun_at:%Y%m%dT%H%M%SZ}.tar" if target.is_dir() else target
    if path.exists():
        raise Refused(f"{path} is there already; name another file.")
    writer = archive.Writer(path)
    try:
        with tempfile.TemporaryDirectory(prefix=".paceline-backup-", dir=path.parent) as folder:
            databases = {}
            for alias in _aliases():
                say(f"database {alias} …")
                databases[alias] = dumps.dump(alias, writer, Path(folder))
            files = _add_files(writer, Path(folder), say) if with_files else None
        key = settings.DATA_DIR / "secret-key"
        if key.exists():
            writer.add_file("secret-key", key)
        facts = {
            "begun_at": begun_at.isoformat(),
            "ended_at": datetime.now(UTC).isoformat(),
            "series": series_alias(),
            "databases": databases,
            "files": files,
        }
        manifest = writer.finish(facts)
    except BaseException:
        writer.abandon()
        raise
    audit.record(None, "site.backed_up", target=path.name)
    return manifest | {"path": str(path)}


def _aliases() -> list[str]:
    """The series plane first."""
    return sorted(connections, key=lambda alias: (alias != series_alias(), alias))


def _add_files(writer: archive.Writer, folder: Path, say: Say) -> dict[str, int]:
    """Add the bytes of all files. One that was deleted meanwhile is left out: its run file is gone too, or going."""
    stored = Blob.objects.exclude(stored_at=None).order_by("id").values_list("name", "size")
    say(f"{stored.count():,} files …")
    added = missing = 0
    for name, size in stored.iterator():
        try:
            with storage.opened(name, name) as file, tempfile.NamedTemporaryFile(dir=folder) as copy:
                shutil.copyfileobj(file, copy)  # whole before it is added: a tar member cannot be taken back
                if copy.tell() != size:
                    missing += 1
                    continue
                copy.seek(0)
                writer.add(f"files/{name}", copy, size)
                added += 1
        except FileGone:
            missing += 1
    return {"added": added, "missing": missing}


def bring_back(path: Path, *, force: bool = False, say: Say = lambda _: None) -> dict[str, Any]:
    """Replace everything this site holds by what a backup holds; gives the manifest.

    Everything is checked before anything is changed. force: also where the site holds data. The site must be stopped.
    Raises Refused, archive.Damaged.
    """
    say("checking the file …")
    manifest = archive.checked(path)
    _refuse_unfit(manifest, force)
    unpacked: dict[str, Path] = {}
    say("files …")
    tables: list[str] = []
    for name, stream in archive.members(path):
        first, _, rest = name.partition("/")
        if first == "files":
            _bring_file(rest, stream)
        elif name.endswith(".sqlite3.zst"):
            alias = name.removesuffix(".sqlite3.zst")
            try:
                unpacked[alias] = dumps.unpack_sqlite(stream, alias)
            except sqlite3.DatabaseError as error:
                raise archive.Damaged(f"{path} holds a damaged database {alias}: {error}") from error
        elif name.endswith(".copy.zst"):
            tables.append(name)
    for alias in _aliases():
        say(f"database {alias} …")
        facts = manifest["databases"][alias]
        if alias in unpacked:
            dumps.take_over_sqlite(unpacked[alias], alias)
        else:
            dumps.make_empty_tables(alias, facts["migrations"])
            dumps.fill_postgresql(alias, facts["columns"], _tables(path, alias))
            dumps.set_sequences(alias)
        counted = dumps.counted_rows(alias, sorted(facts["rows"]))
        if counted != facts["rows"]:
            raise archive.Damaged(f"The database {alias} does not hold what the backup did: {counted}")
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    _bring_key(path)
    removed = remove_points_without_run()
    if removed:
        say(f"{removed} runs were made while the backup was written: their points went.")
    mark_waiting_runs()
    audit.record(None, "site.restored", target=path.name, begun_at=manifest["begun_at"])
    return manifest


def _refuse_unfit(manifest: dict[str, Any], force: bool) -> None:
    if set(manifest["databases"]) != set(connections):
        names = ", ".join(sorted(manifest["databases"]))
        raise Refused(f"The backup has the databases {names}; set or unset SERIES_DATABASE_URL to have the same.")
    for alias, facts in manifest["databases"].items():
        vendor = connections[alias].vendor
        if facts["vendor"] != vendor:
            raise Refused(
                f"The backup's database {alias} is {facts['vendor']}, this site's is {vendor}. Restore it into the "
                "same kind, and move projects by export and import."
            )
        unknown = dumps.unknown_migrations(alias, facts["migrations"])
        if unknown:
            raise Refused(f"The backup is of a newer release ({unknown[0]}); upgrade this one first.")
        if dumps.holds_data(alias) and not force:
            raise Refused("This site holds data, which a restore would replace. Say --force if that is what you want.")
        if dumps.in_use(alias):
            raise Refused(f"The database {alias} is in use by others. Stop web servers and workers first.")


def _bring_file(name: str, stream: IO[bytes]) -> None:
    """Store the bytes of one file unless they are there."""
    files = storage.files()
    if files.exists(name):
        return
    with tempfile.NamedTemporaryFile(dir=settings.DATA_DIR) as copy:
        shutil.copyfileobj(stream, copy)
        copy.flush()
        try:
            storage.save(name, copy.name)
        except StorageUnavailable as error:
            raise Refused(f"The file storage cannot take the backup's files: {error.message}") from error


def _tables(path: Path, alias: str) -> Iterator[tuple[str, IO[bytes]]]:
    for name, stream in archive.members(path):
        if name.startswith(f"{alias}/") and name.endswith(".copy.zst"):
            yield name.removeprefix(f"{alias}/").removesuffix(".copy.zst"), stream


def _bring_key(path: Path) -> None:
    """The key that signs sessions, as it was, for the next start. PACELINE_SECRET_KEY goes before it."""
    for name, stream in archive.members(path):
        if name == "secret-key":
            key = settings.DATA_DIR / "secret-key"
            key.write_bytes(stream.read())
            key.chmod(0o600)


def remove_points_without_run() -> int:
    """Remove what the series plane has of runs that the metadata plane has not: they were made between the copies."""
    stored = set(HistoryRun.objects.values_list("run_id", flat=True))
    stored |= set(ConsoleRun.objects.values_list("run_id", flat=True))
    stored |= set(TableKey.objects.values_list("run_id", flat=True))
    strangers = sorted(stored - set(Run.objects.values_list("id", flat=True)))
    for run_id in strangers:
        delete_tables(run_id)
        delete_lines(run_id)
        delete_history(run_id)
        forget_history(run_id)
    return len(strangers)


def mark_waiting_runs() -> None:
    """Let the sweep find every run with waiting batches, also one that had none when the metadata plane was copied."""
    for run_id in HistoryBatch.objects.values_list("run_id", flat=True).distinct().order_by("run_id"):
        PendingRun.objects.get_or_create(run_id=run_id, defaults={"marked_at": timezone.now()})
