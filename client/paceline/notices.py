"""What the client tells its user: short lines on stderr, each problem once. Never raises."""

from __future__ import annotations

import os
import sys

_told: set[str] = set()


def say(text: str) -> None:
    """Print one line for the user, unless PACELINE_QUIET is set."""
    if not os.environ.get("PACELINE_QUIET"):
        _write(text)


def warn(text: str, *, once: str = "") -> None:
    """Print a warning; those with the same `once` only the first time in this process."""
    if once:
        if once in _told:
            return
        _told.add(once)
    _write(f"warning: {text}")


def _write(text: str) -> None:
    try:
        sys.stderr.write(f"paceline: {text}\n")
        sys.stderr.flush()
    except Exception:  # noqa: S110 - a closed or full stderr must not stop a training
        pass
