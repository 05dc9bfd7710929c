"""Which pieces a version is made of, and where kept HTML says that they are."""

from typing import Any

from django.urls import reverse

from apps.reports.models import Report, Snapshot

_LENGTH = 64  # characters of a SHA-256


def named_pieces(snapshot: Snapshot) -> set[str]:
    """The SHA-256 of all that a version's canonical JSON names.

    What the facts of its runs name in turn (uncommitted diffs, lists of packages) is for those who may see the runs.
    """
    found: set[str] = set()
    waiting: list[Any] = [snapshot.said]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and len(one) == _LENGTH:
            found.add(one)
    return found


def piece_named(report: Report, address: str) -> str | None:
    """The SHA-256 of the piece that an address in kept HTML leads to; None for any other address."""
    before = reverse("snapshot_piece", args=[report.id, "-"])[:-1]
    return address.removeprefix(before) if address.startswith(before) else None
