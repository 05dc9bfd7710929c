"""The processes that draw: started when there is something to draw, bounded in number, thrown away. No Django.

Two kinds. Charts of our own are drawn by processes that stay for the next one, since only our specs ever ran in them.
A chart that somebody wrote gets a process that has drawn nothing but its first small chart, and that ends after it: if
its spec took over the process, it would find nobody's data there and nobody's chart would follow.
"""

import atexit
import contextlib
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from apps.rendering.errors import CannotRender, PicturesBusy

PROGRAM = Path(__file__).resolve().parent / "drawing.py"
AT_ONCE = 2  # charts drawn by one server process at the same time
MOST_WAITING = 6  # for their turn
WAIT_SECONDS = 15.0
AGAIN_SECONDS = 10  # after which a refused asker may come again
DRAW_SECONDS = 10.0  # of one chart, without its turn and the start of its process
START_SECONDS = 30.0
MOST_CHARTS = 40  # drawn by one process
MOST_BYTES = 16 * 2**20  # of a picture
_HEAD = struct.Struct("<c?I")


class Died(Exception):
    """The process ended while it drew; late: because its time was over."""

    def __init__(self, *, late: bool, code: int) -> None:
        super().__init__(f"late: {late}, code: {code}")
        self.late = late
        self.code = code


class DrawingProcess:
    """One running program of drawing.py."""

    def __init__(self) -> None:
        self.drawn = 0
        self.ended = False
        self.large = False
        self._ready = False
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-I", str(PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"TZ": "UTC", "LANG": "C.UTF-8"},  # no secrets of the server's
        )
        _running.add(self)

    @property
    def usable(self) -> bool:
        return not (self.ended or self.large) and self.drawn < MOST_CHARTS and self._process.poll() is None

    def ask(self, request: bytes, seconds: float) -> bytes:
        """Its answer. Raises Died, and CannotRender with what vl-convert says of a chart that cannot be drawn."""
        if not self._ready:
            self._within(START_SECONDS, b"")
            self._ready = True
        self.drawn += 1
        good, answer = self._within(seconds, request)
        if not good:
            raise CannotRender(f"The panel could not be drawn: {_reason(answer.decode(errors='replace'))}")
        return answer

    def _within(self, seconds: float, request: bytes) -> tuple[bool, bytes]:
        late = threading.Event()
        watchdog = threading.Timer(seconds, self._kill_late, [late])
        watchdog.start()
        try:
            return self._answer(request)
        except (BrokenPipeError, EOFError):
            raise Died(late=late.is_set(), code=self.close()) from None
        finally:
            watchdog.cancel()

    def _answer(self, request: bytes) -> tuple[bool, bytes]:
        """What comes for a request; b"" asks nothing and waits for the word that the process is ready."""
        into, out = self._process.stdin, self._process.stdout
        if into is None or out is None:
            raise EOFError
        if request:
            into.write(struct.pack("<I", len(request)))
            into.write(request)
            into.flush()
        head = out.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise EOFError
        sign, self.large, size = _HEAD.unpack(head)
        if size > MOST_BYTES:
            self.close()
            raise CannotRender(
                f"The picture has {size / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20} MB are allowed. "
                "Draw fewer rows, or a smaller picture."
            )
        answer = out.read(size)
        if len(answer) < size:
            raise EOFError
        return sign == b"+", answer

    def _kill_late(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def close(self) -> int:
        """End it now, and say with which code it ended."""
        self.ended = True
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        _running.discard(self)
        return self._process.wait()


_running: set[DrawingProcess] = set()


class Pool:
    """The processes of this server process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._waiting = 0
        self._kept: list[DrawingProcess] = []
        self._fresh: list[DrawingProcess] = []

    @contextlib.contextmanager
    def process(self, *, own: bool) -> Iterator[DrawingProcess]:
        """A process to draw one chart with, when it is its turn. own: whether the spec is ours. Raises PicturesBusy."""
        self._take_turn()
        try:
            taken = self._taken(own=own)
            try:
                yield taken
            except BaseException:
                taken.close()
                raise
            self._give_back(taken, own=own)
        finally:
            self._turns.release()

    def _take_turn(self) -> None:
        if self._turns.acquire(blocking=False):
            return
        with self._lock:
            if self._waiting >= MOST_WAITING:
                raise PicturesBusy(
                    f"{AT_ONCE} pictures are being drawn and {MOST_WAITING} wait, which is as many as may.",
                    retry_after=AGAIN_SECONDS,
                )
            self._waiting += 1
        try:
            if not self._turns.acquire(timeout=WAIT_SECONDS):
                raise PicturesBusy(
                    f"This picture's turn did not come within {WAIT_SECONDS:.0f} s.", retry_after=AGAIN_SECONDS
                )
        finally:
            with self._lock:
                self._waiting -= 1

    def _taken(self, *, own: bool) -> DrawingProcess:
        with self._lock:
            stock = self._kept if own else self._fresh
            while stock:
                found = stock.pop()
                if found.usable:
                    return found
                found.close()
        return DrawingProcess()

    def _give_back(self, process: DrawingProcess, *, own: bool) -> None:
        if own and process.usable:
            with self._lock:
                self._kept.append(process)
            return
        process.close()
        if not own:
            with self._lock:
                if not self._fresh:  # who drew one such chart soon draws another, and it need not wait for the start
                    self._fresh.append(DrawingProcess())

    def close(self) -> None:
        with self._lock:
            for process in [*self._kept, *self._fresh]:
                process.close()
            self._kept.clear()
            self._fresh.clear()


_pool = Pool()


def pool() -> Pool:
    return _pool


def close_all() -> None:
    """End all processes, those at work too."""
    _pool.close()
    for process in list(_running):
        process.close()


def _begin_anew() -> None:
    """In a child of this process: the drawing processes are its parent's."""
    global _pool
    _running.clear()
    _pool = Pool()


atexit.register(close_all)
os.register_at_fork(after_in_child=_begin_anew)


def _reason(text: str) -> str:
    """The line of an error that is about the chart: vl-convert adds where in its own code it happened."""
    lines = [line.strip() for line in text.splitlines()]
    found = next((line for line in lines if line.startswith(("Error:", "TypeError:", "RangeError:"))), lines[0])
    return found.removeprefix("Error: ")[:300]
