"""`manage.py doctor`: looks at everything a site needs, and says of each thing that is not well what to do."""

import functools
import os
import ssl
import stat
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.db import DatabaseError, connections
from django.utils import timezone

from apps.core.disk import FULL_FROM, disk_use
from apps.core.health import broker_reachable, database_answers, migrations_applied
from apps.history.queries import waiting_in_all
from apps.hosting.jobs import QUEUE
from apps.hosting.models import Sign

SEEN_WITHIN = timedelta(seconds=120)
CLOCK_WITHIN_SECONDS = 2.0
MANY_WAITING = 100_000
LEAST_POSTGRESQL = 15
PROBE = "doctor-probe"


class Finding(NamedTuple):
    """state: "ok", "warn" or "fail". advice: what to do, "" when all is well."""

    name: str
    state: str
    said: str
    advice: str = ""


def findings() -> Iterator[Finding]:
    """One after the other, so that a slow one is seen to be slow."""
    for alias in connections:
        yield from _looked(f"database {alias}", functools.partial(_database, alias))
        yield from _looked(f"migrations {alias}", functools.partial(_migrations, alias))
    for name, look in (
        ("queue", _queue),
        ("worker", _worker),
        ("waiting", _waiting),
        ("disk", _disk),
        ("clock", _clock),
        ("secret key", _secret_key),
        ("files", _files),
        ("address", _address),
        ("settings", _settings),
    ):
        yield from _looked(name, look)


def _looked(name: str, look: Callable[[], Finding]) -> Iterator[Finding]:
    try:
        yield look()
    except Exception as error:  # its text may hold a password
        yield Finding(name, "fail", f"cannot be looked at: {type(error).__name__}", "The log says more.")


def _database(alias: str) -> Finding:
    name = f"database {alias}"
    try:
        database_answers(alias)
    except DatabaseError as error:
        place = "SERIES_DATABASE_URL" if alias == "series" else "DATABASE_URL"
        return Finding(
            name, "fail", f"does not answer: {type(error).__name__}", f"Is it running, and is {place} right?"
        )
    return _sqlite(name, alias) if connections[alias].vendor == "sqlite" else _postgresql(name, alias)


