"""A project's archive brought in: verified whole, then points, then all runs at once.

Points and console lines go in first, under ids of runs that do not exist yet, so nobody sees them. One transaction then
makes all the runs; files, which need their run, follow. What goes wrong on the way removes all of it again; a process
that is killed leaves it to the next try, which goes on where this one was.
"""

import itertools
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import IO, Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.models import User
from apps.console.services import delete_lines
from apps.core import ids
from apps.core.errors import Invalid
from apps.history.batches import Batch, Group
from apps.history.queries import run_totals
from apps.history.services import append_batch, delete_history, forget_history, settle
from apps.runs.grants import require_room
from apps.runs.models import MetricDirection, Project, Run
from apps.runs.services import bring_run, project_for_writing
from apps.tables.cost_queries import newest_costs
from apps.tables.cost_services import change_costs
from apps.tables.costs import read_costs
from apps.tables.errors import BadCosts, BadTable, TooManyTables
from apps.tables.services import delete_tables, index_run
from apps.transfer.belongings import paths_are_distinct, store_file, store_lines, store_tables
from apps.transfer.errors import BadArchive, ClientIdTaken, ImportUnderWay
from apps.transfer.facts import RunFacts, run_facts
from apps.transfer.formats import MAX_LINE_BYTES, RUNS
from apps.transfer.models import ImportedRun
from apps.transfer.parts import Text, parts
from apps.transfer.window import stored_member

SETTLE_EVERY = 2_000_000  # points
IDS_AT_ONCE = 5_000
UNDER_WAY = timedelta(seconds=60)  # since an import was last seen at work
_RUN_ID = re.compile(rf"\b{ids.PATTERN}\b")


class Most(NamedTuple):
    """How much an archive may hold. size: bytes of all members, unpacked."""

    points: int
    size: int


ANY = Most(2**62, 2**62)


class Imported(NamedTuple):
    """What an import brought. there: runs the project had already; run_ids: source to new id, of both."""

    runs: int
    there: int
    points: int
    series: int
    lines: int
    files: int
    texts: dict[str, int]
    run_ids: dict[int, int]


def import_archive(*, file: IO[bytes], user: User, team: str, slug: str, most: Most = ANY) -> Imported:
    """Bring everything of an archive into a project: new run ids, all else as it was. All of it, or nothing.

    The project is made when it is missing; runs that came before are left as they are. Raises NotFound, Invalid,
    BadArchive, ClientIdTaken, ImportUnderWay, and what the series store refuses.
    """
    found = verified(file, most)
    is_new = not Project.objects.filter(team__slug=team, slug=slug).exists()
    project = project_for_writing(user, team, slug)
    try:
        require_room(project)
        return _brought(file, found, user, project)
    except Exception:
        if is_new and not project.runs.exists():
            project.delete()
        raise


def _brought(file: IO[bytes], found: Mapping[str, Any], user: User, project: Project) -> Imported:
    with zipfile.ZipFile(file) as archive:
        sources = _sources(archive, found)
        there = _there(project, [source.source_id for source in sources])
        fresh = [source for source in sources if source.source_id not in there]
        _refuse_taken(project, fresh)
        run_ids = _claimed(project, [source.source_id for source in fresh])
        unfinished = ImportedRun.objects.filter(project=project, finished_at=None).exclude(run_id__in=run_ids.values())
        _remove(project, list(unfinished.values_list("run_id", flat=True)))  # nobody goes on with those
        try:
            for source in fresh:
                _store_points(archive, source, run_ids[source.source_id], project)
                _store_lines(archive, source, run_ids[source.source_id])
                _store_tables(archive, source, run_ids[source.source_id])
            with transaction.atomic():
                _make_runs(archive, project, user, run_ids)
                _restore_project(project, found["manifest"]["project"], user)
                texts = _restore_texts(archive, project, user, run_ids | there)
            _store_files(archive, project, run_ids)
            audit.record(
                user, "project.imported", team=project.team, target=str(project), runs=len(fresh), there=len(there)
            )
        except Exception:
            _remove(project, run_ids.values())
            raise
    for run_id in run_ids.values():
        settle(run_id)  # there is a run now whose values can be indexed
        index_run(run_id)
    points, series, lines, files = (
        sum(getattr(source, what) for source in fresh) for what in ("points", "series", "lines", "files")
    )
    return Imported(len(fresh), len(there), points, series, lines, files, texts, run_ids | there)


