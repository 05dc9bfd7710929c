"""Notes of what happened to a run, written in the transaction that lets it happen. No batch of points writes one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from apps.accounts.audit import AnyActor
from apps.accounts.models import User
from apps.runs.models import EventKind, RunEvent

MAX_NAME = 150
MAX_MESSAGE = 500  # of an exit message; all of it is a fact of the run
_AT_ONCE = 500


def note(run_id: int, kind: EventKind, *, actor: AnyActor = None, at: datetime | None = None, **facts: Any) -> None:
    """Note something that happened to one run, now unless at says when."""
    note_all([run_id], kind, actor=actor, at=at, **facts)


def note_all(
    run_ids: Iterable[int], kind: EventKind, *, actor: AnyActor = None, at: datetime | None = None, **facts: Any
) -> None:
    """Note that the same happened to several runs."""
    user = actor if isinstance(actor, User) else None
    name = user.get_username()[:MAX_NAME] if user else ""
    moment = at or timezone.now()
    RunEvent.objects.bulk_create(
        [RunEvent(run_id=run_id, at=moment, kind=kind, actor=user, actor_name=name, facts=facts) for run_id in run_ids],
        batch_size=_AT_ONCE,
    )


def note_crashes(silent: Iterable[tuple[int, datetime]]) -> None:
    """Note that these runs, each with when it was last heard of, have been silent for too long."""
    now = timezone.now()
    RunEvent.objects.bulk_create(
        [
            RunEvent(run_id=run_id, at=since, kind=EventKind.CRASHED, facts={"noticed": now.isoformat()})
            for run_id, since in silent
        ],
        batch_size=_AT_ONCE,
    )


def note_late(run_id: int) -> None:
    """Note that a run that is over has got more points, once after each end."""
    newest = RunEvent.objects.filter(run=run_id, kind__in=(EventKind.ENDED, EventKind.LATE)).order_by("-at", "-id")
    if newest.values_list("kind", flat=True).first() != EventKind.LATE:
        note(run_id, EventKind.LATE)
