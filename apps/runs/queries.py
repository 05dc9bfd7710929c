"""Reads over many runs."""

import base64
import binascii
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from apps.core.errors import Invalid
from apps.runs.filters_sql import compiled, state_is
from apps.runs.filters_syntax import Filter
from apps.runs.models import Attempt, Project, Run, State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Page(NamedTuple):
    """Some runs of a project, newest first. next: the cursor of those after them; total: runs that match."""

    runs: list[Run]
    next: str | None
    total: int


def runs_of(project: Project) -> QuerySet[Run]:
    """A project's runs that are neither archived nor deleted, newest first, with their project and team."""
    shown = Run.objects.filter(project=project, deleted_at=None, archived_at=None)
    return shown.select_related("project__team").order_by("-created_at", "-id")


def archived_runs_of(project: Project) -> QuerySet[Run]:
    """A project's archived runs that are not deleted, newest first, with their project and team."""
    hidden = Run.objects.filter(project=project, deleted_at=None, archived_at__isnull=False)
    return hidden.select_related("project__team").order_by("-created_at", "-id")


def check_states(states: Sequence[str]) -> list[str]:
    """The states, or Invalid for what is none."""
    unknown = [state for state in states if state not in State.values]
    if unknown:
        raise Invalid(
            f"A state is one of {', '.join(State.values)}; {unknown[0]!r} came.", fields={"state": "not a state"}
        )
    return list(states)


def in_states(runs: QuerySet[Run], states: Sequence[str]) -> QuerySet[Run]:
    """Those in one of the states as they are now: silent running runs count as crashed. [] takes all."""
    return runs.filter(state_is(check_states(states))) if states else runs


def running_among(run_ids: Collection[int]) -> set[int]:
    """Those of these runs that run now: one query."""
    return set(in_states(Run.objects.filter(id__in=run_ids), [State.RUNNING]).values_list("id", flat=True))


def filtered(runs: QuerySet[Run], chosen: Filter, project: Project | None = None) -> QuerySet[Run]:
    """Those that pass a filter. project: the one whose runs these are, which makes it quicker, and knows the directions
    that people gave its metrics; without it they are guessed.

    Three queries at most, for names and capped counts, before the one this gives. Raises FilterError.
    """
    found = compiled(chosen, project)
    driver = found.driver()
    if driver is None:
        return runs.filter(found.condition())
    return runs.filter(found.condition(but=driver.parts), id__in=driver.rows.values("run_id"))


def run_page(runs: QuerySet[Run], *, limit: int, cursor: str = "") -> Page:
    """One keyset page of runs_of(…): two queries."""
    after = runs
    if cursor:
        created_at, run_id = _from_cursor(cursor)
        after = runs.filter(Q(created_at__lt=created_at) | Q(created_at=created_at, id__lt=run_id))
    found = list(after[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, _to_cursor(found[-1]) if more else None, runs.count())


def _to_cursor(run: Run) -> str:
    micros = (run.created_at - _EPOCH) // _MICROSECOND
    return base64.urlsafe_b64encode(f"{micros}.{run.id}".encode()).decode().rstrip("=")


def _from_cursor(cursor: str) -> tuple[datetime, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        micros, run_id = text.split(".")
        return _EPOCH + int(micros) * _MICROSECOND, int(run_id)
    except (ValueError, binascii.Error, OverflowError) as error:
        raise Invalid("This cursor is not one of ours.", fields={"cursor": "cannot be read"}) from error


def attempt_starts(run_ids: Sequence[int]) -> list[tuple[int, int, int]]:
    """(run id, attempt, when it started in ms since epoch) of every attempt of the runs, in order: one query."""
    rows = Attempt.objects.filter(run__in=run_ids).order_by("run_id", "number")
    return [
        (run_id, number, (started_at - _EPOCH) // timedelta(milliseconds=1))
        for run_id, number, started_at in rows.values_list("run_id", "number", "started_at")
    ]
