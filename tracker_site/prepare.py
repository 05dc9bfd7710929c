"""Brings an installation to where it can serve: databases, the first admin, static files. Safe to repeat."""

import fcntl
import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.db import connections

from apps.accounts.services import make_first_admin
from tracker_site.celery import make_broker_folders

FINGERPRINT = ".fingerprint"


def prepare() -> None:
    """Make folders, migrate every database, make the first admin, build and collect the static files that changed."""
    make_broker_folders()
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    make_first_admin()
    build_assets()
    connections.close_all()


def build_assets() -> None:
    """Build what the browser loads, when something of it changed since the last time."""
    if "build_assets" in get_commands():
        call_command("build_assets", verbosity=0)
    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    fingerprint = _static_fingerprint()
    stamp = root / FINGERPRINT
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another site of the same code may start now
        if stamp.exists() and stamp.read_text() == fingerprint:
            return
        # Older files stay: their names carry a hash, and a site that runs may still give them out.
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(fingerprint)


def _static_fingerprint() -> str:
    """Changes whenever a static file is added, removed or edited, and with another Django."""
    lines = [django.__version__]
    for finder in get_finders():
        for name, storage in finder.list([]):
            facts = Path(storage.path(name)).stat()
            lines.append(f"{name} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256(os.linesep.join(sorted(lines)).encode()).hexdigest()