def _asked(alias: str, question: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return str(cursor.fetchone()[0])


def _sqlite(name: str, alias: str) -> Finding:
    version = _asked(alias, "SELECT sqlite_version()")
    journal, synchronous = _asked(alias, "PRAGMA journal_mode"), _asked(alias, "PRAGMA synchronous")
    if journal != "wal":
        advice = "It must lie on a disk of this machine: network folders have no WAL. Or use PostgreSQL."
        return Finding(name, "fail", f"SQLite {version} in journal mode {journal}", advice)
    if synchronous != "2":
        return Finding(name, "fail", f"SQLite {version}, synchronous={synchronous}", "A setting of ours was overruled.")
    folder = os.path.dirname(str(connections[alias].settings_dict["NAME"]))  # noqa: PTH120
    if not os.access(folder, os.W_OK):
        return Finding(name, "fail", f"{folder} cannot be written", "Give the folder to the user the site runs as.")
    return Finding(name, "ok", f"SQLite {version}, WAL, every commit waits for the disk")


def _postgresql(name: str, alias: str) -> Finding:
    version = _asked(alias, "SHOW server_version")
    if int(_asked(alias, "SHOW server_version_num")) < LEAST_POSTGRESQL * 10_000:
        return Finding(name, "fail", f"PostgreSQL {version}", f"Upgrade it to {LEAST_POSTGRESQL} or newer.")
    if _asked(alias, "SHOW server_encoding") != "UTF8":
        return Finding(name, "fail", "its encoding is not UTF8", "Make a new database with ENCODING 'UTF8'.")
    if _asked(alias, "SHOW transaction_read_only") == "on":
        return Finding(name, "fail", "is read-only", "Is it a standby? The URL must name the primary server.")
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        if _asked(alias, f"SHOW {setting}") == "off":
            return Finding(name, "warn", f"{setting} is off", "Turn it on: acknowledged points may be lost in a crash.")
    return Finding(name, "ok", f"PostgreSQL {version}, UTF8, every commit waits for the disk")


def _migrations(alias: str) -> Finding:
    said = migrations_applied(alias)
    if said == "ok":
        return Finding(f"migrations {alias}", "ok", "all applied")
    return Finding(f"migrations {alias}", "fail", said, "Run `manage.py prepare`.")


def _queue() -> Finding:
    said = broker_reachable()
    kind = "Redis" if settings.REDIS_URL else f"files in {settings.BROKER_DIR}"
    if said == "ok":
        return Finding("queue", "ok", kind)
    return Finding("queue", "fail", said, "Run `manage.py prepare`, which makes its folders.")


def _worker() -> Finding:
    since = timezone.now() - SEEN_WITHIN
    alive = list(Sign.objects.filter(name__startswith="worker ", seen_at__gt=since).order_by("name"))
    advice = (
        "Start the site, or `manage.py worker` where its pieces run apart. Until then points are kept, uncompacted."
    )
    if not alive:
        return Finding("worker", "fail", f"none was seen within {SEEN_WITHIN.seconds} s", advice)
    names = ", ".join(sign.name.removeprefix("worker ") for sign in alive)
    if not Sign.objects.filter(name=QUEUE, seen_at__gt=since).exists():
        advice = "Do web and worker have the same REDIS_URL (or data folder)? Is the worker busy with one long task?"
        return Finding("worker", "warn", f"{names}, but nothing put into the queue was done", advice)
    return Finding("worker", "ok", names)


def _waiting() -> Finding:
    batches, points = waiting_in_all()
    said = f"{batches:,} batches with {points:,} points wait for compaction"
    if batches > MANY_WAITING:
        return Finding("waiting", "warn", said, "Start more workers, or give them more processes.")
    return Finding("waiting", "ok", said)


def _disk() -> Finding:
    use = disk_use()
    said = f"{use.percent} % of {use.total / 1e9:,.0f} GB used, {use.free / 1e9:,.1f} GB free ({settings.DATA_DIR})"
    advice = "Delete runs or set retention rules (docs/hosting.md), or give it a larger disk."
    if use.share >= FULL_FROM:
        return Finding("disk", "fail", said, advice)
    return Finding("disk", "warn", said, advice) if use.is_filling else Finding("disk", "ok", said)


def _clock() -> Finding:
    now = datetime.now(UTC)
    if now.year < 2025:
        return Finding("clock", "fail", f"it is {now:%Y-%m-%d} here", "Set this machine's clock; run an NTP client.")
    for alias in connections:
        if connections[alias].vendor == "postgresql":
            apart = abs(
                float(_asked(alias, "SELECT EXTRACT(EPOCH FROM clock_timestamp())")) - timezone.now().timestamp()
            )
            if apart > CLOCK_WITHIN_SECONDS:
                said = f"this machine and database {alias} are {apart:.1f} s apart"
                return Finding("clock", "warn", said, "Run an NTP client on both.")
    return Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _secret_key() -> Finding:
    if os.environ.get("PACELINE_SECRET_KEY"):
        if len(settings.SECRET_KEY) < 32:
            return Finding("secret key", "fail", "PACELINE_SECRET_KEY is short", "Take 50 random characters.")
        return Finding("secret key", "ok", "from PACELINE_SECRET_KEY")
    path = settings.DATA_DIR / "secret-key"
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("secret key", "fail", f"others may read {path}", f"chmod 600 {path}")
    if settings.DATABASE_URL:
        advice = "Set PACELINE_SECRET_KEY to the same text on every machine of this site."
        return Finding("secret key", "warn", f"of this machine alone ({path})", advice)
    return Finding("secret key", "ok", str(path))


def _files() -> Finding:
    if "files" not in settings.STORAGES:
        return Finding("files", "ok", "this site stores none")
    storage = storages["files"]
    if isinstance(storage, FileSystemStorage):
        place = storage.location
        parent = place if os.path.isdir(place) else os.path.dirname(place)  # noqa: PTH112, PTH120
        if not os.access(parent, os.W_OK):
            return Finding("files", "fail", f"{place} cannot be written", "Give it to the user the site runs as.")
        return Finding("files", "ok", f"a folder, {place}")
    storage.exists(PROBE)
    return Finding("files", "ok", f"{type(storage).__name__} answers")


def _address() -> Finding:
    if not settings.PUBLIC_URL:
        return Finding("address", "ok", "PACELINE_URL is not set: links name the address of the request")
    if not settings.HTTPS:
        advice = "Put a proxy with TLS before the site and set PACELINE_URL to its https:// address."
        return Finding("address", "warn", f"{settings.PUBLIC_URL} has no TLS", advice)
    if not settings.TRUSTED_PROXIES:
        advice = "Set PACELINE_PROXIES to the number of proxies before the site, else all clients have one address."
        return Finding("address", "warn", "PACELINE_PROXIES is 0", advice)
    try:
        with urllib.request.urlopen(f"{settings.PUBLIC_URL}/healthz", timeout=5):  # noqa: S310
            return Finding("address", "ok", settings.PUBLIC_URL)
    except (urllib.error.URLError, ssl.SSLError, TimeoutError) as error:
        said = f"{settings.PUBLIC_URL} does not answer from here: {getattr(error, 'reason', error)}"
        return Finding("address", "warn", said, "Do DNS and the proxy lead here? Is the certificate good?")


def _settings() -> Finding:
    if settings.DEBUG:
        return Finding(
            "settings", "fail", "PACELINE_DEBUG is on", "Turn it off: pages show code to whoever breaks one."
        )
    if settings.PUBLIC_URL and settings.ALLOWED_HOSTS == ["*"]:
        return Finding("settings", "warn", "the site answers to any host name", "Set PACELINE_HOSTS to your own.")
    return Finding("settings", "ok", "no debugging")
