"""Where a run comes from: code, command, machine. Collected without installing or importing anything; never raises."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import sys
from typing import Any

from paceline.secrets import scrubbed_arguments

MOST_PACKAGES = 3_000


def machine() -> dict[str, Any]:
    """Command line, working directory, Python, host, user and processor: what is known at once."""
    facts: dict[str, Any] = {
        "command": scrubbed_arguments([sys.executable or "python", *sys.argv]),
        "python": platform.python_version(),
        "os": platform.platform(terse=True),
        "cpus": os.cpu_count(),
        "pid": os.getpid(),
    }
    for name, read in (("host", socket.gethostname), ("user", getpass.getuser), ("directory", os.getcwd)):
        try:
            facts[name] = read()
        except Exception:  # no passwd entry, a deleted folder
            facts[name] = ""
    return facts


def packages() -> dict[str, str]:
    """Versions of the installed distributions by name: some ten milliseconds, in a thread of ours."""
    from importlib import metadata

    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        try:
            found.setdefault(distribution.metadata["Name"], distribution.version)  # the first one is what is imported
        except Exception:  # noqa: S112 - a broken distribution is no fact worth a crash
            continue
    names = sorted((name for name in found if name), key=str.lower)
    return {name: found[name] for name in names[:MOST_PACKAGES]}
