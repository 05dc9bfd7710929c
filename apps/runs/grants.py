"""The writable door of the ingest path, remembered for a second: live points cost no query of the metadata plane.

A grant is a hint of up to GRANT_SECONDS: a key revoked in another process works for so long, in this one not at all.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from django.http import HttpRequest

from apps.accounts.authentication import bearer_key, key_digest, live_key, request_user, require_scope
from apps.accounts.models import Scope
from apps.accounts.services import on_key_revoked
from apps.runs.access import writable_run
from apps.runs.errors import RunArchived
from apps.runs.models import Run

GRANT_SECONDS = 1.0
MAX_GRANTS = 4_096


class Grant(NamedTuple):
    """That a key may write to a run. attempt: the run's newest; expires: monotonic seconds."""

    run_id: int
    attempt: int
    expires: float


_grants: OrderedDict[tuple[str, int], Grant] = OrderedDict()
_generation = 0  # moves with every forgetting, so that what was read before it is not kept after it
_lock = Lock()


def writable_grant(request: HttpRequest, run_id: int, attempt: int | None = None) -> Grant:
    """The grant to write to a run, from memory when it is fresh and knows the attempt.

    Raises Unauthenticated, ScopeMissing, NotFound, RunArchived.
    """
    key = bearer_key(request)
    if key is None:
        return _grant_of(writable_run(request_user(request, needs=Scope.INGEST), run_id))
    place = (key_digest(key), run_id)
    known = _grants.get(place)
    if known is not None and known.expires > time.monotonic() and (attempt is None or attempt <= known.attempt):
        return known
    generation = _generation
    found = live_key(key)
    require_scope(found, Scope.INGEST)
    grant = _grant_of(writable_run(found.user, run_id))
    with _lock:
        if generation == _generation:
            _grants[place] = grant
            _grants.move_to_end(place)
        while len(_grants) > MAX_GRANTS:
            _grants.popitem(last=False)
    return grant


def _grant_of(run: Run) -> Grant:
    if run.archived_at is not None:
        raise RunArchived
    return Grant(run.id, run.attempt, time.monotonic() + GRANT_SECONDS)


def forget_run(run_id: int) -> None:
    """Drop what is remembered of a run: after a resume, an archiving, a deletion."""
    _forget(lambda place: place[1] == run_id)


def forget_key(digest: str) -> None:
    """Drop what is remembered of a key: after it was revoked."""
    _forget(lambda place: place[0] == digest)


def _forget(chosen: Callable[[tuple[str, int]], bool]) -> None:
    global _generation
    with _lock:
        _generation += 1
        for place in [place for place in _grants if chosen(place)]:
            del _grants[place]


on_key_revoked(forget_key)
