"""What /metrics reads off the databases and the disk when it is asked, beside what the processes counted."""

import shutil
from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.history.queries import waiting_in_all
from apps.hosting.models import Sign
from apps.runs.models import Run, State


class Gauges(Collector):
    """The state of the site. A database that is away leaves its figures out and the others in."""

    def collect(self) -> Iterator[Metric]:
        for gauges in (_disk, _waiting, _runs, _signs):
            try:
                yield from gauges()
            except DatabaseError:
                continue

    def describe(self) -> list[Metric]:
        return []


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"paceline_{name}", text, value=value)


def _disk() -> Iterator[Metric]:
    use = shutil.disk_usage(settings.DATA_DIR)
    family = GaugeMetricFamily("paceline_disk_bytes", "The disk of the data folder.", labels=["kind"])
    for kind in ("total", "used", "free"):
        family.add_metric([kind], getattr(use, kind))
    yield family


def _waiting() -> Iterator[Metric]:
    batches, points = waiting_in_all()
    yield _gauge("waiting_batches", "Batches that wait for compaction.", batches)
    yield _gauge("waiting_points", "Points that wait for compaction.", points)


def _runs() -> Iterator[Metric]:
    running = Run.objects.filter(state=State.RUNNING, deleted_at=None).count()
    yield _gauge("running_runs", "Runs that say they are running.", running)
    deleted = Run.objects.exclude(deleted_at=None).count()
    yield _gauge("deleted_runs", "Deleted runs whose data is still being removed.", deleted)


def _signs() -> Iterator[Metric]:
    family = GaugeMetricFamily("paceline_sign_age_seconds", "Since a worker, or the queue, was seen.", labels=["name"])
    now = timezone.now()
    for sign in Sign.objects.order_by("name"):
        family.add_metric([sign.name], (now - sign.seen_at).total_seconds())
    yield family
