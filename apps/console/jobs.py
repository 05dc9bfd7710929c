"""What a worker does: join the small chunks that batches arrive as, and find the runs the queue lost.

Safety is the version in the run's row: a rewrite reads the version with the chunks in one snapshot, works outside any
transaction, and commits only while the version still stands. Who adds lines adds chunks behind those, and moves no
version. So a worker killed anywhere loses and doubles nothing, and readers need no worker.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from django.utils import timezone

from apps.console import store
from apps.console.chunks import CHUNK_BYTES, CHUNK_LINES, Chunk, Encoded, join_chunks
from apps.console.models import PendingRun
from apps.console.store import Head
from apps.core.transactions import in_series_write, series_snapshot

CHUNKS_AT_ONCE = 4_000
BYTES_AT_ONCE = 32 * 2**20
FORGET_AFTER = timedelta(seconds=60)


class Plan(NamedTuple):
    """Which chunks to join: groups of neighbours. settled: how many lines nobody will write anew after that."""

    groups: list[list[Head]]
    settled: int


def planned(heads: Sequence[Head], settled: int) -> Plan:
    """The groups of small neighbours among chunks that begin after the settled lines."""
    groups: list[list[Head]] = []
    group: list[Head] = []
    size = lines = planned_bytes = 0
    for head in heads:
        if group or not _is_full(head.size, head.lines):
            group.append(head)
            size += head.size
            lines += head.lines
            planned_bytes += head.size
        if not group:
            settled = head.first + head.lines - 1
        elif _is_full(size, lines):
            groups.append(group)
            settled = head.first + head.lines - 1
            group, size, lines = [], 0, 0
        if planned_bytes > BYTES_AT_ONCE:
            break
    return Plan([one for one in [*groups, group] if len(one) > 1], settled)


def _is_full(size: int, lines: int) -> bool:
    """Whether a chunk stays as it is: joined ones have at most the half and one more, 3/2 of what a chunk may have."""
    return size >= CHUNK_BYTES // 2 or lines >= CHUNK_LINES // 2


def settle_run(run_id: int) -> None:
    """Join all small chunks a run has now. Running it twice, or twice at once, changes nothing."""
    while _settle_some(run_id):
        pass


def settle_if_many(run_id: int, many: int) -> None:
    """Settle a run of which so many chunks wait: no worker seems to do it."""
    held = store.held(run_id)
    if len(store.heads(run_id, held.settled + 1, held.lines, many)) == many:
        settle_run(run_id)


def _settle_some(run_id: int) -> bool:
    """One round; whether there may be more to do."""
    with series_snapshot():
        held = store.held(run_id)
        heads = store.heads(run_id, held.settled + 1, held.lines, CHUNKS_AT_ONCE)
        plan = planned([head for head in heads if head.first > held.settled], held.settled)
        if not plan.groups and plan.settled == held.settled:
            return False
        joined = [(group, _joined(run_id, group)) for group in plan.groups]

    def commit() -> bool:
        if not store.advance_version(run_id, held.version, plan.settled):
            return False
        store.delete_chunks(run_id, [(group[0].first, group[-1].first) for group, _ in joined])
        for group, chunk in joined:
            store.insert_chunks(run_id, group[0].first, [chunk])
        return True

    in_series_write(commit)
    return plan.settled > held.settled or len(heads) == CHUNKS_AT_ONCE


def _joined(run_id: int, group: Sequence[Head]) -> Encoded:
    rows = store.blobs(run_id, group[0].first, group[-1].first)
    return join_chunks([Chunk(first, lines, bytes(facts), bytes(text)) for first, lines, facts, text in rows])


# --- Which runs: rows of the metadata plane ---


def sweep() -> None:
    """Settle what the queue lost, and forget runs that have been quiet."""
    quiet_since = timezone.now() - FORGET_AFTER
    for run_id, marked_at in list(PendingRun.objects.order_by("marked_at").values_list("run_id", "marked_at")):
        settle_run(run_id)
        if marked_at < quiet_since:
            PendingRun.objects.filter(run_id=run_id, marked_at=marked_at).delete()
