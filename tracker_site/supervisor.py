"""Runs the site's processes: starts them, restarts one that dies, stops them all; none outlives it."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from tracker_site.parent import SUPERVISED

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
SETTLED_SECONDS = 2.0  # a process that lived so long did not die of how it was started
STOP_SECONDS = 10.0
POLL_SECONDS = 0.1


class PortTaken(Exception):
    """Another process listens where the site should."""


class FolderTaken(Exception):
    """Another supervisor runs on the same data folder."""


def free_address(host: str, port: int) -> int:
    """The port to listen on: port itself, or a free one when it is 0. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
        return int(probe.getsockname()[1])


def lock_folder(folder: Path, wait_seconds: float = STOP_SECONDS + 2) -> int:
    """Hold folder for this supervisor and its children and return the lock's file descriptor.

    Children inherit it, so that a folder is free only when the last process of the one before has gone; one that is
    just ending is waited for. Raises FolderTaken after wait_seconds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError as error:
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise FolderTaken(f"Another `serve` runs on {folder}.") from error
            time.sleep(POLL_SECONDS)


class Child:
    """One process. keep: start it again whenever it ends; else only until it ends with code 0."""

    def __init__(self, name: str, command: Sequence[str], *, keep: bool = True) -> None:
        self.name = name
        self.command = list(command)
        self.keep = keep
        self.process: subprocess.Popen[bytes] | None = None
        self.done = False
        self._started_at = 0.0
        self._start_at = 0.0
        self._wait = FIRST_WAIT_SECONDS

    def start(self, inherited: Sequence[int]) -> None:
        """Start it in a process group of its own: Ctrl-C reaches the supervisor only, which then stops all in order."""
        environment = os.environ | {SUPERVISED: str(os.getpid())}
        self.process = subprocess.Popen(  # noqa: S603
            self.command, env=environment, pass_fds=inherited, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._started_at = time.monotonic()

    def look_after(self, inherited: Sequence[int]) -> None:
        """Start it again when it has ended and its wait is over. The wait doubles while it keeps dying young."""
        if self.done:
            return
        now = time.monotonic()
        if self.process is None:
            if now >= self._start_at:
                self.start(inherited)
            return
        code = self.process.poll()
        if code is None:
            return
        self.kill_group()  # what it started itself goes with it
        self.process = None
        if code == 0 and not self.keep:
            self.done = True
            return
        if now - self._started_at > SETTLED_SECONDS:
            self._wait = FIRST_WAIT_SECONDS
        self._start_at = now + self._wait
        say(f"The {self.name} process ended ({_ending(code)}); it starts again in {self._wait:.1f} s.")
        self._wait = min(self._wait * 2, LONGEST_WAIT_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def kill_group(self) -> None:
        """Kill whatever is left of its process group."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
            self.process.wait()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps children running until SIGINT, SIGTERM or SIGHUP, then stops them all."""

    def __init__(self, children: Sequence[Child], inherited: Sequence[int] = ()) -> None:
        self.children = list(children)
        self.inherited = list(inherited)
        self._stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    @property
    def stopping(self) -> bool:
        return self._stopping.is_set()

    def start(self) -> None:
        for child in self.children:
            child.start(self.inherited)

    def look_after(self) -> None:
        """One round: restart who died, then rest for POLL_SECONDS or until told to stop."""
        for child in self.children:
            child.look_after(self.inherited)
        self._stopping.wait(POLL_SECONDS)

    def run(self) -> None:
        """Look after the children until told to stop."""
        while not self.stopping:
            self.look_after()

    def stop(self) -> None:
        """Ask the children to end, wait up to STOP_SECONDS, kill what is left. Who uses the site ends before it."""
        for keep in (False, True):
            ending = [child for child in self.children if child.keep is keep]
            for child in ending:
                child.signal(signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while any(child.running for child in ending) and time.monotonic() < deadline:
                time.sleep(0.02)
            for child in ending:
                child.kill_group()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()


def say(message: str) -> None:
    """One line to whoever watches the terminal."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201


def _ending(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    return signal.Signals(-code).name
