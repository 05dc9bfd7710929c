"""What the site counts for Prometheus. Each process adds to a file of its own; /metrics adds the files up.

The files are small memory maps in settings.METRICS_DIR: a count survives a kill, and costs one or two microseconds.
The folder is in memory by default, since a map on a disk that fills would kill its process.
"""

import functools
import logging
import os
import socket
import tempfile
from pathlib import Path

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

logger = logging.getLogger(__name__)

ROLE = "PACELINE_ROLE"  # what a process is, set by its command: web, worker
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_identity = (0, "")


def _process() -> str:
    """This process' name among all that write here, also those of other containers. Without "_", which ends it."""
    global _identity
    pid = os.getpid()
    if _identity[0] != pid:
        _identity = pid, f"{_prefix()}{pid}"
    return _identity[1]


def _prefix() -> str:
    return f"{os.environ.get(ROLE, 'other')}-{socket.gethostname()}-".replace("_", "-")


class _Meters:
    """Made on first use, so that commands and tests that count nothing leave no files."""

    def __init__(self) -> None:
        self.shared = _share()
        self.own = own = CollectorRegistry()
        self.requests = Histogram(
            "paceline_request_seconds",
            "Time from request to answer.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=own,
        )
        self.batches = Counter("paceline_batches", "Batches of points taken.", ["result"], registry=own)
        self.points = Counter("paceline_points", "Points stored.", registry=own)
        self.compactions = Histogram(
            "paceline_compaction_seconds", "Time to compact what a run had waiting.", buckets=_SECONDS, registry=own
        )
        self.tasks = Histogram(
            "paceline_task_seconds", "Time of background tasks.", ["task", "state"], buckets=_SECONDS, registry=own
        )
        self.charts = Counter("paceline_chart_questions", "Questions charts asked, answered.", registry=own)
        self.limited = Counter("paceline_rate_limited", "Requests refused by a rate limit.", ["kind"], registry=own)


def _share() -> bool:
    """Let this process count where the others see it; False where its folder cannot be written."""
    folder = Path(settings.METRICS_DIR)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        logger.warning("What is counted for /metrics stays in this process: %s", error)
        return False
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue(_process)
    return True


@functools.cache
def _meters() -> _Meters:
    return _Meters()


@functools.lru_cache(maxsize=4_096)
def _request_meter(method: str, route: str, status: int) -> Histogram:
    return _meters().requests.labels(method, route, str(status))


@functools.cache
def _batch_meter(result: str) -> Counter:
    return _meters().batches.labels(result)


def request_served(method: str, route: str, status: int, seconds: float) -> None:
    """route: the pattern of the URL, never a URL itself: there must be few."""
    _request_meter(method, route, status).observe(seconds)


def batch_taken(points: int, duplicate: bool) -> None:
    _batch_meter("duplicate" if duplicate else "stored").inc()
    if points:
        _meters().points.inc(points)


def compaction_done(seconds: float) -> None:
    _meters().compactions.observe(seconds)


def task_done(task: str, state: str, seconds: float) -> None:
    _meters().tasks.labels(task, state).observe(seconds)


def charts_answered(questions: int) -> None:
    _meters().charts.inc(questions)


def request_limited(kind: str) -> None:
    _meters().limited.labels(kind).inc()


def all_processes() -> CollectorRegistry:
    """A registry with the sums over all processes."""
    if not _meters().shared:
        return _meters().own
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry


def begin_process(role: str) -> None:
    """Say what this process is, and forget what those of its kind on this machine counted before a restart."""
    os.environ[ROLE] = role
    for left in Path(settings.METRICS_DIR).glob(f"*_{_prefix()}*.db"):
        left.unlink(missing_ok=True)
