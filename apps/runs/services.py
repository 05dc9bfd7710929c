"""Writes to runs: create or resume, change, heartbeat, ask to stop, finish."""

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from apps.accounts.audit import AnyActor
from apps.accounts.models import Team, User
from apps.core.errors import Invalid
from apps.core.memory import Memory
from apps.core.secrets import scrubbed, scrubbed_document
from apps.history import services as history
from apps.runs import grants
from apps.runs.access import AnyUser, writable_project, writable_team
from apps.runs.errors import NothingToResume, NotSettled, RunArchived, RunEnded, RunExists
from apps.runs.events import MAX_MESSAGE, note, note_late
from apps.runs.models import ENDED, Attempt, EventKind, Namespace, Project, Run, RunEvent, State
from apps.runs.project_settings import change_project as change_project
from apps.runs.removal import archive_run as archive_run
from apps.runs.removal import delete_run as delete_run
from apps.runs.removal import removals as removals
from apps.runs.removal import restore_run as restore_run
from apps.runs.values import note_documents

logger = logging.getLogger(__name__)

MAX_DOCUMENT_BYTES = 2**20  # config, summary and provenance of a run, each
MAX_TAGS = 200
ALIVE_EVERY_SECONDS = 15.0
SETTLE_SECONDS = 10.0
MAX_NOTED = 4_096
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,80}")
_noted: Memory[int, bool] = Memory(ALIVE_EVERY_SECONDS, MAX_NOTED)  # run ids whose points were noted


class Started(NamedTuple):
    """What create_run gives. created: the run is new; False when it was resumed."""

    run: Run
    created: bool


class Alive(NamedTuple):
    """What heartbeat gives: the run's state, and whether it is asked to end."""

    state: str
    stop: bool


def project_for_writing(user: AnyUser, team: str, slug: str) -> Project:
    """The project, made now when the user may make projects in the team. Raises NotFound, Invalid."""
    if Project.objects.filter(team__slug=team, slug=slug).exists():
        return writable_project(user, team, slug)
    owner = writable_team(user, team)
    return _make_project(owner, slug)


def _make_project(team: Team, slug: str) -> Project:
    if not _SLUG.fullmatch(slug):
        raise Invalid(
            "A project's name in URLs is 1-80 letters, digits, - and _.", fields={"project": f"{slug!r} is not one"}
        )
    project, _ = Project.objects.get_or_create(team=team, slug=slug, defaults={"name": slug})
    project.team = team
    return project


def create_run(
    *,
    user: User,
    project: Project,
    client_id: str = "",
    resume: str = "never",
    attempt: str = "new",
    started_at: datetime | None = None,
    config: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    **facts: Any,
) -> Started:
    """Make a run, or go on with the one that has client_id.

    resume: "never" refuses a client_id that is taken, "allow" goes on with it, "must" refuses an unknown one.
    attempt: of a resume: "new" opens the next attempt, "join" takes part in the current one.
    facts: name, tags, group, job_type, notes; a resume changes only those that are given.
    Raises RunExists, NothingToResume, RunArchived, Invalid.
    """
    if resume != "never" and not client_id:
        raise Invalid("A resume needs the run's client_id.", fields={"client_id": "is missing"})
    found = _by_client_id(project, client_id)
    if found is None and resume == "must":
        raise NothingToResume(client_id)
    if found is None:
        now = timezone.now()
        try:
            with transaction.atomic():
                run = Run(
                    project=project,
                    client_id=client_id,
                    created_by=user,
                    started_at=started_at or now,
                    heartbeat_at=now,
                    config=_merged("config", {}, config),
                    provenance=_merged("provenance", {}, provenance),
                    **_checked(facts),
                )
                run.name = run.name or f"run-{run.slug[-5:]}"
                run.save(force_insert=True)
                Attempt.objects.create(run=run, number=1, started_at=run.started_at)
                note_documents(run)
                return Started(run, created=True)
        except IntegrityError:
            found = _by_client_id(project, client_id)  # another process was faster
            if found is None:
                raise
    if resume == "never":
        raise RunExists(client_id, found.slug)
    return Started(_resume(found, attempt, started_at, config, provenance, _checked(facts)), created=False)


