"""Where a run comes from: code, command, machine. Collected without installing or importing anything; never raises."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

from paceline.secrets import scrubbed_arguments, without_password

GIT_SECONDS = 3.0
MODULES = {  # of distributions that are called otherwise and do not list them
    "scikit-learn": "sklearn",
    "pillow": "PIL",
    "pyyaml": "yaml",
    "opencv-python": "cv2",
    "pytorch-lightning": "pytorch_lightning",
    "tensorflow-cpu": "tensorflow",
}


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
    """Versions of the distributions whose top module is loaded already."""
    loaded = {name.partition(".")[0] for name in list(sys.modules)}
    found = {name: version for name, version, modules in _installed() if modules & loaded}
    return dict(sorted(found.items())[:500])


@lru_cache(maxsize=1)
def _installed() -> list[tuple[str, str, set[str]]]:
    """Name, version and likely modules of every installed distribution: some ten milliseconds, once a process."""
    from importlib import metadata

    found = []
    for distribution in metadata.distributions():
        try:
            name = distribution.metadata["Name"]
            listed = (distribution.read_text("top_level.txt") or "").split()
            module = name.lower().replace("-", "_")
            found.append((name, distribution.version, {module, MODULES.get(name.lower(), module), *listed}))
        except Exception:  # noqa: S112 - a broken distribution is no fact worth a crash
            continue
    return found


def git() -> dict[str, Any]:
    """Commit, branch, remote and whether there are uncommitted changes; {} outside a repository."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return {}
    status = _git("status", "--porcelain", "--untracked-files=no")
    return {
        "commit": commit,
        "branch": _git("rev-parse", "--abbrev-ref", "HEAD") or "",
        "remote": without_password(_git("config", "--get", "remote.origin.url") or ""),
        "dirty": None if status is None else bool(status),
    }


def _git(*arguments: str) -> str | None:
    script = Path(sys.argv[0]) if sys.argv and sys.argv[0] else Path()
    folder = script.parent if script.is_file() else Path()
    try:
        done = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            timeout=GIT_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"},
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None
