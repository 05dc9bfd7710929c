"""`paceline login`: asks for a server and a key, tries them, and keeps them in the user's own settings file."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from paceline.connection import Failure
from paceline.server import Blocked, Server
from paceline.settings import server_address, user_file

MAX_KEY = 1_000


def login(server: str, key: str, team: str, say: Callable[[str], None]) -> int:
    """Keep a server, a key and perhaps a team; what is "" is asked for, and the key "-" read from stdin.

    Gives 0 when they work and are kept, 1 when the server refuses the key or is away; then nothing changes. Raises
    ValueError for what is no address or key.
    """
    before = _entries(user_file())
    address = server_address(server or _asked("Server", before.get("server", "http://127.0.0.1:8000")))
    text = sys.stdin.readline() if key == "-" else key or getpass.getpass(f"API key ({address}/accounts/keys/): ")
    text = text.strip()
    if not text or len(text) > MAX_KEY or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("that is no API key; the site's page “API keys” makes one")
    problem = _problem(address, text)
    if problem:
        say(problem)
        return 1
    entries = {**before, "server": address, "api_key": text}
    if team:
        entries["team"] = team
    try:
        path = _write(entries)
    except OSError as error:
        say(f"The settings cannot be written: {error}")
        return 1
    say(f"Runs of this user go to {address}. Kept in {path}, which only you can read.")
    return 0


def _problem(address: str, key: str) -> str:
    """Why this key does not work there, "" when it does."""
    server = Server(address, key)
    try:
        server.get("me/")
    except Blocked as blocked:
        if blocked.status in (401, 403):
            return f"{address} does not take this key: {blocked.message}"
        return f"{address} does not answer as a Paceline server does: {blocked.message}"
    except Failure as failure:
        return f"{address} cannot be reached: {failure.message}"
    finally:
        server.close()
    return ""


def _asked(what: str, default: str) -> str:
    sys.stderr.write(f"{what} [{default}]: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() or default


def _entries(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith(("#", ";")))
    return {name.strip(): value.strip() for name, value in found}


def _write(entries: dict[str, str]) -> Path:
    """Replace the file at once; its folder and it are the user's alone from the first byte on."""
    path = user_file()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(f"{name} = {value}\n" for name, value in entries.items())
    new.replace(path)
    return path
