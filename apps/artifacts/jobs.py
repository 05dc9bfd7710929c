"""What a worker does for files: remove what was deleted, and the bytes that nothing names."""

import logging
import time
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.artifacts import storage
from apps.artifacts.errors import StorageUnavailable
from apps.artifacts.models import Blob, RunFile
from apps.artifacts.naming import named_among, unnamed
from apps.artifacts.services import RESTORABLE

logger = logging.getLogger(__name__)

KEPT_UNNAMED = timedelta(days=1)  # so that a backup of the rows still finds the bytes some hours later
INCOMING_SECONDS = 86_400.0
AT_ONCE = 1_000


def sweep(now: datetime | None = None) -> int:
    """Remove some of what nothing names; how many blobs. Each step is bounded and may be cut off anywhere.

    A blob goes in three steps, each by its own row: a sweep notes that no file names it; a day later it is condemned,
    under the lock that naming takes too; only then its bytes go, then its row. So an upload of the same bytes either
    names it before, and it stays, or finds it condemned and stores them anew under another name.
    """
    now = now or timezone.now()
    _forget_deleted(now)
    _note_unnamed(now)
    _condemn(now)
    _remove_incoming(time.time() - INCOMING_SECONDS)
    return _remove_condemned()


def _forget_deleted(now: datetime) -> None:
    gone = RunFile.objects.filter(deleted_at__lt=now - RESTORABLE).order_by("deleted_at")
    RunFile.objects.filter(id__in=list(gone.values_list("id", flat=True)[:AT_ONCE])).delete()


def _note_unnamed(now: datetime) -> None:
    found = Blob.objects.filter(unnamed(), unnamed_since=None, condemned_at=None).order_by("id")
    Blob.objects.filter(id__in=list(found.values_list("id", flat=True)[:AT_ONCE])).update(unnamed_since=now)


def _condemn(now: datetime) -> None:
    due = Blob.objects.filter(unnamed_since__lt=now - KEPT_UNNAMED, condemned_at=None).order_by("id")
    with transaction.atomic():
        locked = [blob.id for blob in due.select_for_update()[:AT_ONCE]]
        # Asked only now that nobody can name them: what was named since the note stays.
        named = named_among(locked)
        Blob.objects.filter(id__in=named).update(unnamed_since=None)
        Blob.objects.filter(id__in=[one for one in locked if one not in named]).update(condemned_at=now)


def _remove_condemned() -> int:
    removed = 0
    for blob in Blob.objects.filter(condemned_at__isnull=False).order_by("id")[:AT_ONCE]:
        try:
            storage.remove(blob.name)
        except StorageUnavailable as error:
            logger.warning("Blob %s could not be removed: %s The next sweep tries again.", blob.name, error.message)
            break
        Blob.objects.filter(id=blob.id).delete()
        removed += 1
    return removed


def _remove_incoming(before: float) -> None:
    """Remove what processes that were killed during an upload left behind."""
    folder = Path(settings.FILES_INCOMING)
    for left in folder.glob("incoming-*") if folder.is_dir() else ():
        try:
            if left.stat().st_mtime < before:
                left.unlink()
        except FileNotFoundError:  # its upload ended just now
            continue
