"""Runs moved to another project, of the same team or another: all of them, or none.

A run keeps its id, so its page, its points, its console and its files stay where they are; what is of a project is made
anew: its names in the values index, and what a team may store. An app above that counts something by project adds what
moves the count to `movers` in its AppConfig.ready().
"""

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.audit import AnyActor
from apps.accounts.models import ApiKey, Membership
from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.runs import grants
from apps.runs.access import WRITERS
from apps.runs.citations import Citation, citations
from apps.runs.errors import ClientIdThere, RunCitedHere, RunStillSends
from apps.runs.events import note_all
from apps.runs.models import EventKind, Project, Run, State, Visibility
from apps.runs.values import move_values

MOST_MOVED = 200  # runs of one move: all their values are written anew
KEY_IN_USE = timedelta(days=1)
Cited = Mapping[int, list[Citation]]  # by run, what cites it
_OPENNESS = (Visibility.PRIVATE, Visibility.TEAM, Visibility.PUBLIC)

# Each moves what an app above counts of these runs from one project to another, in the caller's transaction.
movers: list[Callable[[Sequence[int], Project, Project], None]] = []


def move_runs(source: Project, run_ids: Sequence[int], target: Project, *, actor: AnyActor = None) -> list[int]:
    """Move runs of one project to another; gives those that moved, all of them unless it is the same project.

    The caller has seen that the actor may write to both. Raises NotFound, Invalid, ClientIdThere, RunStillSends,
    RunCitedHere, and what the guards of the target's team refuse.
    """
    if len(set(run_ids)) > MOST_MOVED:
        raise Invalid(
            f"At most {MOST_MOVED:,} runs are moved at once; {len(set(run_ids)):,} came.", fields={"runs": "too many"}
        )
    if source.pk == target.pk:
        return []
    try:
        return _moved(source, run_ids, target, actor)
    except IntegrityError as error:  # a run with this client_id was made meanwhile
        taken = _client_id_there(Run.objects.filter(id__in=run_ids), target)
        if taken is None:
            raise
        raise ClientIdThere(*taken, str(target)) from error


@transaction.atomic
def _moved(source: Project, run_ids: Sequence[int], target: Project, actor: AnyActor) -> list[int]:
    wanted = sorted(set(run_ids))
    locked = Run.objects.select_for_update(of=("self",)).filter(id__in=wanted, deleted_at=None)
    runs = list(locked.defer("config", "summary", "provenance", "notes").select_related("created_by").order_by("id"))
    here = {run.id for run in runs if run.project_id == source.pk}
    missing = [run_id for run_id in wanted if run_id not in here]
    if missing:
        raise NotFound(f"There is no run {ids.to_text(missing[0])} in {source} any more; nothing was moved.")
    taken = _client_id_there(runs, target)
    if taken is not None:
        raise ClientIdThere(*taken, str(target))
    for run in runs:
        _require_open(run, source, target)
    if source.team_id != target.team_id:
        grants.require_room(target)
    cited = citations(source, wanted)
    Run.objects.filter(id__in=wanted).update(project=target)
    move_values(wanted, target.pk)
    for mover in movers:
        mover(wanted, source, target)
    _refuse_lost_citations(cited, citations(target, wanted))
    _note(wanted, source, target, actor)
    return wanted


def _client_id_there(runs: Iterable[Run], target: Project) -> tuple[str, str] | None:
    """The client_id of one of these runs that another run of the target has, and that run."""
    client_ids = [run.client_id for run in runs if run.client_id]
    there = Run.objects.filter(project=target, client_id__in=client_ids, deleted_at=None)
    other = there.order_by("id").only("id", "client_id").first()
    return None if other is None else (other.client_id, other.slug)


def _require_open(run: Run, source: Project, target: Project) -> None:
    """Raise RunStillSends for a run that goes on with a key, or a user, that the target is closed to."""
    sender = run.created_by
    if run.state_now != State.RUNNING or sender is None:
        return
    if source.team_id != target.team_id:
        members = Membership.objects.filter(user=sender, team=target.team_id, role__in=WRITERS)
        if not members.exists():
            raise RunStillSends(run.slug, f"{sender.get_username()}, who sends it, may not write to {target}")
    keys = ApiKey.objects.filter(user=sender, project=source, revoked_at=None)
    if keys.filter(last_used_at__gt=timezone.now() - KEY_IN_USE).exists():
        raise RunStillSends(run.slug, f"{sender.get_username()} sends with a key that opens {source} only")


def _refuse_lost_citations(before: Cited, after: Cited) -> None:
    """Raise RunCitedHere when a report that cited a run would no longer find it."""
    for run_id, by in before.items():
        lost = [citation for citation in by if citation not in after.get(run_id, []) and not citation.whole]
        if lost:
            raise RunCitedHere(ids.to_text(run_id), lost)


def _note(run_ids: Sequence[int], source: Project, target: Project, actor: AnyActor) -> None:
    """Tell of it where it can be read: its origin by name only to those who may read that project."""
    as_open = _OPENNESS.index(Visibility(source.visibility)) >= _OPENNESS.index(Visibility(target.visibility))
    known: dict[str, Any] = {"source": str(source)} if as_open and source.team_id == target.team_id else {}
    note_all(run_ids, EventKind.MOVED, actor=actor, **known)
    slugs = [ids.to_text(run_id) for run_id in run_ids]
    for team in {source.team_id: source.team, target.team_id: target.team}.values():
        audit.record(actor, "runs.moved", team=team, target=str(source), to=str(target), runs=slugs)
    for run_id in run_ids:
        transaction.on_commit(functools.partial(grants.forget_run, run_id))
