"""Finds the programs the suite needs; installs them from the distribution's packages where it may."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

POSTGRESQL_AT_LEAST = 15
REDIS_AT_LEAST = 7
DEBIAN_PACKAGES = {
    "PostgreSQL": ["postgresql"],
    "Redis": ["redis-server"],
    "Chromium": ["chromium", "fonts-dejavu-core"],
}
# Debian's build without windows draws the same pages in half the processor's time, so it is installed beside the other.
HEADLESS_SHELL = "chromium-headless-shell"
_CHROMIUM_NAMES = (HEADLESS_SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_CHROMIUM_APPS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")


class Missing(Exception):
    """A program the suite needs is not here; the text says which and the line to type."""


def postgresql_folder() -> Path | None:
    """The folder of the newest PostgreSQL's programs (postgres, initdb), if new enough."""
    found = [(version, folder) for folder in _postgresql_folders() if (version := _version(folder / "postgres"))]
    new_enough = [(version, folder) for version, folder in found if version >= POSTGRESQL_AT_LEAST]
    return max(new_enough)[1] if new_enough else None


def redis_program() -> Path | None:
    """The Redis (or Valkey) server, if new enough."""
    for name in ("redis-server", "valkey-server"):
        path = shutil.which(name)
        if path and (_version(Path(path)) or 0) >= REDIS_AT_LEAST:
            return Path(path)
    return None


def chromium_program() -> Path | None:
    for name in _CHROMIUM_NAMES:
        path = shutil.which(name)
        if path:
            return Path(path)
    for app in _CHROMIUM_APPS:
        if Path("/Applications", app).exists():
            return Path("/Applications", app)
    return None


def missing() -> list[str]:
    """The names of what is not here."""
    programs = {"PostgreSQL": postgresql_folder(), "Redis": redis_program(), "Chromium": chromium_program()}
    return [name for name, program in programs.items() if program is None]


def install_missing() -> None:
    """Install what is not here with apt-get, as root or by sudo without a password. Raises Missing where that fails."""
    names = missing()
    prefix = _root_prefix()
    lighter = shutil.which(HEADLESS_SHELL) is None and (names or _apt_knows(HEADLESS_SHELL))
    if shutil.which("apt-get") and prefix is not None and (names or lighter):
        # RUNLEVEL=1: the servers' packages must not start a server of their own.
        apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get", "-q", "-y"]
        subprocess.run([*apt, "update"], check=False, stdout=subprocess.DEVNULL)
        if lighter:
            _install(apt, [HEADLESS_SHELL, "fonts-dejavu-core"])
            names = missing()
        if names:
            _install(apt, [package for name in names for package in DEBIAN_PACKAGES[name]])
            names = missing()
    if names:
        raise Missing(f"The suite needs {', '.join(names)}. Type this, then again `make test`:\n\n    {_line(names)}\n")


def _install(apt: list[str], packages: list[str]) -> None:
    print(f"Installing {', '.join(packages)}", flush=True)
    subprocess.run([*apt, "install", "--no-install-recommends", *packages], check=False, stdout=subprocess.DEVNULL)


def _apt_knows(package: str) -> bool:
    if not shutil.which("apt-cache"):
        return False
    said = subprocess.run(["apt-cache", "policy", package], capture_output=True, text=True, check=False).stdout
    return "Candidate: " in said and "Candidate: (none)" not in said


def _line(names: list[str]) -> str:
    """The one line to type on this system."""
    if shutil.which("brew"):
        formulas = {"PostgreSQL": "postgresql@17", "Redis": "redis", "Chromium": "--cask chromium"}
        return " && ".join(f"brew install {formulas[name]}" for name in names)
    if shutil.which("dnf"):
        packages = {"PostgreSQL": "postgresql-server", "Redis": "redis", "Chromium": "chromium"}
        return "sudo dnf install " + " ".join(packages[name] for name in names)
    if shutil.which("pacman"):
        packages = {"PostgreSQL": "postgresql", "Redis": "valkey", "Chromium": "chromium"}
        return "sudo pacman -S " + " ".join(packages[name] for name in names)
    packages_of = (package for name in names for package in DEBIAN_PACKAGES[name])
    return "sudo apt-get update && sudo apt-get install " + " ".join(packages_of)


def _root_prefix() -> list[str] | None:
    """What to put before a command to run it as root; None when that needs a password."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _postgresql_folders() -> Iterator[Path]:
    path = shutil.which("postgres")
    if path:
        yield Path(path).resolve().parent
    yield from Path("/usr/lib/postgresql").glob("*/bin")
    for pattern in ("pgsql-*/bin", "opt/postgresql@*/bin"):
        for root in ("/usr", "/usr/local", "/opt/homebrew"):
            yield from Path(root).glob(pattern)


def _version(program: Path) -> int | None:
    """The first number of what a program says of its version."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"(?:v=|\s)(\d+)\.?\d*", said)
    return int(number[1]) if number else None


if __name__ == "__main__":
    try:
        install_missing()
    except Missing as error:
        sys.exit(str(error))
