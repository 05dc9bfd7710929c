"""A load generator that costs little CPU, in a process of its own: keep-alive connections over one epoll loop.

Each connection sends its next request when the last is answered (a closed loop), straight from prepared bytes: client
and server share the machine, so what the client burns the server lacks.
"""

import contextlib
import gc
import multiprocessing
import re
import selectors
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

TIMEOUT_SECONDS = 120.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_RECEIVE = 2**16


def head(path: str, length: int, *, key: str = "", accept: str = "application/json", method: str = "POST") -> bytes:
    """The bytes of an HTTP request before its body of so many bytes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {length}", f"Accept: {accept}"]
    lines += ["Content-Type: application/json"] + ([f"Authorization: Bearer {key}"] if key else [])
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True)
class Bulk:
    """Requests prepared as a whole: (head, index of its body in bodies) each, so that bodies are kept once."""

    requests: list[tuple[bytes, int]]
    bodies: list[bytes]

    def __iter__(self) -> Iterator[list[bytes]]:
        return iter([[before, self.bodies[place]] for before, place in self.requests])


@dataclass(frozen=True)
class Rows:
    """One writer's live training: one row of keys a request, written as it goes. writer: its name in the body."""

    path: str
    key: str
    writer: str
    keys: tuple[str, ...]
    variants: Sequence[bytes]  # JSON of {"key": value, …}, used in turn
    limit: int = 10**9
    first_step: int = 0

    def __iter__(self) -> Iterator[list[bytes]]:
        now = time.time_ns() // 1_000_000
        for seq in range(self.limit):
            step = self.first_step + seq
            values = self.variants[seq % len(self.variants)]
            body = b'{"writer":"%b","seq":%d,"rows":[{"step":%d,"time":%d,"values":%b}]}' % (
                self.writer.encode(),
                seq,
                step,
                now + seq,
                values,
            )
            yield [head(self.path, len(body), key=self.key), body]


@dataclass
class Answers:
    """What came back. began, ended: monotonic seconds; seconds: of each request, in order of arrival."""

    began: float = 0.0
    ended: float = 0.0
    seconds: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def took(self) -> float:
        return self.ended - self.began

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.seconds) / self.took


class Generator:
    """A load process: made ready first, then let go. seconds: when to stop sending; None sends everything."""

    def __init__(
        self, port: int, streams: Sequence[Iterable[list[bytes]]], *, seconds: float | None = None, keep: bool = False
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_main, args=(theirs, port, streams, seconds, keep), daemon=True)
        self._process.start()
        theirs.close()
        self._receive()

    def go(self) -> None:
        self._pipe.send("go")

    def answers(self) -> Answers:
        """Wait for the end. Raises RuntimeError when a request was refused."""
        found: Answers = self._receive()
        self._process.join()
        return found

    def _receive(self) -> Any:
        said = self._pipe.recv()
        if isinstance(said, str) and said != "ready":
            raise RuntimeError(said)
        return said


def run(
    port: int, streams: Sequence[Iterable[list[bytes]]], *, seconds: float | None = None, keep: bool = False
) -> Answers:
    """Send everything, each stream over a connection of its own. keep: also the bodies of the answers."""
    generator = Generator(port, streams, seconds=seconds, keep=keep)
    generator.go()
    return generator.answers()


def _main(
    pipe: Connection, port: int, streams: Sequence[Iterable[list[bytes]]], seconds: float | None, keep: bool
) -> None:
    try:
        lines = [_Line(port, stream) for stream in streams]
        gc.disable()
        pipe.send("ready")
        pipe.recv()
        pipe.send(_loop(lines, seconds, keep))
    except Exception as error:
        with contextlib.suppress(OSError):
            pipe.send(f"{type(error).__name__}: {error}")


class _Line:
    """One connection and what goes over it."""

    def __init__(self, port: int, stream: Iterable[list[bytes]]) -> None:
        self.requests = iter(stream)
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.out: list[memoryview] = []
        self.got = bytearray()
        self.began = 0.0

    def next(self) -> bool:
        """Begin the next request; False when there is none."""
        request = next(self.requests, None)
        if request is None:
            return False
        self.out = [memoryview(part) for part in request]
        self.began = time.perf_counter()
        return True

    def send(self) -> bool:
        """Send what the socket takes; True when all is out."""
        while self.out:
            try:
                sent = self.socket.sendmsg(self.out)
            except BlockingIOError:
                return False
            while self.out and sent >= len(self.out[0]):
                sent -= len(self.out.pop(0))
            if sent:
                self.out[0] = self.out[0][sent:]
        return True

    def receive(self) -> bytes | None:
        """The body of the answer once it is all here. Raises RuntimeError unless its status is 200."""
        piece = self.socket.recv(_RECEIVE)
        if not piece:
            raise RuntimeError("The server closed the connection.")
        self.got += piece
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        found = _LENGTH.search(self.got, 0, end)
        size = end + 4 + (int(found[1]) if found else 0)
        if len(self.got) < size:
            return None
        if self.got[9:12] != b"200":
            raise RuntimeError(f"The server answered {bytes(self.got[:600])!r}")
        body = bytes(self.got[end + 4 : size])
        del self.got[:size]
        return body


def _loop(lines: list[_Line], seconds: float | None, keep: bool) -> Answers:
    answers = Answers()
    selector = selectors.DefaultSelector()
    answers.began = time.perf_counter()
    stop_at = answers.began + (seconds if seconds is not None else 10**9)
    active = 0

    def begin(line: _Line, registered: bool) -> int:
        """Start the line's next request; 0 when it has none."""
        if time.perf_counter() >= stop_at or not line.next():
            if registered:
                selector.unregister(line.socket)
            return 0
        events = selectors.EVENT_READ if line.send() else selectors.EVENT_READ | selectors.EVENT_WRITE
        if not registered:
            selector.register(line.socket, events, line)
        elif selector.get_key(line.socket).events != events:
            selector.modify(line.socket, events, line)
        return 1

    for line in lines:
        active += begin(line, False)
    while active:
        ready = selector.select(TIMEOUT_SECONDS)
        if not ready:
            raise RuntimeError(f"No answer within {TIMEOUT_SECONDS:.0f} s.")
        for key, events in ready:
            line = key.data
            if events & selectors.EVENT_WRITE and line.send():
                selector.modify(line.socket, selectors.EVENT_READ, line)
            if events & selectors.EVENT_READ:
                body = line.receive()
                if body is None:
                    continue
                answers.seconds.append(time.perf_counter() - line.began)
                if keep:
                    answers.bodies.append(body)
                active += begin(line, True) - 1
    answers.ended = time.perf_counter()
    for line in lines:
        line.socket.close()
    return answers