@transaction.atomic
def bring_run(
    *,
    run_id: int,
    project: Project,
    user: User,
    created_at: datetime,
    attempts: Mapping[int, datetime],
    events: Sequence[Mapping[str, Any]] = (),
    **facts: Any,
) -> Run:
    """Make a run with all its facts as another site had them, under an id whose points may be stored already.

    attempts: number to start. events: fields of a RunEvent each. facts: any other field of a run. Raises Invalid.
    """
    for what in ("config", "summary", "provenance"):
        facts[what] = _merged(what, {}, facts.get(what))
    run = Run(id=run_id, project=project, created_by=user, **_checked(facts))
    run.save(force_insert=True)
    run.created_at = created_at
    run.save(update_fields=["created_at"])
    Attempt.objects.bulk_create(
        Attempt(run=run, number=number, started_at=started_at) for number, started_at in attempts.items()
    )
    RunEvent.objects.bulk_create(RunEvent(run=run, **fields) for fields in events)
    note_documents(run)
    return run


def _by_client_id(project: Project, client_id: str) -> Run | None:
    if not client_id:
        return None
    return Run.objects.filter(project=project, client_id=client_id, deleted_at=None).first()


@transaction.atomic
def _resume(
    run: Run,
    attempt: str,
    started_at: datetime | None,
    config: Mapping[str, Any] | None,
    provenance: Mapping[str, Any] | None,
    facts: dict[str, Any],
) -> Run:
    run = _locked(run.id)
    now = timezone.now()
    if attempt != "new" and run.state == State.CRASHED:
        note(run.id, EventKind.RETURNED, at=now)
    if attempt == "new":
        run.attempt += 1
        Attempt.objects.create(run=run, number=run.attempt, started_at=started_at or now)
    if attempt == "new" or run.state == State.CRASHED:  # who joins a run that is over does not reopen it
        run.state = State.RUNNING
        run.exit_message = ""
        run.finished_at = None
        run.stop_requested_at = None
    run.heartbeat_at = now
    run.config = _merged("config", run.config, config)
    run.provenance = _merged("provenance", run.provenance, provenance)
    for name, value in facts.items():
        if value:
            setattr(run, name, value)
    run.save()
    note_documents(run)
    transaction.on_commit(lambda: grants.forget_run(run.id))
    return run


@transaction.atomic
def change_run(
    run_id: int,
    *,
    config: Mapping[str, Any] | None = None,
    summary: Mapping[str, Any] | None = None,
    provenance: Mapping[str, Any] | None = None,
    state: str | None = None,
    lost_points: int | None = None,
    heartbeat: bool = False,
    actor: AnyActor = None,
    **facts: Any,
) -> Run:
    """Change some facts of a run. config, summary and provenance merge at their top level; None removes a key.

    lost_points only grows: it is the client's count of points it had to give up. actor: who renames it, if they do.
    """
    run = _locked(run_id)
    now = timezone.now()
    if facts.get("name", run.name) != run.name:
        note(run.id, EventKind.RENAMED, actor=actor, at=now, before=run.name, after=facts["name"])
    run.config = _merged("config", run.config, config)
    run.summary = _merged("summary", run.summary, summary)
    run.provenance = _merged("provenance", run.provenance, provenance)
    for name, value in _checked(facts).items():
        setattr(run, name, value)
    if lost_points is not None:
        run.lost_points = max(run.lost_points, lost_points)
    if state in ENDED:
        _end(run, state, now, "")
    elif run.state != State.RUNNING and (state == State.RUNNING or (heartbeat and run.state == State.CRASHED)):
        note(run.id, EventKind.RETURNED, at=now)
        run.state, run.finished_at = State.RUNNING, None
    if heartbeat or state is not None:
        run.heartbeat_at = now
    run.save()
    changes = {Namespace.CONFIG: config, Namespace.SUMMARY: summary, Namespace.SYSTEM: provenance}
    changes |= {Namespace.RUN: facts, Namespace.TAG: facts}
    noted = [namespace for namespace, change in changes.items() if change]
    if noted:
        note_documents(run, noted)
    return run


def finish_run(run_id: int, *, state: str = State.FINISHED, message: str = "", lost_points: int | None = None) -> Run:
    """End a run, and bring its values up to date for filters. Points are still accepted afterwards.

    Asked again it changes nothing but a state that differs. What takes longer than SETTLE_SECONDS is left to a worker.
    """
    run = _finished(run_id, state, message, lost_points)
    try:
        settle(run_id)
    except (NotSettled, DatabaseError) as error:  # the run has ended all the same
        logger.warning("Run %s could not be settled at its end: %s", run_id, error)
    return run


