"""Asking again what may be answered later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from paceline.connection import Away
from paceline.pulls.rest import NotNow

Found = TypeVar("Found")
FIRST_PAUSE = 1.0  # seconds, where nobody says how long; doubled each time


def patiently(act: Callable[[], Found], seconds: float, say: Callable[[str], None]) -> Found:
    """Do it, again where we are asked to wait, for so many seconds in all; then raises Away or NotNow as it came.

    act: what may be done twice, since an answer may be lost after the other side acted.
    """
    end, pause = time.monotonic() + seconds, FIRST_PAUSE
    while True:
        try:
            return act()
        except (Away, NotNow) as later:
            wait = later.retry_after or pause
            if time.monotonic() + wait > end:
                raise
            say(f"{later}; asking again in {wait:.0f} s.")
            time.sleep(wait)
            pause *= 2
