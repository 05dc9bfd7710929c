"""What a training prints: caught below Python, so that C libraries and child processes are too, and made into lines.

Descriptors 1 and 2 become pipes (terminals, where they were terminals) to a small process that passes everything on and
keeps a copy (paceline.tee). In notebooks, where descriptors lead nowhere, sys.stdout and sys.stderr are listened to.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from paceline import tee, workplace
from paceline.batches import Body, pack
from paceline.secrets import scrubbed_in_pieces
from paceline.spool import LINES, Spool

STREAMS = {1: "stdout", 2: "stderr"}
LARGEST_LINE = 1 << 20  # bytes
CUT = " [cut here: the line is longer than 1 MiB]"
PROGRESS_SECONDS = 5.0  # a bar that redraws its line is told this often before the line ends
BATCH_LINES, BATCH_BYTES = 2_000, 512 << 10
COPY_BYTES = 128 << 20  # what may wait in files while nobody takes it away
HEARD_BYTES = 16 << 20  # what may wait in memory, in notebooks
GOODBYE_SECONDS = 1.0
_installed = threading.Lock()  # held while a console is caught: one at a time in a process


class Line(NamedTuple):
    """One line: when it ended (ms since the epoch), its stream and its text. unfinished: the next takes its place."""

    time: int
    stream: str
    text: str
    unfinished: bool = False

    def told(self, text: str) -> dict[str, Any]:
        """What the server takes, with the text scrubbed."""
        line = {"time": self.time, "stream": self.stream, "text": text}
        return {**line, "unfinished": True} if self.unfinished else line


class Lines:
    """Makes lines of bytes. A carriage return starts its line anew, as it does on a terminal."""

    def __init__(self, pending: dict[str, str] | None = None) -> None:
        """pending: what state() gave: the unfinished line of each stream."""
        self._pending = {stream: bytearray((pending or {}).get(stream, ""), "latin-1") for stream in STREAMS.values()}
        self._cut = dict.fromkeys(STREAMS.values(), False)
        self._told: dict[str, int] = {}

    def state(self) -> dict[str, str]:
        return {stream: pending.decode("latin-1") for stream, pending in self._pending.items() if pending}

    def feed(self, moment: int, stream: str, content: bytes) -> Iterator[Line]:
        """The lines that these bytes complete."""
        *ended, rest = content.split(b"\n")
        pending = self._pending[stream]
        for piece in ended:
            self._extend(stream, piece)
            yield Line(moment, stream, _text(pending))
            pending.clear()
            self._cut[stream] = False
        self._extend(stream, rest)
        if b"\r" in pending:
            del pending[: _redrawn(pending)]
            if moment - self._told.setdefault(stream, moment) > PROGRESS_SECONDS * 1000:
                self._told[stream] = moment
                yield Line(moment, stream, _text(pending), unfinished=True)

    def rest(self, moment: int) -> Iterator[Line]:
        """The unfinished lines, at the end."""
        for stream, pending in self._pending.items():
            if pending:
                yield Line(moment, stream, _text(pending))
                pending.clear()

    def _extend(self, stream: str, piece: bytes) -> None:
        pending = self._pending[stream]
        if self._cut[stream]:
            return
        room = LARGEST_LINE - len(pending)
        pending += piece[:room]
        if len(piece) > room:
            del pending[LARGEST_LINE - len(CUT) :]
            pending += CUT.encode()
            self._cut[stream] = True


def _redrawn(pending: bytearray) -> int:
    """Where the newest drawing of a line begins that carriage returns drew several times."""
    return pending.rstrip(b"\r").rfind(b"\r") + 1


def _text(pending: bytearray) -> str:
    return bytes(pending[_redrawn(pending) :]).rstrip(b"\r").decode(errors="replace").replace("\x00", "\ufffd")


def line_bodies(lines: list[Line]) -> Iterator[Body]:
    """The batches of some lines; secrets are hidden."""
    start = 0
    while start < len(lines):
        end, size = start, 0
        while end < len(lines) and end - start < BATCH_LINES and (size < BATCH_BYTES or end == start):
            size += len(lines[end].text)
            end += 1
        chosen = lines[start:end]
        texts = scrubbed_in_pieces("\n".join(line.text for line in chosen)).split("\n")
        told = [line.told(text) for line, text in zip(chosen, texts)]
        text = '"lines":' + json.dumps(told, ensure_ascii=False, separators=(",", ":")) + "}"
        yield Body(text.encode(errors="replace"), sum(not line.unfinished for line in chosen))
        start = end


class Copied:
    """Reads the files of paceline.tee, and remembers in console.json how far they became batches."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        state = self._state()
        self._segment, self._offset = int(state.get("segment", 1)), int(state.get("offset", 0))
        self.seq = int(state.get("seq", 0))
        self._lines = Lines(state.get("pending"))

    def _state(self) -> dict[str, Any]:
        try:
            state = json.loads((self._folder / "console.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def take(self, *, last: bool = False) -> list[Line]:
        """The lines that came since; at last the unfinished ones too."""
        found: list[Line] = []
        for moment, stream, content in self._frames():
            if stream == 0:
                text = f"[paceline: {int.from_bytes(content, 'little'):,} bytes of output were not kept]"
                found.append(Line(moment, "stderr", text))
            elif stream in STREAMS:
                found += self._lines.feed(moment, STREAMS[stream], content)
        if last:
            found += self._lines.rest(int(time.time() * 1000))
        return found

    def note(self) -> None:
        """Remember that what take() gave is kept elsewhere, and delete what is not needed any more."""
        state = {"segment": self._segment, "offset": self._offset, "seq": self.seq, "pending": self._lines.state()}
        try:
            new = self._folder / "console.json.new"
            new.write_text(json.dumps(state))
            new.replace(self._folder / "console.json")
        except OSError:
            return
        for number in range(self._segment - 1, 0, -1):
            try:
                self._path(number).unlink()
            except OSError:
                break

    def _path(self, number: int) -> Path:
        return self._folder / f"console-{number}.raw"

    def _frames(self) -> Iterator[tuple[int, int, bytes]]:
        while True:
            try:
                with self._path(self._segment).open("rb") as file:
                    file.seek(self._offset)
                    while True:
                        head = file.read(tee.HEAD.size)
                        if len(head) < tee.HEAD.size:
                            break
                        moment, stream, length = tee.HEAD.unpack(head)
                        content = file.read(length)
                        if len(content) < length:
                            break
                        self._offset += tee.HEAD.size + length
                        yield moment, stream, content
            except OSError:
                if not self._path(self._segment + 1).exists():
                    return
            if not self._path(self._segment + 1).exists():
                return
            self._segment, self._offset = self._segment + 1, 0


def keep_rest(spool: Spool, writer: str) -> int:
    """Make batches of what a killed process printed last; how many lines."""
    if spool.folder is None or not any(spool.folder.glob("console-*.raw")):
        return 0
    copied = Copied(spool.folder)
    count = 0
    for body in line_bodies(copied.take(last=True)):
        spool.append(LINES, pack(body, writer=writer, seq=copied.seq))
        copied.seq += 1
        count += body.points
    copied.note()
    return count


class Console:
    """The console of one run, from start() to stop(). take() and note() as of Copied."""

    def __init__(self, folder: Path | None, how: str) -> None:
        """how: "auto", "python" or "descriptors". folder: of the spool, None when nothing can be written."""
        self._folder = folder
        self._how = how
        self._copied: Copied | None = None
        self._heard: _Heard | None = None
        self._saved: dict[int, int] = {}  # descriptor -> a copy of what it was
        self._process: subprocess.Popen[bytes] | None = None
        self._own = False
        self._pid = os.getpid()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to catch. Whatever goes wrong, the training prints as before."""
        if not _installed.acquire(blocking=False):
            return
        self._own = True
        low = self._how == "descriptors" or (self._how == "auto" and os.name == "posix" and not workplace.in_notebook())
        if low and self._folder is not None and self._redirect():
            self._copied = Copied(self._folder)
        elif not low or self._how == "auto":
            self._heard = _Heard()

    def _redirect(self) -> bool:
        """Put the process between this one and its terminal or pipe; False when that cannot be."""
        channels: dict[int, tuple[int, int]] = {}
        try:
            for descriptor in STREAMS:
                try:
                    self._saved[descriptor] = os.dup(descriptor)
                except OSError:  # closed
                    continue
                channels[descriptor] = _channel(descriptor)
            if not channels:
                return False
            arguments = [f"{channels[one][0]}:{self._saved[one]}:{one}" for one in channels]
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", tee.__file__, str(self._folder), str(COPY_BYTES), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[*(read for read, _ in channels.values()), *self._saved.values()],
            )
            _flush()
            for descriptor, (_, write) in channels.items():
                os.dup2(write, descriptor)
        except (OSError, ValueError, subprocess.SubprocessError):
            self._restore()
            return False
        finally:
            for pair in channels.values():
                for one in pair:
                    os.close(one)
        return True

    def _restore(self) -> None:
        for descriptor, saved in self._saved.items():
            try:
                os.dup2(saved, descriptor)
                os.close(saved)
            except OSError:
                pass
        self._saved.clear()

    def stop(self) -> None:
        """Let the training print as before. take() then gives the last lines."""
        with self._lock:
            if not self._own or self._pid != os.getpid():
                return
            self._own = False
        if self._heard is not None:
            self._heard.stop()
        if self._process is not None:
            _flush()
            self._restore()
            try:
                self._process.wait(GOODBYE_SECONDS)
            except subprocess.TimeoutExpired:
                pass  # a child process prints on; what it says is passed on by the process we leave behind
            self._process.returncode = self._process.returncode or 0  # no ResourceWarning about it
        _installed.release()

    def take(self, *, last: bool = False) -> list[Line]:
        """The lines that came since."""
        if self._own and self._process is not None and self._process.poll() is not None:
            self._restore()  # somebody killed it: prints go where they went before
            self._process = None
        source = self._copied or self._heard
        return source.take(last=last) if source is not None else []

    @property
    def seq(self) -> int:
        """The number of the next batch of lines."""
        source = self._copied or self._heard
        return source.seq if source is not None else 0

    def note(self, batches: int) -> None:
        """So many batches were made of what take() gave, and are kept."""
        source = self._copied or self._heard
        if source is not None:
            source.seq += batches
            source.note()


class _Heard:
    """What is written to sys.stdout and sys.stderr."""

    def __init__(self) -> None:
        self.seq = 0
        self._lines = Lines()
        self._pieces: list[tuple[int, str, str]] = []
        self._size = self._left_out = 0
        self._lock = threading.RLock()  # a signal handler may print while we note what was printed
        self._streams = [(stream, name) for name in STREAMS.values() for stream in [getattr(sys, name)] if stream]
        self._wrapped: list[Any] = []
        for stream, name in self._streams:
            self._listen(stream, name)

    def _listen(self, stream: Any, name: str) -> None:
        write = stream.write

        def heard(text: Any) -> Any:
            answer = write(text)
            if isinstance(text, str) and text:
                with self._lock:
                    if self._size < HEARD_BYTES:
                        self._pieces.append((int(time.time() * 1000), name, text))
                        self._size += len(text)
                    else:
                        self._left_out += len(text)
            return answer

        try:
            stream.write = heard
            self._wrapped.append((stream, heard))
        except (AttributeError, TypeError):
            pass  # a stream that cannot be listened to

    def stop(self) -> None:
        for stream, heard in self._wrapped:
            if stream.__dict__.get("write") is heard:
                del stream.write
        self._wrapped = []

    def take(self, *, last: bool = False) -> list[Line]:
        with self._lock:
            pieces, self._pieces, self._size = self._pieces, [], 0
            left_out, self._left_out = self._left_out, 0
        found: list[Line] = []
        for moment, stream, text in pieces:
            found += self._lines.feed(moment, stream, text.encode(errors="replace"))
        now = int(time.time() * 1000)
        if left_out:
            found.append(Line(now, "stderr", f"[paceline: {left_out:,} characters of output were not kept]"))
        return [*found, *self._lines.rest(now)] if last else found

    def note(self) -> None:
        pass  # nothing of it survives the process


def _channel(descriptor: int) -> tuple[int, int]:
    """(read end, write end) of something like a descriptor: a terminal for a terminal, else a pipe."""
    if not os.isatty(descriptor):
        return os.pipe()
    import fcntl
    import termios

    master, slave = os.openpty()
    attributes = termios.tcgetattr(descriptor)
    attributes[1] &= ~termios.OPOST  # line ends are the real terminal's to change
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, fcntl.ioctl(descriptor, termios.TIOCGWINSZ, b"\0" * 8))
    return master, slave


def _flush() -> None:
    """Bring out what Python and C still hold of the output."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # noqa: S110 - closed, or None
            pass
    try:
        ctypes.CDLL(None).fflush(None)
    except Exception:  # noqa: S110 - another system
        pass
