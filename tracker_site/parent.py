"""Lets a process end with the one that started it, however that one ends."""

import ctypes
import os
import signal
import sys
import threading
import time

SUPERVISED = "PACELINE_SUPERVISED"  # set by the supervisor for its children: its process id
_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Kill this process when its parent dies, even by SIGKILL. Call it from the main thread, again after each fork.

    Everything durable survives a kill at any instruction, so there is nothing to wait for.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        if os.getppid() != parent:  # it died while we asked
            os._exit(1)
    else:
        threading.Thread(target=_watch, args=[parent], name="watch-parent", daemon=True).start()


def die_with_supervisor() -> None:
    """What manage.py and the WSGI module call first: end with the parent when a supervisor runs this process."""
    supervisor = os.environ.get(SUPERVISED)
    if not supervisor:
        return
    die_with_parent()
    if os.getppid() == 1 and supervisor != "1":
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
