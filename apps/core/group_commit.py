"""The group-commit thread of SQLite: one writer per process that commits all waiting batches together.

SQLite has one write lock and, with synchronous=FULL, one disk flush per commit. Request threads that compete for it
starve each other; one thread that takes whatever waits and answers each by its own result does not.
PostgreSQL commits groups by itself, so there each request writes for itself.
"""

import functools
import os
import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from apps.core.errors import TrackerError
from apps.core.transactions import in_series_write, series_connection

Result = TypeVar("Result")
AT_ONCE = 256


class _Job(Generic[Result]):
    """One write: its work, and a lock that opens when it is done."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self.work = work
        self.done = threading.Lock()
        self.done.acquire()
        self.result: Result | None = None
        self.error: BaseException | None = None


class GroupCommit:
    """Runs writes of many threads in common transactions of one thread, which owns its database connection.

    The thread starts with the first write, so that it exists in the process that writes: after a fork, in the child.
    """

    def __init__(self) -> None:
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None

    def run(self, work: Callable[[], Result]) -> Result:
        """Run work inside the next common transaction; return its result once that is on the disk.

        work checks everything before it writes anything: what it raises reaches the caller, and the others commit.
        """
        job = _Job(work)
        self._jobs.put(job)
        if self._thread is None:
            self._begin()
        job.done.acquire()
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]

    def _begin(self) -> None:
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="group-commit", daemon=True)
                self._thread.start()

    def _loop(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            while len(jobs) < AT_ONCE:
                try:
                    jobs.append(self._jobs.get_nowait())
                except queue.Empty:
                    break
            try:
                in_series_write(functools.partial(_run_all, jobs))
            except BaseException as error:
                for job in jobs:
                    job.result, job.error = None, error
                series_connection().close_if_unusable_or_obsolete()
            for job in jobs:
                job.done.release()


def _run_all(jobs: list[_Job]) -> None:
    for job in jobs:
        job.result = job.error = None
        try:
            job.result = job.work()
        except TrackerError as refusal:
            job.error = refusal


_group = GroupCommit()


def commits_in_groups() -> bool:
    """Whether this thread's writes go through the common transaction: on SQLite, outside an open transaction."""
    connection = series_connection()
    return connection.vendor == "sqlite" and not connection.in_atomic_block


def write_in_group(work: Callable[[], Result]) -> Result:
    """Run one batch's write durably in the next common transaction."""
    return _group.run(work)
