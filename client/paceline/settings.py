"""Where a run goes and what bounds the client: arguments first, then the environment, then the user's file.

Environment: PACELINE_SERVER, PACELINE_API_KEY, PACELINE_TEAM, PACELINE_PROJECT, PACELINE_MODE, PACELINE_RUN_ID,
PACELINE_RESUME, PACELINE_ATTEMPT, PACELINE_DIR, PACELINE_SPOOL_MAX, PACELINE_EXIT_SECONDS, PACELINE_CODE,
PACELINE_CONSOLE, PACELINE_SYSTEM_SECONDS, PACELINE_STOP, PACELINE_QUIET.
File: ~/.config/paceline/config, lines `server = …`, `api_key = …`, `team = …` (PACELINE_CONFIG names another).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from paceline.notices import warn

SPOOL_MAX = 1 << 30  # bytes one process may hold on disk
EXIT_SECONDS = 10.0  # what finish() and the end of the process wait for at most
SYSTEM_SECONDS = 10.0  # between readings of the machine
CONSOLES = ("auto", "descriptors", "python", "off")
STOPS = ("raise", "ask")
UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}


class Settings(NamedTuple):
    """Everything that does not belong to one run. server and api_key are "" when nobody named them."""

    server: str
    api_key: str
    team: str
    project: str
    directory: Path
    spool_max: int
    exit_seconds: float
    code: bool = True  # record commit, diff, packages and machine
    console: str = "auto"
    system_seconds: float = SYSTEM_SECONDS
    stop: str = "raise"  # what a stop that somebody asked for does: raise in log(), or only run.stop_requested


def read_settings(*, url: str | None = None, api_key: str | None = None, directory: str | None = None) -> Settings:
    """The settings of this process. What the environment says wrongly is warned of and left out."""
    file = _user_file()
    return Settings(
        server=server_address(url or os.environ.get("PACELINE_SERVER", "") or file.get("server", "")),
        api_key=(api_key or os.environ.get("PACELINE_API_KEY", "") or file.get("api_key", "")).strip(),
        team=os.environ.get("PACELINE_TEAM", "") or file.get("team", ""),
        project=os.environ.get("PACELINE_PROJECT", "") or file.get("project", ""),
        directory=spool_directory(directory),
        spool_max=_bytes("PACELINE_SPOOL_MAX", SPOOL_MAX),
        exit_seconds=_seconds("PACELINE_EXIT_SECONDS", EXIT_SECONDS),
        code=_choice("PACELINE_CODE", ("on", "off")) == "on",
        console=_choice("PACELINE_CONSOLE", CONSOLES),
        system_seconds=_seconds("PACELINE_SYSTEM_SECONDS", SYSTEM_SECONDS),
        stop=_choice("PACELINE_STOP", STOPS),
    )


def server_address(text: str) -> str:
    """`https://host[:port][/path]` of what was typed, without a trailing slash; "" when nothing was.

    Raises ValueError when it is no web address.
    """
    text = text.strip().rstrip("/")
    if not text:
        return ""
    if "://" not in text:
        text = f"http://{text}"
    parts = urlsplit(text)
    try:
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError
    except ValueError:
        raise ValueError(f"{text!r} is no server address; it looks like https://paceline.example.org") from None
    return text


def spool_directory(directory: str | None = None) -> Path:
    """The folder that holds spools: the argument, PACELINE_DIR, or paceline/ in the user's data folder."""
    chosen = directory or os.environ.get("PACELINE_DIR", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    try:
        data = os.environ.get("XDG_DATA_HOME", "") or str(Path.home() / ".local" / "share")
    except RuntimeError:  # no home folder, as in some containers
        data = str(Path.cwd())
    return Path(data) / "paceline"


def user_file() -> Path:
    """Where the user's own settings are. Raises RuntimeError where there is no home folder."""
    named = os.environ.get("PACELINE_CONFIG", "")
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CONFIG_HOME", "") or Path.home() / ".config") / "paceline" / "config"


def _user_file() -> dict[str, str]:
    try:
        lines = user_file().read_text(encoding="utf-8").splitlines()
    except (OSError, RuntimeError, UnicodeDecodeError):
        return {}
    entries = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith(("#", ";")))
    return {name.strip(): value.strip().strip("\"'") for name, value in entries}


def _choice(name: str, known: tuple[str, ...]) -> str:
    """One of some words, the first when nothing was said. 0, no, false and none are off, 1, yes and true the first."""
    text = os.environ.get(name, "").strip().lower()
    if text in ("0", "no", "false", "none") and "off" in known:
        return "off"
    if text in ("", "1", "yes", "true"):
        return known[0]
    if text not in known:
        warn(f"{name}={text!r} is none of {', '.join(known)}; using {known[0]}.", once=name)
        return known[0]
    return text


def _bytes(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip().lower()
    if not text:
        return default
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?", text)
    if not match:
        warn(f"{name}={text!r} is no size such as 500M or 2G; using {default} bytes.", once=name)
        return default
    return int(float(match[1]) * UNITS[match[2]])


def _seconds(name: str, default: float) -> float:
    text = os.environ.get(name, "").strip()
    try:
        seconds = float(text) if text else default
        if not 0 <= seconds < 1e9:
            raise ValueError
    except ValueError:
        warn(f"{name}={text!r} is no number of seconds; using {default:g}.", once=name)
        return default
    return seconds
