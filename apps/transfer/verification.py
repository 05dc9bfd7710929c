"""Reads every byte of a project's archive and says what it holds, or what is wrong with it. No Django.

    python -m apps.transfer.verification MAX_POINTS MAX_BYTES < ARCHIVE

It runs in a process of its own with bounded memory and time, since what is read is anybody's: a few bytes of Parquet
may say that they are gigabytes, and a broken file may end the process that reads it. It prints
{"manifest": …, "histories": {member: {"points", "series", "attempt"}}} or {"problem": …}.
"""

import hashlib
import json
import resource
import sys
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apps.transfer.formats import (
    ARCHIVE,
    ARCHIVE_VERSION,
    MANIFEST,
    MAX_GROUP_BYTES,
    MAX_LINE_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_MEMBERS,
    MAX_TEXT_BYTES,
    MEMBER,
    ROWS_AT_ONCE,
    RUNS,
    SCHEMA,
)
from apps.transfer.window import Window, stored_member

MEMORY_BYTES = 4 * 2**30
CPU_SECONDS = 3_600
MAX_KEY_LENGTH = 250
MAX_SERIES = 10_000 * 1_000  # keys × attempts that have points
_BLOCK = 1 << 20
_BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError)  # of a zip file


class Problem(Exception):
    """Why an archive is refused: a sentence for people."""


def verified(file: IO[bytes], max_points: int, max_bytes: int) -> dict[str, Any]:
    """What a whole and sound archive holds. Raises Problem."""
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN as error:
        raise Problem(f"The file is no whole zip archive ({error}).") from error
    members = _members(archive)
    if (size := sum(member.file_size for member in members.values())) > max_bytes:
        raise Problem(
            f"The archive has {size:,} bytes unpacked, more than the {max_bytes:,} that are imported this way."
        )
    manifest = _manifest(archive, members)
    counts = {"points": 0, "series": 0}
    histories = {}
    for name, said in manifest["files"].items():
        member = members[name]
        if name.startswith("history/"):
            try:
                window = stored_member(file, member)
            except ValueError as error:
                raise Problem(str(error)) from error
            _check_digest(name, window, said)
            histories[name] = found = _history(name, window, max_points - counts["points"])
            counts = {what: number + found[what] for what, number in counts.items()}
        else:
            try:
                with archive.open(member) as entry:
                    _check_digest(name, entry, said)
            except _BROKEN as error:
                raise Problem(f"{name} is damaged: {error}.") from error
    for what, number in counts.items():
        if manifest["counts"].get(what) != number:
            raise Problem(f"The manifest says {manifest['counts'].get(what)} {what}, the archive holds {number}.")
    return {"manifest": {name: value for name, value in manifest.items() if name != "files"}, "histories": histories}


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    listed = archive.infolist()
    if len(listed) > MAX_MEMBERS:
        raise Problem(f"The archive has {len(listed):,} members; at most {MAX_MEMBERS:,} are read.")
    members: dict[str, zipfile.ZipInfo] = {}
    for member in listed:
        if member.filename in members:
            raise Problem(f"The archive has the member {member.filename[:80]!r} twice.")
        if not MEMBER.fullmatch(member.filename):
            raise Problem(f"The archive has a member that is none of ours: {member.filename[:80]!r}.")
        if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Problem(f"{member.filename} is packed in a way that is not read.")
        if member.filename.endswith(".md") and member.file_size > MAX_TEXT_BYTES:
            raise Problem(f"{member.filename} has {member.file_size:,} bytes; at most {MAX_TEXT_BYTES:,} are read.")
        members[member.filename] = member
    return members


