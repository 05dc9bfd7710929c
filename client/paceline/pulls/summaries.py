"""Where a text goes that cannot be a comment: the summary page of the job, else what the job prints."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from paceline.pulls.bodies import shortened

LARGEST_SUMMARY = 1 << 20  # bytes of one step; GitHub drops what is longer


def write_summary(text: str, url: str, environment: Mapping[str, str] = os.environ) -> str:
    """Put the text where people look who cannot be told in the pull request; gives where that is, in words.

    url: of the whole report. Gitea and Forgejo take summaries and show none, so the text is printed there too.
    """
    where = []
    path = environment.get("GITHUB_STEP_SUMMARY", "")
    if path and _appended(Path(path), text, url):
        where.append("the job summary")
    if not where or environment.get("GITHUB_API_URL", "").rstrip("/").endswith("/api/v1"):
        _print(text, environment)
        where.append("the output of this job")
    return " and ".join(where)


def _appended(path: Path, text: str, url: str) -> bool:
    try:
        room = LARGEST_SUMMARY - (path.stat().st_size if path.exists() else 0) - 2
        text = shortened(text, room, url, lambda words: len(words.encode()))
        if len(text.encode()) > room:
            return False
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")
    except OSError:
        return False
    return True


def _print(text: str, environment: Mapping[str, str]) -> None:
    """Print it; lines that begin with :: would be commands to a runner of GitHub's kind."""
    token = secrets.token_hex(16) if environment.get("GITHUB_ACTIONS") else ""
    begin, end = (f"::stop-commands::{token}\n", f"::{token}::\n") if token else ("", "")
    sys.stdout.write(f"{begin}{text}\n{end}")
    sys.stdout.flush()
