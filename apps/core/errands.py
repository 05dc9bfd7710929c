"""Small things done after a request has its answer, by one thread of the process: hints to workers, and what is late.

Nothing may depend on them: a queue that is slow or missing must never slow a request. A lost errand costs time, not
data, since a sweep finds what it was about.
"""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable
from contextvars import Context, copy_context

from django.db import connections

logger = logging.getLogger(__name__)

WARN_SECONDS = 60.0


class Errands:
    """Runs errands in the order they came. The thread starts with the first: after a fork, in the child."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._reset()
        os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        self._start = threading.Lock()
        self._warned = -WARN_SECONDS
        self._errands: queue.SimpleQueue[tuple[str, Callable[[], object], Context]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def put(self, what: str, work: Callable[[], object]) -> None:
        """Run work soon, under the id of the request being served. what: names it in a warning ("settle a run")."""
        self._errands.put((what, work, copy_context()))
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
                    self._thread.start()

    def _loop(self) -> None:
        while True:
            what, work, context = self._errands.get()
            try:
                context.run(work)
            except Exception as error:
                if time.monotonic() - self._warned > WARN_SECONDS:
                    self._warned = time.monotonic()
                    logger.warning("Could not %s: %s. The next sweep will find it.", what, error)
            finally:
                for connection in connections.all(initialized_only=True):
                    connection.close_if_unusable_or_obsolete()
