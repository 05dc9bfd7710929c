"""What a process logged and no server has acknowledged yet: a folder of append-only segments that survives crashes.

    <folder>/run.json       the run: where it goes, how to create it, the writer's id. Written once.
    <folder>/created.json   what the server answered to its creation
    <folder>/000001.seg …   frames, oldest first; a segment whose frames are all acknowledged is deleted
    <folder>/sent           "segment offset": everything before it is acknowledged
    <folder>/files/         what log_file() was given and no server has yet
    <folder>/console-1.raw  what the console printed and no frame holds yet (paceline.console)
    <folder>/refused/       batches the server refused for good, each with the reason
    <folder>/lock           held by the process that writes or sends

A frame is kind (1 byte), length and CRC-32 (4 bytes each, of kind and payload), payload. A frame torn by a crash ends
its segment. Frames go to the operating system at once, so a killed process loses none; to the disk itself (fsync) at
least every SYNC_SECONDS, when a segment is full and when the spool is closed, which bounds what a power cut can take.
Where the disk refuses, frames wait in memory instead.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import struct
import tempfile
import threading
import time
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

MAGIC = b"PACELINE SPOOL 1\n"
FRAME = struct.Struct("<BII")
BATCH_HEAD = struct.Struct("<QI")  # seq, points; before a batch's compressed JSON
BATCH, CHANGE, FINISH, LINES, FILE, TABLE = 1, 2, 3, 4, 5, 6
MANY = (BATCH, LINES, TABLE)  # kinds that a full spool takes no more of
SEGMENT_BYTES = 4 << 20
MEMORY_BYTES = 64 << 20  # what waits in memory while the disk refuses
LARGEST_FRAME = 256 << 20
SYNC_SECONDS = 5.0


class Record(NamedTuple):
    """One frame: its kind, its payload, and where it ends (segment 0: held in memory)."""

    kind: int
    payload: bytes
    segment: int
    end: int


class Waiting(NamedTuple):
    """What a spool still holds, or a sender sent: frames, the points and lines in their batches, files and tables."""

    frames: int
    points: int
    lines: int = 0
    files: int = 0
    tables: int = 0

    @property
    def words(self) -> str:
        """ "2,000 points and 1 file", for the user."""
        parts = [f"{self.points:,} points"]
        parts += [f"{self.lines:,} lines"] if self.lines else []
        parts += [f"{self.files:,} files"] if self.files else []
        parts += [f"{self.tables:,} tables"] if self.tables else []
        return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


class Spool:
    """One process's spool of one run. append() is called by one thread, first() and acknowledge() by another."""

    def __init__(self, folder: Path | None, limit: int) -> None:
        """folder None: memory only. limit: bytes on disk beyond which append() takes no more batches."""
        self.folder = folder
        self.limit = limit
        self.damaged = 0  # bytes that could not be read back
        self.refused = 0  # batches set aside
        self._lock = threading.Lock()
        self._files = threading.Lock()
        self._sizes: dict[int, int] = {}  # segment -> bytes written
        self._memory: deque[tuple[int, bytes]] = deque()
        self._memory_bytes = 0
        self._file_bytes = 0
        self._writing: int | None = None  # file descriptor of the newest segment
        self._reading: tuple[int, int] | None = None  # segment, file descriptor
        self._position = (1, len(MAGIC))  # segment, offset: what first() reads next
        self._put_off: tuple[int, int] | None = None  # the first frame that was put off, if any is
        self._held_back: set[int] = set()  # the segments of all that were
        self._done: set[tuple[int, int]] = set()  # ends of the frames behind it that are acknowledged all the same
        self._locked: int | None = None
        self._synced = time.monotonic()

    # --- Making and finding ---

    @classmethod
    def create(cls, root: Path, name: str, run: dict[str, Any], limit: int) -> Spool:
        """A new spool under root, or under the temporary folder, or in memory: whatever the disks allow."""
        for parent in (root, Path(tempfile.gettempdir()) / f"paceline-{os.getuid() if hasattr(os, 'getuid') else 0}"):
            spool = cls(parent / name, limit)
            try:
                (parent / name).mkdir(mode=0o700, parents=True)
                if spool.lock():
                    spool.write_json("run.json", run)
                    return spool
            except OSError:
                spool.release()
        return cls(None, limit)

    @classmethod
    def open(cls, folder: Path) -> Spool:
        """A spool another process left. Raises OSError when it cannot be read."""
        spool = cls(folder, limit=0)
        spool._sizes = {int(path.stem): path.stat().st_size for path in folder.glob("*.seg") if path.stem.isdigit()}
        first = min(spool._sizes, default=1)
        spool._position = (first, len(MAGIC))
        try:
            segment, offset = map(int, (folder / "sent").read_text().split())
            if segment >= first:
                spool._position = (segment, offset)
        except (OSError, ValueError):
            pass  # sending again what was acknowledged is harmless
        spool._file_bytes = sum(path.stat().st_size for path in (folder / "files").glob("*"))
        spool.refused = sum(1 for _ in (folder / "refused").glob("*.json"))
        return spool

    def lock(self) -> bool:
        """Take the spool for this process; False when another one, still alive, has it."""
        if self.folder is None or self._locked is not None:
            return True
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is not None:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            except OSError:
                pass  # a file system without locks: better unlocked than unwritten
        self._locked = descriptor
        return True

    def read_json(self, name: str) -> dict[str, Any]:
        """A small JSON file of the folder; {} when it is not there or damaged."""
        try:
            value = json.loads((self.folder / name).read_bytes()) if self.folder else {}
        except (OSError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def write_json(self, name: str, value: dict[str, Any]) -> None:
        """Replace a small JSON file of the folder at once and durably. Raises OSError."""
        if self.folder is None:
            return
        new = self.folder / f"{name}.new"
        (self.folder / name).parent.mkdir(mode=0o700, exist_ok=True)
        with self._files, new.open("w", encoding="utf-8") as file:
            json.dump(value, file)
            file.flush()
            os.fsync(file.fileno())
            new.replace(self.folder / name)

    # --- Writing ---

    def append(self, kind: int, payload: bytes) -> bool:
        """Keep one frame. False when there is no room for it: it is lost, and the caller counts it."""
        check = zlib.crc32(payload, zlib.crc32(bytes([kind])))
        frame = FRAME.pack(kind, len(payload), check) + payload
        with self._lock:
            if kind in MANY and self._held() + len(frame) > self.limit:
                return False
            if self.folder is not None and self._append_to_disk(frame):
                return True
            if kind in MANY and self._memory_bytes + len(frame) > MEMORY_BYTES:
                return False
            self._memory.append((kind, payload))
            self._memory_bytes += len(payload)
            return True

    def _held(self) -> int:
        """Bytes on disk and in memory, files to be sent among them."""
        return sum(self._sizes.values()) + self._memory_bytes + self._file_bytes

    # --- Files to be sent ---

    def keep_file(self, content: Path | bytes) -> str:
        """Copy a file, or write bytes, into the spool; the name it has there. Raises OSError, also when it is large.

        Safe to call from any thread.
        """
        if self.folder is None:
            raise OSError("there is no folder that can be written")
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        with self._lock:
            if self._held() + size > self.limit:
                raise OSError(f"it has {size:,} bytes, and the spool holds at most {self.limit:,} (PACELINE_SPOOL_MAX)")
            self._file_bytes += size
        name = secrets.token_hex(8)
        try:
            (self.folder / "files").mkdir(mode=0o700, exist_ok=True)
            if isinstance(content, bytes):
                (self.folder / "files" / name).write_bytes(content)
            else:
                shutil.copyfile(content, self.folder / "files" / name)
        except OSError:
            self._forget_file(name, size)
            raise
        return name

    def file(self, name: str) -> Path:
        """Where a kept file is. name: as keep_file gave it."""
        assert self.folder is not None
        return self.folder / "files" / Path(name).name

    def forget_file(self, name: str) -> None:
        """Delete a kept file that the server has."""
        try:
            size = self.file(name).stat().st_size
        except OSError:
            return
        self._forget_file(name, size)

    def _forget_file(self, name: str, size: int) -> None:
        try:
            self.file(name).unlink()
        except OSError:
            pass
        with self._lock:
            self._file_bytes -= size

    def _append_to_disk(self, frame: bytes) -> bool:
        newest = max(self._sizes, default=0)
        try:
            if self._writing is None or self._sizes[newest] >= SEGMENT_BYTES:
                self._close_writing()
                newest = max(newest + 1, self._position[0])
                path = self._segment(newest)
                self._writing = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
                try:
                    _write_all(self._writing, MAGIC)
                except OSError:
                    self._close_writing()
                    path.unlink()
                    raise
                self._sizes[newest] = len(MAGIC)
            try:
                _write_all(self._writing, frame)
            except OSError:
                os.ftruncate(self._writing, self._sizes[newest])
                os.lseek(self._writing, self._sizes[newest], os.SEEK_SET)
                raise
        except OSError:
            return False
        self._sizes[newest] += len(frame)
        return True

    def sync(self, *, now: bool = False) -> None:
        """Bring what was appended to the disk itself, if SYNC_SECONDS have passed or now."""
        if not now and time.monotonic() - self._synced < SYNC_SECONDS:
            return
        with self._lock:
            descriptor = os.dup(self._writing) if self._writing is not None else None
        if descriptor is not None:
            try:
                os.fsync(descriptor)
            except OSError:
                pass  # the frames are with the operating system; the next sync tries again
            finally:
                os.close(descriptor)
        self._synced = time.monotonic()

    def _close_writing(self) -> None:
        descriptor, self._writing = self._writing, None
        if descriptor is not None:
            try:
                os.fsync(descriptor)
            except OSError:
                pass
            os.close(descriptor)

    # --- Reading ---

    def first(self) -> Record | None:
        """The oldest frame not acknowledged, or None. Damage is skipped up to the next segment and counted."""
        with self._lock:
            while True:
                segment, offset = self._position
                size = self._sizes.get(segment)
                if size is not None and offset < size:
                    record = self._frame(segment, offset, size)
                    if record is not None and (segment, record.end) in self._done:
                        self._position = (segment, record.end)
                        continue
                    if record is not None:
                        return record
                    self.damaged += size - offset
                    self._position = (segment, size)
                    continue
                later = [number for number in self._sizes if number > segment]
                if later:
                    self._position = (min(later), len(MAGIC))
                    self._drop_before(min(later))
                    continue
                if self._memory:
                    kind, payload = self._memory[0]
                    return Record(kind, payload, 0, 0)
                return None

    def put_off(self, record: Record) -> bool:
        """Let first() go on behind this frame until take_up(); False for one that only memory holds."""
        with self._lock:
            if record.segment == 0:
                return False
            self._put_off = self._put_off or self._position
            self._held_back.add(record.segment)
            self._position = (record.segment, record.end)
            return True

    def take_up(self) -> None:
        """Let first() give what was put off, in order, and then what is left behind it."""
        with self._lock:
            if self._put_off is not None:
                self._position, self._put_off = self._put_off, None
                self._held_back.clear()

    def empty(self) -> bool:
        """Whether everything appended is acknowledged. Reads nothing."""
        with self._lock:
            if self._put_off is not None:
                return False
            segment, offset = self._position
            on_disk = any(size > (offset if number == segment else len(MAGIC)) for number, size in self._sizes.items())
            return not on_disk and not self._memory

    def _frame(self, segment: int, offset: int, size: int) -> Record | None:
        """The frame at offset, or None when it is torn or damaged."""
        try:
            descriptor = self._reader(segment)
            os.lseek(descriptor, offset, os.SEEK_SET)
            head = os.read(descriptor, FRAME.size)
            if len(head) < FRAME.size:
                return None
            kind, length, check = FRAME.unpack(head)
            end = offset + FRAME.size + length
            if end > size or length > LARGEST_FRAME:
                return None
            payload = b""
            while len(payload) < length:
                piece = os.read(descriptor, length - len(payload))
                if not piece:
                    return None
                payload += piece
        except OSError:
            return None
        if zlib.crc32(payload, zlib.crc32(bytes([kind]))) != check:
            return None
        return Record(kind, payload, segment, end)

    def _reader(self, segment: int) -> int:
        if self._reading is None or self._reading[0] != segment:
            self._close_reading()
            self._reading = (segment, os.open(self._segment(segment), os.O_RDONLY | getattr(os, "O_BINARY", 0)))
        return self._reading[1]

    def acknowledge(self, record: Record) -> None:
        """Forget a frame that the server has, or that was set aside."""
        with self._lock:
            if record.segment == 0:
                _, payload = self._memory.popleft()
                self._memory_bytes -= len(payload)
                return
            self._position = (record.segment, record.end)
            if self._put_off is not None:
                self._done.add(self._position)
            if self._sizes.get(record.segment, 0) >= SEGMENT_BYTES and record.end >= self._sizes[record.segment]:
                self._close_reading()
            self._note_position()

    def _note_position(self) -> None:
        if self.folder is None:
            return
        new = self.folder / "sent.new"
        segment, offset = self._put_off or self._position
        try:
            new.write_text(f"{segment} {offset}\n")
            new.replace(self.folder / "sent")
        except OSError:
            pass  # sending again what was acknowledged is harmless

    def _drop_before(self, segment: int) -> None:
        """Delete the segments whose frames are all acknowledged."""
        self._close_reading()
        self._note_position()
        for number in [number for number in self._sizes if number < segment and number not in self._held_back]:
            try:
                self._segment(number).unlink()
            except OSError:
                pass
            del self._sizes[number]
        self._done = {end for end in self._done if end[0] in self._sizes}

    def set_aside(self, record: Record, name: str, content: dict[str, Any]) -> bool:
        """Write a refused frame's content to refused/ and forget the frame; False when the disk did not take it."""
        kept = True
        try:
            if self.folder is None:
                raise OSError
            self.write_json(f"refused/{name}.json", content)
        except OSError:
            kept = False
        self.refused += 1
        self.acknowledge(record)
        return kept

    def waiting(self) -> Waiting:
        """What is not acknowledged yet. Reads the frames' heads only."""
        with self._lock:
            heads = [(kind, payload[: BATCH_HEAD.size]) for kind, payload in self._memory]
            heads += list(self._heads())
        counts = {BATCH: 0, LINES: 0}
        for kind, head in heads:
            if kind in counts and len(head) == BATCH_HEAD.size:
                counts[kind] += BATCH_HEAD.unpack(head)[1]
        files = sum(kind == FILE for kind, _ in heads)
        tables = sum(kind == TABLE for kind, _ in heads)
        return Waiting(len(heads), counts[BATCH], counts[LINES], files, tables)

    def _heads(self) -> Iterator[tuple[int, bytes]]:
        first, begin = self._put_off or self._position
        for segment in sorted(number for number in self._sizes if number >= first):
            offset = begin if segment == first else len(MAGIC)
            try:
                with self._segment(segment).open("rb") as file:
                    while offset + FRAME.size <= self._sizes[segment]:
                        file.seek(offset)
                        kind, length, _ = FRAME.unpack(file.read(FRAME.size))
                        if offset + FRAME.size + length > self._sizes[segment]:
                            break
                        head = file.read(min(length, BATCH_HEAD.size))
                        offset += FRAME.size + length
                        if (segment, offset) not in self._done:
                            yield kind, head
            except (OSError, struct.error):
                continue

    # --- Ending ---

    def close(self) -> None:
        """Bring everything to the disk; nothing is appended any more. Reading goes on."""
        with self._lock:
            self._close_writing()

    def release(self) -> None:
        """Let go of every file and of the lock; the folder stays for `paceline sync`."""
        with self._lock:
            self._close_writing()
            self._close_reading()
            self._unlock()

    def abandon(self) -> None:
        """In a forked child: close its copies of the parent's files without touching what the parent writes."""
        for descriptor in (self._writing, self._reading[1] if self._reading else None, self._locked):
            if descriptor is not None:
                try:
                    os.close(descriptor)
                except OSError:
                    pass
        self._writing = self._reading = self._locked = None
        self._lock = threading.Lock()

    def remove(self) -> None:
        """Delete the folder, which holds nothing unsent; refused batches keep theirs."""
        with self._lock:
            self._close_writing()
            self._close_reading()
            if self.folder is not None:
                if self.refused:
                    for number in self._sizes:
                        self._segment(number).unlink(missing_ok=True)
                    self._sizes.clear()
                else:
                    shutil.rmtree(self.folder, ignore_errors=True)
            self._unlock()

    def _unlock(self) -> None:
        descriptor, self._locked = self._locked, None
        if descriptor is not None:
            os.close(descriptor)

    def _close_reading(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            os.close(reading[1])

    def _segment(self, number: int) -> Path:
        assert self.folder is not None
        return self.folder / f"{number:06d}.seg"


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def left_behind(root: Path, most: int = 50) -> int:
    """How many of the newest spools in a folder hold something and belong to no running process."""
    found = 0
    for folder in spools_in(root)[-most:]:
        try:
            if any(folder.glob("*.seg")):
                spool = Spool.open(folder)
                found += spool.lock() and not spool.empty()
                spool.release()
        except OSError:
            continue
    return found


def spools_in(root: Path) -> list[Path]:
    """The spool folders at or directly under root, oldest first."""
    if (root / "run.json").is_file():
        return [root]
    try:
        return sorted(path.parent for path in root.glob("*/run.json"))
    except OSError:
        return []
