"""Changes of many runs of one project at once: all of them, or none."""

import functools
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from apps.accounts import audit
from apps.accounts.audit import AnyActor
from apps.core import ids
from apps.core.errors import Invalid, NotFound
from apps.runs import grants, tasks
from apps.runs.citations import citations
from apps.runs.errors import RunArchived, RunNotArchived, refuse_cited
from apps.runs.events import note_all
from apps.runs.models import EventKind, Project, Run
from apps.runs.removal import errands
from apps.runs.services import MAX_TAGS
from apps.runs.values import note_tag

MAX_RUNS = 1_000  # of one change
_AT_ONCE = 200  # rows of one statement


@transaction.atomic
def tag_runs(project: Project, run_ids: Sequence[int], tag: str, *, there: bool) -> list[int]:
    """Give these runs a tag, or take it from them. Gives those that it changed.

    Raises NotFound, RunArchived, and Invalid for a run that has as many tags as it may.
    """
    runs = _locked(project, run_ids)
    if any(run.archived_at for run in runs):
        raise RunArchived
    changed = [run for run in runs if (tag in run.tags) != there]
    for run in changed:
        run.tags = [*run.tags, tag] if there else [one for one in run.tags if one != tag]
        if len(run.tags) > MAX_TAGS:
            raise Invalid(f"The run {run.slug} has {MAX_TAGS} tags already.", fields={"tag": "one too many"})
    Run.objects.bulk_update(changed, ["tags"], batch_size=_AT_ONCE)
    note_tag(project.pk, [run.id for run in changed], tag, there=there)
    return [run.id for run in changed]


@transaction.atomic
def archive_runs(project: Project, run_ids: Sequence[int], *, archived: bool, actor: AnyActor = None) -> list[int]:
    """Take these runs out of the lists, or bring them back. Gives those that it changed. Raises NotFound."""
    runs = _locked(project, run_ids)
    changed = [run.id for run in runs if (run.archived_at is not None) != archived]
    Run.objects.filter(id__in=changed).update(archived_at=timezone.now() if archived else None)
    kind = EventKind.ARCHIVED if archived else EventKind.RESTORED
    note_all(changed, kind, actor=actor)
    _note(project, changed, f"runs.{kind}", actor)
    return changed


@transaction.atomic
def bury_runs(project: Project, run_ids: Sequence[int], *, actor: AnyActor = None, agreed: bool = False) -> list[int]:
    """Delete archived runs for everybody at once; workers remove their data. Gives their ids.

    agreed: to delete runs that were published, too. Raises NotFound, RunCited, RunPublished and RunNotArchived, of the
    first run that may not be deleted.
    """
    runs = _locked(project, run_ids)
    cited = citations(project, [run.id for run in runs])
    for run in runs:
        refuse_cited(run.slug, cited.get(run.id, []), agreed=agreed)
        if run.archived_at is None:
            raise RunNotArchived(run.slug)
    changed = [run.id for run in runs]
    Run.objects.filter(id__in=changed).update(deleted_at=timezone.now())
    _note(project, changed, "runs.deleted", actor)
    for run_id in changed:
        hint = functools.partial(tasks.remove_run.apply_async, (run_id,), retry=False)
        transaction.on_commit(functools.partial(errands.put, "remove a run", hint))
    return changed


def _locked(project: Project, run_ids: Sequence[int]) -> list[Run]:
    """The runs, locked until the transaction ends; in the order of their ids, so that two who do this only wait."""
    wanted = set(run_ids)
    if len(wanted) > MAX_RUNS:
        raise Invalid(
            f"At most {MAX_RUNS:,} runs are changed at once; {len(wanted):,} came.", fields={"runs": "too many"}
        )
    known = Run.objects.select_for_update().filter(project=project, deleted_at=None, id__in=wanted)
    runs = list(known.only("id", "project", "tags", "archived_at").order_by("id"))
    missing = wanted - {run.id for run in runs}
    if missing:
        raise NotFound(f"There is no run {ids.to_text(min(missing))} in this project; nothing was changed.")
    return runs


def _note(project: Project, run_ids: Sequence[int], action: str, actor: AnyActor) -> None:
    if not run_ids:
        return
    audit.record(actor, action, team=project.team, target=str(project), runs=[ids.to_text(one) for one in run_ids])
    for run_id in run_ids:
        transaction.on_commit(functools.partial(grants.forget_run, run_id))
