"""What a run has beside its points: what it printed, its tables and its files; out and in."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any

import orjson

from apps.artifacts.errors import FileGone
from apps.artifacts.models import RunFile
from apps.artifacts.queries import files_of
from apps.artifacts.services import put_file
from apps.console import queries as console
from apps.console.lines import STREAMS, Sent
from apps.console.services import append_lines
from apps.console.writers import batch_digest
from apps.core.bodies import Stream
from apps.runs.models import Run
from apps.tables.answers import place_answer
from apps.tables.body_parts import check_key
from apps.tables.forms import CLASS_TABLES, FORMS
from apps.tables.queries import all_tables
from apps.tables.services import put_without_index
from apps.transfer.archive import ArchiveWriter
from apps.transfer.facts import FileFacts
from apps.transfer.formats import file_member

LINES_AT_ONCE = 2_000
BYTES_AT_ONCE = 4 * 2**20  # of text


def write_lines(run_id: int, file: IO[bytes]) -> int:
    """Every line a run printed, as lines of JSON in the order they came; how many."""
    count, start, more = 0, 1, True
    while more:
        page = console.page(run_id, start=start, limit=LINES_AT_ONCE)
        more = page.more and page.next > start
        start = page.next
        for line in itertools.chain(page.lines, () if more else page.unfinished):
            said = {"time": line.time, "stream": STREAMS[line.stream], "attempt": line.attempt, "text": line.text}
            file.write(orjson.dumps(said) + b"\n")
            count += 1
    return count


def store_lines(run_id: int, lines: Iterable[tuple[int, Any]], newest_attempt: int) -> int:
    """Store lines that write_lines wrote, each once however often they come; how many.

    Raises KeyError, TypeError and ValueError for what is no such line.
    """
    seqs: dict[int, itertools.count[int]] = {}
    count = 0
    for attempt, batch in _batches(_sent(line, newest_attempt) for _, line in lines):
        seq = next(seqs.setdefault(attempt, itertools.count()))
        digest = batch_digest([(sent.time, sent) for sent in batch])
        append_lines(run_id=run_id, attempt=attempt, writer="import", seq=seq, lines=batch, digest=digest)
        count += len(batch)
    return count


def _sent(line: Any, newest_attempt: int) -> tuple[int, Sent]:
    attempt, time, text = line["attempt"], line["time"], line["text"]
    if type(attempt) is not int or not 1 <= attempt <= newest_attempt:
        raise ValueError(f"there is no attempt {attempt!r}")
    if type(time) is not int or not -(2**63) <= time < 2**63 or not isinstance(text, str) or "\n" in text:
        raise ValueError("a line is a text at a time")
    return attempt, Sent(time, STREAMS.index(line["stream"]), text)


def _batches(lines: Iterator[tuple[int, Sent]]) -> Iterator[tuple[int, list[Sent]]]:
    """Lines in batches of one attempt each, not too many and not too long."""
    for attempt, some in itertools.groupby(lines, key=lambda one: one[0]):
        batch: list[Sent] = []
        size = 0
        for _, sent in some:
            batch.append(sent)
            size += len(sent.text)
            if len(batch) == LINES_AT_ONCE or size > BYTES_AT_ONCE:
                yield attempt, batch
                batch, size = [], 0
        if batch:
            yield attempt, batch


def write_tables(run_id: int, file: IO[bytes]) -> int:
    """Every table of a run, as lines of JSON, those that newer attempts hide too; how many.

    A line says its kind but for class tables, which are all that earlier releases know.
    """
    count = 0
    for kind, form in FORMS.items():
        said = {} if form is CLASS_TABLES else {"kind": kind}
        for found in all_tables(form, run_id):
            file.write(orjson.dumps({**said, **place_answer(found), **form.document(found.table)}) + b"\n")
            count += 1
    return count


def store_tables(run_id: int, lines: Iterable[tuple[int, Any]], newest_attempt: int) -> None:
    """Store tables that write_tables wrote. Raises BadTable, KeyError, TypeError and ValueError for others."""
    for _, line in lines:
        key, logged_at, form = line["key"], line["logged_at"], FORMS.get(line.get("kind", CLASS_TABLES.kind))
        if form is None:
            raise ValueError(f"there is no table of the kind {line['kind']!r}; a later release may have written it")
        sent = form.read({name: value for name, value in line.items() if name not in ("key", "logged_at", "kind")})
        if sent.attempt is None or sent.attempt > newest_attempt:
            raise ValueError(f"there is no attempt {sent.attempt!r}")
        if type(logged_at) is not int or not 0 <= logged_at < 2**63:
            raise ValueError("a table was logged at a time")
        check_key(key)
        put_without_index(
            form,
            run_id=run_id,
            attempt=sent.attempt,
            key=key,
            step=sent.step,
            table=sent.table,
            logged_at=logged_at,
        )


def add_files(archive: ArchiveWriter, run: Run, number: int, said: list[dict[str, Any]]) -> Iterator[bytes]:
    """Add a run's files to an archive, and to `said` what is known of each.

    A file whose bytes the storage has lost is said without a member: one lost file keeps nobody from leaving.
    """
    for place, file in enumerate(files_of(run).iterator(), start=1):
        member: str | None = file_member(number, place)
        try:
            with file.open() as stream:
                yield from archive.member(file_member(number, place), stream, size=file.size, packed=False)
        except FileGone:
            member = None
        said.append(_file_facts(file, member))


def _file_facts(file: RunFile, member: str | None) -> dict[str, Any]:
    return {
        "path": file.path,
        "member": member,
        "size": file.size,
        "sha256": file.sha256,
        "media_type": file.media_type,
        "changed_at": file.changed_at.isoformat(),
    }


def store_file(run: Run, facts: FileFacts, stream: Stream) -> None:
    """Make a file of a run as it was. Raises what put_file refuses."""
    file = put_file(run, facts.path, stream, facts.media_type, facts.sha256)
    RunFile.objects.filter(id=file.id).update(changed_at=facts.changed_at)


def paths_are_distinct(files: Sequence[FileFacts]) -> bool:
    return len({one.path for one in files}) == len(files)