# --- reading ---


def verified(file: IO[bytes], most: Most) -> dict[str, Any]:
    """What the archive holds, said by a process of its own that read all of it (verification.py). Raises BadArchive."""
    file.flush()
    command = [sys.executable, "-m", "apps.transfer.verification", *map(str, most)]
    done = subprocess.run(  # noqa: S603
        command, stdin=file, capture_output=True, check=False, cwd=settings.BASE_DIR
    )
    try:
        said: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:  # it was ended: by its limits, or by what it read
        raise BadArchive(
            "The archive cannot be read: it is damaged, or needs more memory or time than any of ours."
        ) from error
    if "problem" in said:
        raise BadArchive(said["problem"])
    return said


def _lines(archive: zipfile.ZipFile, member: str) -> Iterator[tuple[int, Any]]:
    """The lines of a .jsonl member and their numbers, from 1. Raises BadArchive."""
    with archive.open(member) as entry:
        for number in itertools.count(1):
            line = entry.readline(MAX_LINE_BYTES + 1)
            if not line:
                return
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise BadArchive(f"Line {number:,} of {member} is no JSON: {error}.") from error


def _sources(archive: zipfile.ZipFile, found: Mapping[str, Any]) -> list["_Source"]:
    """The runs of an archive, each checked, and checked against what their files hold."""
    sources = []
    left = dict(found["histories"])
    others_left = {name: True for name in archive.namelist() if name.startswith(("console/", "tables/", "files/"))}
    client_ids: set[str] = set()
    seen: set[int] = set()
    for number, line in _lines(archive, RUNS):
        facts = run_facts(line, number)
        if not paths_are_distinct(facts.files):
            raise BadArchive(f"Line {number:,} of {RUNS} has a file twice.")
        others = [facts.console, facts.tables, *(one.member for one in facts.files)]
        if any(name and others_left.pop(name, None) is None for name in others):
            raise BadArchive(f"Line {number:,} of {RUNS} names a member that is not there, or another run's.")
        held = left.pop(facts.history, None) if facts.history else {"points": 0, "series": 0, "attempt": 0}
        if held is None or (held["points"], held["series"]) != (facts.points, facts.series):
            raise BadArchive(f"Line {number:,} of {RUNS} says other points than the archive holds.")
        client_id = facts.fields["client_id"]
        if held["attempt"] > facts.fields["attempt"]:
            raise BadArchive(f"Line {number:,} of {RUNS} has points of an attempt that the run does not have.")
        if facts.source_id in seen or (client_id and client_id in client_ids):
            raise BadArchive(f"Line {number:,} of {RUNS} has the id or the client_id of another line.")
        seen.add(facts.source_id)
        client_ids.add(client_id)
        sources.append(
            _Source(
                facts.source_id,
                client_id,
                facts.history,
                facts.points,
                facts.series,
                facts.console,
                facts.lines,
                facts.tables,
                len(facts.files),
                facts.fields["attempt"],
            )
        )
    counts = found["manifest"]["counts"]
    if left or others_left or len(sources) != counts.get("runs"):
        raise BadArchive(f"{RUNS} has other runs than the manifest says.")
    for what in ("lines", "files"):
        if counts.get(what) != sum(getattr(source, what) for source in sources):
            raise BadArchive(f"{RUNS} has another number of {what} than the manifest says.")
    return sources


class _Source(NamedTuple):
    """A run of the archive, as far as it is kept in memory."""

    source_id: int
    client_id: str
    history: str
    points: int
    series: int
    console: str
    lines: int
    tables: str
    files: int
    attempt: int


# --- which runs ---


def _there(project: Project, source_ids: Sequence[int]) -> dict[int, int]:
    """Source id to run id of what the project has: runs imported before, and the very runs themselves."""
    found: dict[int, int] = {}
    for begin in range(0, len(source_ids), IDS_AT_ONCE):
        some = source_ids[begin : begin + IDS_AT_ONCE]
        known = dict(
            ImportedRun.objects.filter(project=project, source_id__in=some)
            .exclude(finished_at=None)
            .values_list("run_id", "source_id")
        )
        alive = Run.objects.filter(project=project, deleted_at=None, id__in=[*some, *known]).values_list(
            "id", flat=True
        )
        found |= {known.get(run_id, run_id): run_id for run_id in alive}
    return found


