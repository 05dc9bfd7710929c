"""What publishing does: it freezes a revision, and stores the snapshot in one transaction."""

import contextlib
import zlib
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from apps.core.errors import TrackerError
from apps.reports.canonical import canonical, sha256
from apps.reports.freezing import Frozen, frozen, readable_parts
from apps.reports.models import Publishing, Report, Snapshot, SnapshotPiece, SnapshotRun
from apps.reports.queries import revision_of

FORGOTTEN_AFTER = timedelta(seconds=90)  # since a worker was last seen at it
MOST_TRIES = 3
_GAVE_UP = "It ended three times without an answer. Draw fewer runs or charts, then publish again."
_State = Publishing.State


def publish(publishing_id: int) -> None:
    """Publish what was asked for, unless that is done. Raises what cannot be published, and remembers why."""
    asked = Publishing.objects.select_related("report__project__team", "by").filter(id=publishing_id).first()
    if asked is None or asked.state != _State.WAITING:
        return
    same = Publishing.objects.filter(id=publishing_id, state=_State.WAITING)
    if asked.tries >= MOST_TRIES:
        same.update(state=_State.FAILED, message=_GAVE_UP)
        return
    same.update(tries=F("tries") + 1, done=0, touched_at=timezone.now())
    try:
        revision = revision_of(asked.report, asked.revision)
        revision.report = asked.report
        parts = readable_parts(asked.by, revision)
        found = frozen(revision, parts, lambda: same.update(done=F("done") + 1, touched_at=timezone.now()))
    except TrackerError as error:
        same.update(state=_State.FAILED, message=error.message)
        raise
    _store(asked, found)


def publish_quietly(publishing_id: int) -> None:
    """Publish; a refusal is remembered with what was asked for, and is nobody's error."""
    with contextlib.suppress(TrackerError):
        publish(publishing_id)


def forgotten_publishings() -> list[int]:
    """What is asked for and no worker was seen at."""
    silent = Publishing.objects.filter(state=_State.WAITING, touched_at__lt=timezone.now() - FORGOTTEN_AFTER)
    return list(silent.order_by("touched_at").values_list("id", flat=True)[:100])


@transaction.atomic
def _store(asked: Publishing, found: Frozen) -> None:
    """Store the snapshot, or take the newest one when it shows the same. Whoever comes second does nothing."""
    report = Report.objects.select_for_update().get(pk=asked.report_id)
    waiting = Publishing.objects.filter(id=asked.id, state=_State.WAITING)
    if not waiting.exists():
        return
    evidence = sha256(canonical(found.evidence))
    newest = Snapshot.objects.filter(report=report).defer("canonical").order_by("-n").first()
    snapshot = newest if newest and newest.evidence == evidence else _made(asked, report, found, evidence)
    waiting.update(state=_State.DONE, snapshot=snapshot, touched_at=timezone.now())


def _made(asked: Publishing, report: Report, found: Frozen, evidence: str) -> Snapshot:
    n = (Snapshot.objects.filter(report=report).aggregate(n=Max("n"))["n"] or 0) + 1
    now = timezone.now()
    body = canonical({**found.facts, "n": n, "published_at": now.isoformat(), "published_by": asked.by.get_username()})
    snapshot = Snapshot.objects.create(
        report=report,
        n=n,
        revision=asked.revision,
        title=found.facts["title"],
        canonical=body,
        sha256=sha256(body),
        evidence=evidence,
        published_by=asked.by,
        published_at=now,
    )
    there = SnapshotPiece.objects.filter(report=report, sha256__in=list(found.pieces.held))
    known = set(there.values_list("sha256", flat=True))
    SnapshotPiece.objects.bulk_create(
        (
            SnapshotPiece(
                report=report,
                sha256=name,
                content_type=piece.content_type,
                size=len(piece.body),
                body=zlib.compress(piece.body),
            )
            for name, piece in found.pieces.held.items()
            if name not in known
        ),
        batch_size=50,
    )
    SnapshotRun.objects.bulk_create(
        (SnapshotRun(snapshot=snapshot, run_id=run_id) for run_id in found.run_ids), batch_size=500
    )
    return snapshot