def settle(run_id: int) -> None:
    """Compact what a run has waiting and bring its values up to date, here and now.

    Raises NotSettled when some is left after SETTLE_SECONDS; asked again it goes on.
    """
    if not history.settle(run_id, SETTLE_SECONDS):
        raise NotSettled


@transaction.atomic
def _finished(run_id: int, state: str, message: str, lost_points: int | None) -> Run:
    run = _locked(run_id)
    message = scrubbed(message)
    _end(run, state, timezone.now(), message)
    run.exit_message = message or run.exit_message
    if lost_points is not None:
        run.lost_points = max(run.lost_points, lost_points)
    run.save()
    return run


def _end(run: Run, state: str, now: datetime, message: str) -> None:
    if run.state != state:
        said: dict[str, Any] = {"message": message[:MAX_MESSAGE]} if message else {}
        note(run.id, EventKind.ENDED, at=now, state=state, **said)
    if run.state not in ENDED or run.finished_at is None:
        run.finished_at = now
        run.heartbeat_at = now
    run.state = state
    _forget_noted(run.id)


def note_points(run_id: int) -> None:
    """Let points count as a heartbeat: a crashed run runs again, a run that ended has late data.

    Written at most every ALIVE_EVERY_SECONDS a run and process, so that live points cost no metadata.
    """
    if _noted.get(run_id):
        return
    _noted.learner()(run_id, True)
    try:
        if not _alive(run_id) and Run.objects.filter(id=run_id).update(late_data_at=timezone.now()):
            note_late(run_id)
    except DatabaseError as error:  # the points are stored; the next ones bring another heartbeat
        logger.warning("The heartbeat of run %s could not be noted: %s", run_id, error)
        _forget_noted(run_id)


def _forget_noted(run_id: int) -> None:
    _noted.forget(lambda noted: noted == run_id)


def _alive(run_id: int) -> bool:
    """Note a heartbeat of a run that is not over; False when it is. One statement for a run that was running."""
    now = timezone.now()
    if Run.objects.filter(id=run_id, state=State.RUNNING).update(heartbeat_at=now, finished_at=None):
        return True
    with transaction.atomic():
        crashed = Run.objects.filter(id=run_id, state=State.CRASHED)
        if not crashed.update(heartbeat_at=now, state=State.RUNNING, finished_at=None):
            return False
        note(run_id, EventKind.RETURNED, at=now)
    return True


def heartbeat(run_id: int) -> Alive:
    """Note a heartbeat of a run that is not over, and give the state it has."""
    _alive(run_id)
    run = Run.objects.only("state", "stop_requested_at").get(id=run_id)
    return Alive(run.state, run.stop_asked)


@transaction.atomic
def request_stop(run_id: int, *, actor: AnyActor = None) -> Run:
    """Ask a run to end; its client hears it with the next points or heartbeat. Asked again it changes nothing.

    Raises RunEnded for a run that is over, RunArchived.
    """
    run = _locked(run_id)
    if run.state in ENDED:
        raise RunEnded(run.state)
    if run.stop_requested_at is None:
        run.stop_requested_at = timezone.now()
        run.save(update_fields=["stop_requested_at"])
        note(run_id, EventKind.STOP_ASKED, actor=actor, at=run.stop_requested_at)
        transaction.on_commit(lambda: grants.forget_run(run_id))
    return run


def _locked(run_id: int) -> Run:
    """The run, locked until the transaction ends, with its project and team. Raises RunArchived."""
    run = Run.objects.select_for_update(of=("self",)).select_related("project__team").get(id=run_id)
    if run.archived_at is not None:
        raise RunArchived
    return run


def _merged(what: str, stored: dict[str, Any], change: Mapping[str, Any] | None) -> dict[str, Any]:
    if not change:
        return stored
    kept = {name: value for name, value in stored.items() if name not in change}
    given = {name: value for name, value in change.items() if value is not None}
    size = len(orjson.dumps({**kept, **given}))
    if size > MAX_DOCUMENT_BYTES:
        raise Invalid(
            f"The run's {what} would have {size:,} bytes; at most {MAX_DOCUMENT_BYTES:,} are allowed.",
            fields={what: "is too large"},
        )
    return {**kept, **scrubbed_document(given)}


def _checked(facts: dict[str, Any]) -> dict[str, Any]:
    tags = facts.get("tags")
    if tags is not None:
        facts["tags"] = tags = list(dict.fromkeys(tags))
        if len(tags) > MAX_TAGS:
            raise Invalid(f"A run has at most {MAX_TAGS} tags; {len(tags)} came.", fields={"tags": "too many"})
    return facts
