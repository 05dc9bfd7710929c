"""Throwaway PostgreSQL, Redis and S3: on free loopback ports, data in a temporary folder, gone with the test run."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.services.finders import Missing, postgresql_folder, redis_program
from tests.services.keeper import Kept

START_SECONDS = 60.0
_HASTE = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]  # nobody keeps this data


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_postgresql(*, durable: bool = False) -> tuple[Kept, str]:
    """A running PostgreSQL and its URL without a database name. durable: wait for the disk, as a real one does."""
    programs = postgresql_folder()
    if programs is None:
        raise Missing("PostgreSQL is missing: `make test` installs it or says how.")
    folder = Path(tempfile.mkdtemp(prefix="paceline-postgresql-"))
    user = _own(folder)
    data = folder / "data"
    locale = "C.UTF-8" if b"C.utf8" in _locales() else "C"
    command = [str(programs / "initdb"), "-D", str(data), "-U", "paceline", "-A", "trust", "-E", "UTF8", "-N"]
    command.append(f"--locale={locale}")
    try:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **_as(user))
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder)
        raise RuntimeError(f"initdb failed: {error.stderr.decode()}") from error
    port = free_port()
    choices = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories=", "max_connections=200"]
    choices += [] if durable else _HASTE
    options = [word for choice in choices for word in ("-c", choice)]
    kept = Kept(
        [str(programs / "postgres"), "-D", str(data), *options],
        log=folder / "log",
        folder=folder,
        user=user,
        stop_signal=signal.SIGINT,  # fast: do not wait for clients
    )
    _wait(kept, lambda: b"database system is ready" in kept.log.read_bytes())
    return kept, f"postgresql://paceline@127.0.0.1:{port}"


def start_redis() -> tuple[Kept, str]:
    """A running Redis that writes nothing to disk, and its URL."""
    program = redis_program()
    if program is None:
        raise Missing("Redis is missing: `make test` installs it or says how.")
    folder = Path(tempfile.mkdtemp(prefix="paceline-redis-"))
    port = free_port()
    command = [str(program), "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    kept = Kept(command, log=folder / "log", folder=folder)
    _wait(kept, lambda: b"Ready to accept connections" in kept.log.read_bytes())
    return kept, f"redis://127.0.0.1:{port}"


def start_s3() -> tuple[Kept, str]:
    """A running S3-compatible server (moto's), without buckets and open to any key, and its URL."""
    folder = Path(tempfile.mkdtemp(prefix="paceline-s3-"))
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    kept = Kept(command, log=folder / "log", folder=folder)
    _wait(kept, lambda: b"Running on" in kept.log.read_bytes())
    return kept, f"http://127.0.0.1:{port}"


def _wait(kept: Kept, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if not kept.running or time.monotonic() > deadline:
            raise RuntimeError(f"A server did not start: {kept.log.read_text() if kept.log.exists() else 'no log'}")
        time.sleep(0.05)


def _own(folder: Path) -> str:
    """Whom PostgreSQL runs as: "" for ourselves, another when we are root, which it refuses. folder becomes theirs."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in ("postgres", "nobody") if name in names)
    shutil.chown(folder, user)
    return user


def _as(user: str) -> dict[str, Any]:
    return {"user": user, "extra_groups": []} if user else {}


def _locales() -> bytes:
    try:
        return subprocess.run(["locale", "-a"], capture_output=True, check=False).stdout
    except FileNotFoundError:
        return b""
