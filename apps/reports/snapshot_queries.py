"""Reads over what was published."""

import zlib
from collections.abc import Iterable

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.reports.models import Publishing, Report, Snapshot, SnapshotPiece


def snapshots_of(report: Report) -> QuerySet[Snapshot]:
    """The report's snapshots with who published them, the newest first, without what they say: one query."""
    return Snapshot.objects.filter(report=report).select_related("published_by").defer("canonical").order_by("-n")


def snapshot_of(report: Report, n: int) -> Snapshot:
    """One snapshot, whole: one query. Raises NotFound."""
    found = Snapshot.objects.filter(report=report, n=n).select_related("published_by").first()
    if found is None:
        raise NotFound(f"This report has no published version {n}.")
    found.report = report
    return found


def newest_snapshot(report: Report) -> Snapshot:
    """The newest snapshot, whole: one query. Raises NotFound of a report that was never published."""
    found = Snapshot.objects.filter(report=report).select_related("published_by").order_by("-n").first()
    if found is None:
        raise NotFound("Nothing of this report was published yet. Publish it first, then ask again.")
    found.report = report
    return found


def piece_of(report: Report, sha256: str) -> tuple[str, bytes]:
    """The content type and bytes of a piece: one query. Raises NotFound."""
    found = SnapshotPiece.objects.filter(report=report, sha256=sha256).first()
    if found is None:
        raise NotFound("This report was never published with such a piece.")
    return found.content_type, zlib.decompress(found.body)


def pieces_of(report: Report, names: Iterable[str]) -> dict[str, bytes]:
    """The bytes of these pieces by SHA-256: one query per 500."""
    wanted = sorted(set(names))
    found: dict[str, bytes] = {}
    for begin in range(0, len(wanted), 500):
        pieces = SnapshotPiece.objects.filter(report=report, sha256__in=wanted[begin : begin + 500])
        found |= {sha256: zlib.decompress(body) for sha256, body in pieces.values_list("sha256", "body")}
    return found


def publishing_of(report: Report, publishing_id: int) -> Publishing:
    """What was asked for: one query. Raises NotFound."""
    found = Publishing.objects.filter(report=report, id=publishing_id).select_related("snapshot").first()
    if found is None:
        raise NotFound("Nobody asked to publish this.")
    return found
