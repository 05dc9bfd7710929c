"""The doors of the hot paths, remembered for a second: live points and charts cost no query of the metadata plane.

A grant is a hint of up to GRANT_SECONDS: a key revoked, or a member removed, in another process works for so long. In
this one a revoked key stops at once.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from apps.accounts.authentication import bearer_key, key_digest, live_key, request_user, require_scope
from apps.accounts.models import Scope, User
from apps.accounts.services import on_key_revoked
from apps.core.memory import Memory
from apps.runs.access import readable_ids, require_readable, writable_run
from apps.runs.errors import RunArchived
from apps.runs.models import Project, Run

GRANT_SECONDS = 1.0
MAX_GRANTS = 4_096


class Grant(NamedTuple):
    """That a key may write to a run. attempt: the run's newest. stop: the run is asked to end."""

    run_id: int
    attempt: int
    stop: bool


guards: list[Callable[[Project], None]] = []  # apps above: each refuses a project that may take no more points or lines

_writable: Memory[tuple[str, int], Grant] = Memory(GRANT_SECONDS, MAX_GRANTS)  # by key digest and run
_readers: Memory[str, User] = Memory(GRANT_SECONDS, MAX_GRANTS)  # by key digest
Reader = tuple[int, int | None] | None  # a user and the only project that their key opens, or nobody
_readable: Memory[tuple[Reader, int], bool] = Memory(GRANT_SECONDS, 16 * MAX_GRANTS)  # by reader and run


def writable_grant(request: HttpRequest, run_id: int, attempt: int | None = None) -> Grant:
    """The grant to write to a run, from memory when it is fresh and knows the attempt.

    Raises Unauthenticated, ScopeMissing, NotFound, RunArchived, and what the guards refuse, asked once a second.
    """
    key = bearer_key(request)
    if key is None:
        return _grant_of(writable_run(request_user(request, needs=Scope.INGEST), run_id))
    place = (key_digest(key), run_id)
    known = _writable.get(place)
    if known is not None and (attempt is None or attempt <= known.attempt):
        return known
    learn = _writable.learner()
    found = live_key(key)
    require_scope(found, Scope.INGEST)
    grant = _grant_of(writable_run(found.user, run_id))
    learn(place, grant)
    return grant


def require_read_grants(request: HttpRequest, run_ids: Sequence[int]) -> None:
    """Pass when the request may read all these runs.

    Raises Unauthenticated, ScopeMissing, and NotFound for those it may not.
    """
    user = _reader(request)
    place = _place(user)
    asked = [run_id for run_id in dict.fromkeys(run_ids) if not _readable.get((place, run_id))]
    if not asked:
        return
    learn = _readable.learner()
    require_readable(user, asked)
    for run_id in asked:
        learn((place, run_id), True)


def read_grants(request: HttpRequest, run_ids: Sequence[int], *, some: bool) -> set[int]:
    """Which of these runs the request may read.

    Raises Unauthenticated, ScopeMissing, and with some NotFound when it may read none of them.
    """
    user = _reader(request)
    place = _place(user)
    readable = {run_id for run_id in run_ids if _readable.get((place, run_id))}
    asked = [run_id for run_id in dict.fromkeys(run_ids) if run_id not in readable]
    if asked:
        learn = _readable.learner()
        for run_id in readable_ids(user, asked):
            readable.add(run_id)
            learn((place, run_id), True)
    if some and not readable:
        require_readable(user, asked)
    return readable


def _place(user: User | AnonymousUser) -> Reader:
    return (user.pk, user.limited_to) if isinstance(user, User) else None


def _reader(request: HttpRequest) -> User | AnonymousUser:
    key = bearer_key(request)
    if key is None:
        return request_user(request)
    digest = key_digest(key)
    known = _readers.get(digest)
    if known is not None:
        return known
    learn = _readers.learner()
    user = request_user(request)
    assert isinstance(user, User)
    learn(digest, user)
    return user


def _grant_of(run: Run) -> Grant:
    if run.archived_at is not None:
        raise RunArchived
    require_room(run.project)
    return Grant(run.id, run.attempt, run.stop_asked)


def require_room(project: Project) -> None:
    """Raise what the guards refuse."""
    for guard in guards:
        guard(project)


def forget_run(run_id: int) -> None:
    """Drop what is remembered of a run: after a resume, an archiving, a deletion."""
    _writable.forget(lambda place: place[1] == run_id)
    _readable.forget(lambda place: place[1] == run_id)


def forget_readers() -> None:
    """Drop what is remembered of who may read: after a project was hidden."""
    _readable.forget(lambda _: True)


def forget_key(digest: str) -> None:
    """Drop what is remembered of a key: after it was revoked."""
    _writable.forget(lambda place: place[0] == digest)
    _readers.forget(lambda known: known == digest)


on_key_revoked(forget_key)
