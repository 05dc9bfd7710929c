"""Where a run comes from: code, command, machine. Collected without installing or importing anything; never raises."""

from __future__ import annotations

import getpass
import os
import platform
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

GIT_SECONDS = 3.0
HIDDEN = "[hidden]"
MODULES = {  # of distributions that are called otherwise and do not list them
    "scikit-learn": "sklearn",
    "pillow": "PIL",
    "pyyaml": "yaml",
    "opencv-python": "cv2",
    "pytorch-lightning": "pytorch_lightning",
    "tensorflow-cpu": "tensorflow",
}
_SECRET_NAME = re.compile(r"(?:^|[-_.])(?:api[-_]?key|key|token|secret|password|passwd|pwd)$", re.IGNORECASE)
_SECRET_SHAPE = re.compile(
    r"\b(?:sk-[\w-]{16,}|gh[opsu]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|hf_\w{16,}|xox[abprs]-[\w-]{10,}"
    r"|AKIA[0-9A-Z]{16}|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]+)"
)


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


def without_password(address: str) -> str:
    """A remote's address without user and password."""
    try:
        parts = urlsplit(address)
        if parts.scheme and "@" in parts.netloc and parts.scheme != "ssh":
            return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    except ValueError:
        return ""
    return address


def scrubbed_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line in which the values of --api-key, --token=… and their like, and known token shapes, are hidden."""
    shown: list[str] = []
    hide_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if hide_next and not argument.startswith("-"):
            shown.append(HIDDEN)
        elif equals and _SECRET_NAME.search(name):
            shown.append(f"{name}={HIDDEN}")
        else:
            shown.append(_SECRET_SHAPE.sub(HIDDEN, argument))
        hide_next = argument.startswith("-") and not equals and bool(_SECRET_NAME.search(argument))
    return [argument.encode(errors="replace").decode() for argument in shown]


def scrubbed(value: Any, name: str = "") -> Any:
    """A JSON value in which texts under names like api_key, token or password, and known token shapes, are hidden."""
    if isinstance(value, dict):
        return {key: scrubbed(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [scrubbed(item, name) for item in value]
    if isinstance(value, str) and value:
        return HIDDEN if _SECRET_NAME.search(name) else _SECRET_SHAPE.sub(HIDDEN, value)
    return value
