"""The code a run was made from, as git knows it: commit, uncommitted diff, untracked files. Bounded; never raises."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from paceline.secrets import scrubbed, scrubbed_in_pieces, without_password

GIT_SECONDS = 5.0  # for each question: a repository on a dead network disk answers never
DIFF_SECONDS = 20.0
LARGEST_DIFF = 10 << 20  # bytes
LARGEST_ANSWER = 1 << 20
MOST_UNTRACKED = 1_000
DIFF_FILE = "code/diff.patch"


def git() -> dict[str, Any]:
    """Commit, branch, remote, root folder and whether there are uncommitted changes; {} outside a repository."""
    commit = _git("rev-parse", "HEAD")
    if not commit:
        return {}
    status = _git("status", "--porcelain", "--untracked-files=no")
    remote = _git("config", "--get", "remote.origin.url") or ""
    return {
        "commit": commit,
        "branch": _git("rev-parse", "--abbrev-ref", "HEAD") or "",
        "remote": without_password(remote),
        "dirty": None if status is None else bool(status),
    }


def untracked() -> dict[str, Any]:
    """Files that git does not know and is not told to ignore: the first names, and how many there are."""
    listed = _git("ls-files", "--others", "--exclude-standard", "--full-name", ":/")
    names = listed.splitlines() if listed else []
    if not names:
        return {}
    return {"untracked": [scrubbed(name) for name in names[:MOST_UNTRACKED]], "untracked_total": len(names)}


def diff() -> str:
    """What differs from the commit, staged or not, as a unified diff without secrets; binary files by name only.

    "" without changes. Cut with a note beyond LARGEST_DIFF bytes.
    """
    options = (
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--submodule=short",
        "--src-prefix=a/",
        "--dst-prefix=b/",
    )
    content, complete = _read(["diff", "HEAD", *options], LARGEST_DIFF, DIFF_SECONDS)
    if not content:
        return ""
    if not complete:
        content = content[: content.rfind(b"\n") + 1]
    text = content.decode(errors="replace").replace("\x00", "\ufffd")
    note = "" if complete else f"# The diff is cut here: only its first {LARGEST_DIFF:,} bytes are kept.\n"
    return scrubbed_in_pieces(text) + note


def asked(folder: Path, *arguments: str) -> str:
    """What git answers in a folder, "" when it does not, or not in time."""
    return _git(*arguments, folder=folder) or ""


def _git(*arguments: str, folder: Path | None = None) -> str | None:
    """What git answers, beside the script or in a folder; None when it does not, or not in time."""
    content, complete = _read(list(arguments), LARGEST_ANSWER, GIT_SECONDS, folder)
    if content is None:
        return None
    text = content.decode(errors="replace")
    return (text if complete else text[: text.rfind("\n")]).strip()


def _read(arguments: list[str], most: int, seconds: float, folder: Path | None = None) -> tuple[bytes | None, bool]:
    """At most so many bytes of git's answer within so many seconds, and whether that was all; None when it failed."""
    try:
        process = subprocess.Popen(  # noqa: S603
            ["git", "-c", "core.fsmonitor=false", "-c", "core.quotepath=false", *arguments],  # noqa: S607
            cwd=folder or _folder(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return None, False
    late = threading.Timer(seconds, process.kill)
    late.daemon = True
    late.start()
    try:
        assert process.stdout is not None
        with process.stdout:
            content = process.stdout.read(most)
            complete = not process.stdout.read(1)
        if not complete:
            process.kill()
        try:
            code = process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:  # the kernel waits for a dead disk: leave it
            return None, False
    except OSError:
        return None, False
    finally:
        late.cancel()
    return (content, complete) if code == 0 or not complete else (None, False)


def _folder() -> Path:
    """Where to ask git: beside the script, else in the working directory."""
    script = Path(sys.argv[0]) if sys.argv and sys.argv[0] else Path()
    return script.parent if script.is_file() else Path()