def _refuse_taken(project: Project, fresh: Sequence["_Source"]) -> None:
    client_ids = [source.client_id for source in fresh if source.client_id]
    for begin in range(0, len(client_ids), IDS_AT_ONCE):
        some = client_ids[begin : begin + IDS_AT_ONCE]
        ours = ImportedRun.objects.filter(project=project, finished_at=None).values("run_id")  # made, then killed
        others = Run.objects.filter(project=project, deleted_at=None).exclude(id__in=ours)
        taken = others.filter(client_id__in=some).first()
        if taken is not None:
            raise ClientIdTaken(taken.client_id)


@transaction.atomic
def _claimed(project: Project, source_ids: Sequence[int]) -> dict[int, int]:
    """A run id for each source: a new one, or the one under which an import that was killed has stored points.

    New ids grow as the sources come, so that runs made in the same microsecond stay in their order.
    """
    now = timezone.now()
    Project.objects.select_for_update().get(id=project.id)
    unfinished = ImportedRun.objects.filter(project=project, finished_at=None)
    if unfinished.filter(touched_at__gt=now - UNDER_WAY).exists():
        raise ImportUnderWay
    kept = dict(unfinished.values_list("source_id", "run_id"))
    result = dict(zip(source_ids, sorted(ids.new_id() for _ in source_ids), strict=True))
    result |= {source_id: kept[source_id] for source_id in source_ids if source_id in kept}
    rows = [
        ImportedRun(project=project, source_id=source_id, run_id=run_id, touched_at=now)
        for source_id, run_id in result.items()
    ]
    ImportedRun.objects.bulk_create(
        rows,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["project", "source_id"],
        update_fields=["run_id", "touched_at", "finished_at"],
    )
    return result


def _remove(project: Project, run_ids: Any) -> None:
    """Take back what an import that fails has stored."""
    for run_id in run_ids:
        Run.objects.filter(id=run_id).delete()
        delete_lines(run_id)
        delete_tables(run_id)
        delete_history(run_id)
        forget_history(run_id)
        ImportedRun.objects.filter(project=project, run_id=run_id).delete()


# --- writing ---


def _store_points(archive: zipfile.ZipFile, source: _Source, run_id: int, project: Project) -> None:
    """All points of a run, in batches that a repetition stores only once. Raises BadArchive when others are stored."""
    ImportedRun.objects.filter(project=project, run_id=run_id).update(touched_at=timezone.now())
    if not source.history:
        return
    member = archive.getinfo(source.history)
    assert archive.fp is not None
    file = pq.ParquetFile(pa.PythonFile(stored_member(archive.fp, member), mode="r"))
    writer = f"import-{member.CRC:08x}"
    seqs: dict[int, itertools.count[int]] = {}
    waiting = 0
    for place in range(file.num_row_groups):
        for attempt, batch in _batches(file.read_row_group(place)):
            seq = next(seqs.setdefault(attempt, itertools.count()))
            append_batch(run_id=run_id, attempt=attempt, writer=writer, seq=seq, batch=batch)
            waiting += batch.points
        if waiting >= SETTLE_EVERY:
            settle(run_id)
            ImportedRun.objects.filter(project=project, run_id=run_id).update(touched_at=timezone.now())
            waiting = 0
    settle(run_id)
    stored = run_totals([run_id])[run_id]
    if stored != source.points:
        raise BadArchive(f"{source.history} holds {source.points:,} points, but {stored:,} were stored.")


def _store_lines(archive: zipfile.ZipFile, source: _Source, run_id: int) -> None:
    """All lines a run printed. Raises BadArchive."""
    if not source.console:
        return
    try:
        count = store_lines(run_id, _lines(archive, source.console), source.attempt)
    except (KeyError, TypeError, ValueError) as error:
        raise BadArchive(f"{source.console} cannot be read: {error}.") from error
    if count != source.lines:
        raise BadArchive(f"{source.console} has {count:,} lines where {RUNS} says {source.lines:,}.")


def _store_tables(archive: zipfile.ZipFile, source: _Source, run_id: int) -> None:
    """All tables of a run. Raises BadArchive."""
    if not source.tables:
        return
    try:
        store_tables(run_id, _lines(archive, source.tables), source.attempt)
    except (KeyError, TypeError, ValueError, BadTable, TooManyTables) as error:
        said = str(error).rstrip(".")
        raise BadArchive(f"{source.tables} cannot be read: {said}.") from error


