"""Passes on what a training prints, and keeps a copy in files: a small process of its own, run as a script.

A thread of the training could do the same, but then a C library that prints while it holds the interpreter's lock
would wait for itself, and a crash would lose the last words. This process outlives the training by those words.

    python -I -S tee.py FOLDER LIMIT READ:WRITE:STREAM …

Each descriptor READ is passed on to WRITE and kept as STREAM (1 or 2) in FOLDER/console-<n>.raw: frames of HEAD and
bytes. Beyond LIMIT bytes that nobody took away, frames are left out and counted by a frame of stream 0.
"""

from __future__ import annotations

import errno
import os
import select
import signal
import struct
import sys
import time

HEAD = struct.Struct("<QBI")  # ms since the epoch, stream, length
SEGMENT_BYTES = 4 << 20


class Copy:
    """The files. A frame is written whole or not at all."""

    def __init__(self, folder: str, limit: int) -> None:
        self.folder = folder
        self.segments = max(2, limit // SEGMENT_BYTES)
        self.number = 1
        self.size = 0
        self.left_out = 0
        self.file = self.opened()

    def opened(self) -> int | None:
        try:
            path = os.path.join(self.folder, f"console-{self.number}.raw")  # noqa: PTH118 - pathlib doubles the start
            return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            return None

    def keep(self, stream: int, content: bytes) -> None:
        if self.left_out and not self.room():
            self.left_out += len(content)
            return
        frame = HEAD.pack(int(time.time() * 1000), stream, len(content)) + content
        if self.left_out:
            frame = HEAD.pack(int(time.time() * 1000), 0, 8) + struct.pack("<Q", self.left_out) + frame
        if self.file is not None and self.size > SEGMENT_BYTES:
            os.close(self.file)
            self.number, self.size = self.number + 1, 0
            self.file = self.opened() if self.room() else None
        elif self.file is None and self.room():
            self.number, self.size = self.number + 1, 0
            self.file = self.opened()
        if self.file is None:
            self.left_out += len(content)
            return
        try:
            written = os.write(self.file, frame)
        except OSError:
            written = 0
        if written < len(frame):
            os.ftruncate(self.file, self.size)
            os.lseek(self.file, self.size, os.SEEK_SET)
            self.left_out += len(content)
            return
        self.size += len(frame)
        self.left_out = 0

    def room(self) -> bool:
        try:
            return sum(name.startswith("console-") for name in os.listdir(self.folder)) < self.segments  # noqa: PTH208
        except OSError:
            return False


def pass_on(descriptor: int, content: bytes) -> bool:
    """Write everything; False when nobody reads any more."""
    view = memoryview(content)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EINTR):
                return False
            select.select([], [descriptor], [], 1.0)
    return True


def main() -> None:
    copy = Copy(sys.argv[1], int(sys.argv[2]))
    streams = {}
    for argument in sys.argv[3:]:
        read, write, stream = map(int, argument.split(":"))
        streams[read] = (write, stream)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTTOU", "SIGPIPE"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    follow_window(streams)
    poll = select.poll()
    for descriptor in streams:
        poll.register(descriptor, select.POLLIN)
    while streams:
        for descriptor, _ in poll.poll():
            try:
                content = os.read(descriptor, 1 << 16)
            except OSError:  # a terminal whose other side is closed
                content = b""
            write, stream = streams[descriptor]
            if content:
                copy.keep(stream, content)
            if not content or not pass_on(write, content):
                poll.unregister(descriptor)
                os.close(descriptor)  # who still prints hears what they would hear without us
                del streams[descriptor]


def follow_window(streams: dict[int, tuple[int, int]]) -> None:
    """Give the training's terminals the size of the real one whenever that changes."""
    import fcntl
    import termios

    def resize(*_: object) -> None:
        for read, (write, _stream) in streams.items():
            if os.isatty(read) and os.isatty(write):
                fcntl.ioctl(read, termios.TIOCSWINSZ, fcntl.ioctl(write, termios.TIOCGWINSZ, b"\0" * 8))

    signal.signal(signal.SIGWINCH, resize)


if __name__ == "__main__":
    main()
