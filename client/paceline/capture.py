"""What a run records without being asked: its code, surroundings, console, and what its machine does meanwhile.

One thread finds out what takes time (git on a slow disk, hundreds of packages) and then reads the machine's counters.
Nothing of it is waited for by the training, and nothing of it can end it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from paceline import code, notices, provenance, workplace
from paceline.secrets import scrubbed_document
from paceline.system import Meter


class Taking(NamedTuple):
    """Where a run takes what is found: facts of its provenance, files, and rows (values, ms since the epoch)."""

    facts: Callable[[dict[str, Any]], None]
    file: Callable[[str, bytes, str], None]
    row: Callable[[dict[str, float], int], None]


class Capture:
    """The thread of one run."""

    def __init__(self, taking: Taking, *, code: bool, seconds: float) -> None:
        """code: record commit, diff and surroundings. seconds: between readings of the machine, 0: none."""
        self._taking = taking
        self._code = code
        self._seconds = seconds
        self._stop = threading.Event()
        self.described = threading.Event()
        self._thread = threading.Thread(target=self._run, name="paceline-watch", daemon=True)

    def start(self) -> None:
        if self._code or self._seconds > 0:
            self._thread.start()
        else:
            self.described.set()

    def stop(self, timeout: float) -> None:
        """Give what is still being found out some time, then leave it."""
        self.described.wait(timeout)
        self._stop.set()

    def _run(self) -> None:
        try:
            if self._code:
                self._describe()
        except Exception as error:  # a fault of ours must not end the thread
            notices.warn(f"where the run comes from is incomplete: {error}", once="provenance")
        finally:
            self.described.set()
        if self._seconds > 0:
            self._measure()

    def _describe(self) -> None:
        known = code.git()
        self._tell({"git": known})
        self._tell({"hardware": workplace.hardware(), "job": workplace.job()})
        self._tell({"packages": provenance.packages()})
        if known:  # else there is no repository, or its disk does not answer
            self._tell(code.untracked())
            diff = code.diff()
            if diff:
                self._taking.file(code.DIFF_FILE, diff.encode(), "text/x-diff; charset=utf-8")

    def _tell(self, found: dict[str, Any]) -> None:
        known = {name: value for name, value in found.items() if value}
        if known:
            self._taking.facts(scrubbed_document(known))

    def _measure(self) -> None:
        meter = Meter()
        while not self._stop.wait(self._seconds):
            try:
                values = meter.readings()
                if values:
                    self._taking.row(values, int(time.time() * 1000))
            except Exception as error:
                notices.warn(f"the machine is no longer measured: {type(error).__name__}: {error}", once="measure")
                return