def _batches(table: pa.Table) -> Iterator[tuple[int, Batch]]:
    """The points of a row group by attempt: (attempt, batch). Equal keys lie together."""
    keys = table["key"].combine_chunks().dictionary_encode()
    names = keys.dictionary.to_pylist()
    codes = keys.indices.to_numpy()
    attempts, step, value = (table[name].to_numpy() for name in ("attempt", "step", "value"))
    time = table["time"].cast(pa.int64()).to_numpy()
    cuts = np.flatnonzero((np.diff(codes) != 0) | (np.diff(attempts) != 0)) + 1
    groups: dict[int, list[Group]] = {}
    for begin, end in itertools.pairwise([0, *cuts.tolist(), len(codes)]):
        if begin < end:
            part = slice(begin, end)
            group = Group(step[part], time[part], [names[codes[begin]]], value[part].reshape(1, -1))
            groups.setdefault(int(attempts[begin]), []).append(group)
    for attempt, some in groups.items():
        yield attempt, Batch(some)


def _make_runs(archive: zipfile.ZipFile, project: Project, user: User, run_ids: Mapping[int, int]) -> None:
    for number, line in _lines(archive, RUNS):
        facts: RunFacts = run_facts(line, number)
        run_id = run_ids.get(facts.source_id)
        if run_id is not None and not Run.objects.filter(id=run_id).exists():
            fields = {**facts.fields, "archived_at": None}  # an archived run takes no files
            bring_run(run_id=run_id, project=project, user=user, attempts=facts.attempts, events=facts.events, **fields)


def _store_files(archive: zipfile.ZipFile, project: Project, run_ids: Mapping[int, int]) -> None:
    """The files of the new runs, which are archived now if they were. Raises BadArchive and what put_file refuses."""
    for number, line in _lines(archive, RUNS):
        facts = run_facts(line, number)
        if facts.source_id not in run_ids:
            continue
        run = Run.objects.select_related("project__team").get(id=run_ids[facts.source_id])
        for one in facts.files:
            if one.member:
                with archive.open(one.member) as stream:
                    store_file(run, one, stream)
        if facts.fields["archived_at"] is not None:
            Run.objects.filter(id=run.id).update(archived_at=facts.fields["archived_at"])
        ImportedRun.objects.filter(project=project, run_id=run.id).update(touched_at=timezone.now())
    ImportedRun.objects.filter(project=project, finished_at=None).update(finished_at=timezone.now())


def _restore_project(project: Project, said: Mapping[str, Any], user: User) -> None:
    """Fill what the project does not say itself; who may see it is for its own people to choose."""
    description, directions = said.get("description"), said.get("directions")
    if isinstance(description, str) and not project.description:
        project.description = description.replace("\0", "")[: 2**20]
        project.save(update_fields=["description"])
    for name, direction in (directions if isinstance(directions, dict) else {}).items():
        if direction in ("min", "max", "unknown") and 1 <= len(name) <= 250:
            MetricDirection.objects.get_or_create(project=project, name=name, defaults={"direction": direction})
    if said.get("costs") is not None and newest_costs(project.pk) is None:
        try:
            change_costs(project, read_costs(said["costs"]), by=user)
        except BadCosts as error:
            raise BadArchive(f"The costs of the archive's project cannot be taken: {error}") from error


def _restore_texts(
    archive: zipfile.ZipFile, project: Project, user: User, run_ids: Mapping[int, int]
) -> dict[str, int]:
    """Texts the project does not have, their run ids changed to those of this site; how many of each part."""
    slugs = {ids.to_text(source): ids.to_text(run_id) for source, run_id in run_ids.items()}
    brought = {}
    for part in parts:
        brought[part.name] = 0
        if f"{part.name}.jsonl" not in archive.NameToInfo:
            continue
        for number, facts in _lines(archive, f"{part.name}.jsonl"):
            try:
                text = archive.read(facts["member"]).decode()
                text = _RUN_ID.sub(lambda found: slugs.get(found[0], found[0]), text)
                brought[part.name] += part.restore(project, user, Text(facts, text))
            except (Invalid, KeyError, TypeError, ValueError, AttributeError) as error:
                raise BadArchive(f"Line {number:,} of {part.name}.jsonl cannot be taken: {error}.") from error
    return brought
