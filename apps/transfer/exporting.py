"""Runs and projects as files. A run's is made from one snapshot before any of it is sent: slow readers hold none."""

import hashlib
import io
import time
from collections.abc import Generator, Iterator, Sequence
from typing import IO, Any, NamedTuple

import orjson
import pyarrow as pa
from django.db.models import Prefetch

from apps.history.queries import Stretch, all_points, run_totals, waiting_runs
from apps.history.services import settle
from apps.runs.errors import NoSuchMetric, NotSettled
from apps.runs.models import Attempt, Project, Run, RunEvent
from apps.runs.services import SETTLE_SECONDS
from apps.tables.cost_queries import costs_of, newest_costs
from apps.transfer.archive import ArchiveWriter
from apps.transfer.belongings import add_files, write_lines, write_tables
from apps.transfer.facts import run_line
from apps.transfer.formats import (
    ARCHIVE,
    ARCHIVE_VERSION,
    HISTORY_VERSION,
    RUNS,
    console_member,
    history_member,
    tables_member,
    text_member,
)
from apps.transfer.history_file import Written, write_history
from apps.transfer.parts import parts
from apps.transfer.spool import spool_file

RUNS_AT_ONCE = 100


class Spooled(NamedTuple):
    """A file at its beginning, and what is in it."""

    file: IO[bytes]
    written: Written


def settle_all(run_ids: Sequence[int], seconds: float = SETTLE_SECONDS) -> None:
    """Compact what these runs have waiting, so that reading them takes little memory.

    Raises NotSettled when that takes longer than so many seconds; asked again, it goes on where it was.
    """
    until = time.monotonic() + seconds
    for run_id in waiting_runs(run_ids):
        left = until - time.monotonic()
        if left < 0 or not settle(run_id, left):
            raise NotSettled


def spooled_history(run_id: int, names: Sequence[str] = ()) -> Spooled:
    """All points of a run, or only of these keys, as a Parquet file. Raises NoSuchMetric for a key without points."""
    file = spool_file()
    seen: set[str] = set()

    def noted(stretches: Iterator[Stretch]) -> Iterator[Stretch]:
        for stretch in stretches:
            seen.add(stretch.name)
            yield stretch

    try:
        written = write_history(noted(all_points(run_id, names or None)), file)
        missing = [name for name in names if name not in seen]
        if missing:
            raise NoSuchMetric(missing[0])
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return Spooled(file, written)


def history_tag(run: Run, names: Sequence[str]) -> str:
    """A name for spooled_history: it moves with every accepted batch, and not with compaction.

    Ask for it before the points are read: what comes meanwhile then makes the next answer a new one.
    """
    state = (
        HISTORY_VERSION,
        pa.__version__,
        run.id,
        run.attempt,
        run_totals([run.id]).get(run.id, 0),
        sorted(set(names)),
    )
    return hashlib.blake2b(repr(state).encode(), digest_size=12).hexdigest()


def project_archive(project: Project) -> Iterator[bytes]:
    """Everything of a project as a zip archive, piece by piece: runs oldest first, each from one snapshot.

    It takes the memory of two row groups and the disk of the largest run's points. Call settle_all() first.
    """
    archive = ArchiveWriter()
    counts = {"runs": 0, "points": 0, "series": 0, "lines": 0, "files": 0}
    run_ids = project_run_ids(project)
    with spool_file() as lines:
        for begin in range(0, len(run_ids), RUNS_AT_ONCE):
            for run in _runs(run_ids[begin : begin + RUNS_AT_ONCE]):
                counts["runs"] += 1
                held = yield from _run_members(archive, run, counts["runs"])
                lines.write(orjson.dumps(run_line(run, **held)) + b"\n")
                for what in ("points", "series", "lines"):
                    counts[what] += held[what]
                counts["files"] += len(held["files"])
        yield from _spooled_member(archive, RUNS, lines)
    for part in parts:
        counts[part.name] = 0
        with spool_file() as lines:
            for number, text in enumerate(part.texts(project), start=1):
                member = text_member(part.name, number)
                body = text.text.encode()
                yield from archive.member(member, io.BytesIO(body), size=len(body), packed=True)
                lines.write(orjson.dumps({**text.facts, "member": member}) + b"\n")
                counts[part.name] += 1
            yield from _spooled_member(archive, f"{part.name}.jsonl", lines)
    yield from archive.end(
        {"format": ARCHIVE, "version": ARCHIVE_VERSION, "project": _project_facts(project), "counts": counts}
    )


def _run_members(archive: ArchiveWriter, run: Run, number: int) -> Generator[bytes, None, dict[str, Any]]:
    """Add what a run has beside its facts; gives what its line says of that."""
    settle(run.id, SETTLE_SECONDS)  # what came meanwhile
    history, console = history_member(number), console_member(number)
    file, written = spooled_history(run.id)
    with file:
        if written.points:
            yield from archive.member(history, file, size=written.size, packed=False)
    with spool_file() as said:
        count = write_lines(run.id, said)
        if count:
            yield from _spooled_member(archive, console, said)
    tables = tables_member(number)
    with spool_file() as logged:
        has_tables = write_tables(run.id, logged) > 0
        if has_tables:
            yield from _spooled_member(archive, tables, logged)
    files: list[dict[str, Any]] = []
    yield from add_files(archive, run, number, files)
    return {
        "history": history if written.points else None,
        "points": written.points,
        "series": written.series,
        "console": console if count else None,
        "lines": count,
        "tables": tables if has_tables else None,
        "files": files,
    }


def _spooled_member(archive: ArchiveWriter, name: str, file: IO[bytes]) -> Iterator[bytes]:
    """Add lines that were written just now."""
    size = file.tell()
    file.seek(0)
    yield from archive.member(name, file, size=size, packed=True)


def project_run_ids(project: Project) -> list[int]:
    """The ids of a project's runs, archived ones too, oldest first."""
    found = Run.objects.filter(project=project, deleted_at=None).order_by("created_at", "id")
    return list(found.values_list("id", flat=True))


def _runs(run_ids: Sequence[int]) -> list[Run]:
    """The runs in the order asked, with attempts, events and who made them; those deleted meanwhile are left out."""
    attempts = Prefetch("attempts", queryset=Attempt.objects.order_by("number"))
    events = Prefetch("events", queryset=RunEvent.objects.order_by("at", "id"))
    found = Run.objects.select_related("created_by").prefetch_related(attempts, events).in_bulk(run_ids)
    return [found[run_id] for run_id in run_ids if run_id in found and found[run_id].deleted_at is None]


def _project_facts(project: Project) -> dict[str, Any]:
    directions = project.metric_directions.order_by("name").values_list("name", "direction")
    return {
        "team": project.team.slug,
        "slug": project.slug,
        "name": project.name,
        "description": project.description,
        "visibility": project.visibility,
        "directions": dict(directions),
        "costs": costs_of(project.pk).as_json() if newest_costs(project.pk) else None,
    }
