"""The end of a run: archived, then deleted. Deleting marks the row; workers remove the rest (jobs.remove_run).

An app above that keeps something of runs adds what removes it to `removals` in its AppConfig.ready().
"""

import functools

from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.audit import AnyActor
from apps.core.errands import Errands
from apps.core.errors import NotFound
from apps.runs import grants, jobs, tasks
from apps.runs.citations import citations
from apps.runs.errors import RunNotArchived, refuse_cited
from apps.runs.events import note
from apps.runs.jobs import removals as removals
from apps.runs.models import EventKind, Run

errands = Errands("run-removal")


def archive_run(run_id: int, *, actor: AnyActor = None) -> Run:
    """Take a run out of the lists; it takes no more data. Once more changes nothing."""
    return _change(run_id, EventKind.ARCHIVED, actor)


def restore_run(run_id: int, *, actor: AnyActor = None) -> Run:
    """Bring an archived run back. Once more changes nothing."""
    return _change(run_id, EventKind.RESTORED, actor)


@transaction.atomic
def _change(run_id: int, kind: EventKind, actor: AnyActor) -> Run:
    run = _locked(run_id)
    archived = kind == EventKind.ARCHIVED
    if (run.archived_at is not None) != archived:
        run.archived_at = timezone.now() if archived else None
        run.save(update_fields=["archived_at"])
        note(run_id, kind, actor=actor)
        audit.record(actor, f"run.{kind}", team=run.project.team, target=f"{run.project}/{run.slug}")
        transaction.on_commit(lambda: grants.forget_run(run_id))
    return run


def bury_run(run_id: int, *, actor: AnyActor = None, agreed: bool = False) -> None:
    """Delete an archived run for everybody at once; a worker removes its data. Once more changes nothing.

    agreed: to delete a run that was published, too. Raises RunCited, RunPublished, RunNotArchived.
    """
    with transaction.atomic():
        run = _locked(run_id, deleted_too=True)
        if run.deleted_at is not None:
            return
        refuse_cited(run.slug, citations(run.project, [run_id]).get(run_id, []), agreed=agreed)
        if run.archived_at is None:
            raise RunNotArchived(run.slug)
        run.deleted_at = timezone.now()
        run.save(update_fields=["deleted_at"])
        audit.record(actor, "run.deleted", team=run.project.team, target=f"{run.project}/{run.slug}", name=run.name)
        transaction.on_commit(lambda: grants.forget_run(run_id))
        hint = functools.partial(tasks.remove_run.apply_async, (run_id,), retry=False)
        transaction.on_commit(lambda: errands.put("remove a run", hint))


def delete_run(run_id: int, *, actor: AnyActor = None, agreed: bool = False) -> None:
    """Delete an archived run and remove its data here and now, in bounded steps; a run that is gone is no error.

    Its row stays for jobs.WRITES_END_AFTER, seen by nobody. Raises as bury_run.
    """
    if Run.objects.filter(id=run_id).exists():
        bury_run(run_id, actor=actor, agreed=agreed)
        jobs.remove_run(run_id)


def _locked(run_id: int, *, deleted_too: bool = False) -> Run:
    """The run, locked until the transaction ends. Raises NotFound for one that is gone meanwhile."""
    runs = Run.objects.select_for_update(of=("self",)).select_related("project__team").filter(id=run_id)
    run = (runs if deleted_too else runs.filter(deleted_at=None)).first()
    if run is None:
        raise NotFound("This run was deleted.")
    return run
