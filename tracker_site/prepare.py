"""Brings an installation to where it can serve: databases, the first admin, static files, kernels. Safe to repeat."""

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import django
import numba
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.db import connections

from apps.accounts.services import make_first_admin
from tracker_site.celery import make_broker_folders


def prepare() -> None:
    """Make folders, migrate every database, make the first admin; build static files and kernels that changed."""
    make_broker_folders()
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    make_first_admin()
    with Path(os.devnull).open("w") as nowhere:
        call_command("build_assets", stdout=nowhere)  # it looks itself what changed
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another site of the same code may start now
        _when_changed(root / ".collected", [django.__version__, *_static_files()], _collect)
        _when_changed(root / ".compiled", [numba.__version__, platform.python_version(), *_kernel_files()], _compile)
    connections.close_all()


def _when_changed(stamp: Path, sources: list[str], make: Callable[[], None]) -> None:
    """Make what is made of sources, unless stamp says that it was made of just these."""
    fingerprint = hashlib.sha256("\n".join(sources).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    make()
    stamp.write_text(fingerprint)


def _collect() -> None:
    # Older files stay: their names carry a hash, and a site that runs may still give them out.
    call_command("collectstatic", verbosity=0, interactive=False)


def _compile() -> None:
    subprocess.run([sys.executable, "-m", "tracker_site.warm"], cwd=settings.BASE_DIR, check=True)


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list([]):
            yield f"{name} {_facts(Path(storage.path(name)))}"


def _kernel_files() -> Iterator[str]:
    for path in sorted((settings.BASE_DIR / "apps" / "history").glob("*.py")):
        if "@compiled" in path.read_text():
            yield f"{path.name} {_facts(path)}"


def _facts(path: Path) -> str:
    facts = path.stat()
    return f"{facts.st_size} {facts.st_mtime_ns}"