def _manifest(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> dict[str, Any]:
    if MANIFEST not in members:
        raise Problem("The archive has no manifest.json: it is none of ours, or was cut off.")
    if members[MANIFEST].file_size > MAX_MANIFEST_BYTES:
        raise Problem(f"manifest.json has more than {MAX_MANIFEST_BYTES:,} bytes.")
    try:
        manifest = json.loads(archive.read(MANIFEST))
        if manifest["format"] != ARCHIVE:
            raise Problem("The archive is not one of a project.")
        if manifest["version"] != ARCHIVE_VERSION:
            raise Problem(
                f"The archive has version {manifest['version']}; this release reads {ARCHIVE_VERSION}. Update the site."
            )
        files = {str(name): (int(said["bytes"]), str(said["sha256"])) for name, said in manifest["files"].items()}
        if not all(type(number) is int for number in manifest["counts"].values()) or RUNS not in files:
            raise ValueError
        if not isinstance(manifest["project"], dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, *_BROKEN) as error:
        raise Problem("manifest.json cannot be read.") from error
    manifest["files"] = files
    if missing := [*(files.keys() - members.keys()), *(members.keys() - files.keys() - {MANIFEST})]:
        raise Problem(f"The manifest and the archive differ in {missing[0][:80]!r}.")
    return dict(manifest)


def _check_digest(name: str, entry: IO[bytes] | Window, said: tuple[int, str]) -> None:
    """Read a member whole, in pieces; a line that is too long is noticed on the way."""
    digest, size, line = hashlib.sha256(), 0, 0
    while block := entry.read(_BLOCK):
        digest.update(block)
        size += len(block)
        end = block.rfind(b"\n")
        line = line + len(block) if end < 0 else len(block) - end - 1
        if name.endswith(".jsonl") and line > MAX_LINE_BYTES:
            raise Problem(f"{name} has a line of more than {MAX_LINE_BYTES:,} bytes.")
        if size > said[0]:
            break
    if (size, digest.hexdigest()) != said:
        raise Problem(f"{name} is damaged: its size or SHA-256 is not the one in the manifest.")


def _history(name: str, window: Window, max_points: int) -> dict[str, int]:
    """Points, series and the newest attempt of a Parquet file, read to its end."""
    window.seek(0)
    try:
        file = pq.ParquetFile(pa.PythonFile(window, mode="r"))
        if file.schema_arrow.remove_metadata() != SCHEMA:
            raise Problem(f"{name} has other columns than an export: {', '.join(SCHEMA.names)}.")
        if file.metadata.num_rows > max_points:
            raise Problem(f"The archive has more points than the {max_points:,} that are left to import.")
        series: set[tuple[str, int]] = set()
        newest = points = 0
        for place in range(file.num_row_groups):
            group = file.metadata.row_group(place)
            if group.num_rows > ROWS_AT_ONCE or group.total_byte_size > MAX_GROUP_BYTES:
                raise Problem(f"{name} has a row group that is larger than any of ours.")
            table = file.read_row_group(place)
            table.validate(full=True)
            points += table.num_rows
            keys = table["key"].combine_chunks().dictionary_encode()
            for key in keys.dictionary.to_pylist():
                if not 1 <= len(key) <= MAX_KEY_LENGTH or "\0" in key:
                    raise Problem(f"{name} has a key that cannot be stored: {key[:80]!r}.")
            attempts = table["attempt"].to_numpy()
            if len(attempts) and attempts.min() < 1:
                raise Problem(f"{name} has an attempt below 1.")
            newest = max(newest, int(attempts.max(initial=0)))
            if pc.min(table["time"].cast(pa.int64())).as_py() == -(2**63):
                raise Problem(f"{name} has a time that cannot be stored.")
            pairs = np.unique(keys.indices.to_numpy().astype(np.int64) << 32 | attempts)
            for pair in pairs.tolist():
                series.add((keys.dictionary[pair >> 32].as_py(), pair & 0xFFFFFFFF))
            if len(series) > MAX_SERIES:
                raise Problem(f"{name} has more than {MAX_SERIES:,} series.")
        if points != file.metadata.num_rows:
            raise Problem(f"{name} is damaged: it holds other points than it says.")
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Problem(f"{name} is damaged: {str(error).splitlines()[0][:200]}.") from error
    return {"points": points, "series": len(series), "attempt": newest}


def main() -> None:
    """Verify standard input within MEMORY_BYTES and CPU_SECONDS; more of either ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    try:
        with Path("/dev/stdin").open("rb") as file:  # opened anew: what we read must not move the parent's place
            found = verified(file, int(sys.argv[1]), int(sys.argv[2]))
    except Problem as problem:
        found = {"problem": str(problem)}
    except MemoryError:
        found = {"problem": "The archive needs more memory to be read than any of ours."}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
