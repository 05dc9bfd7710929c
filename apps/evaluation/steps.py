"""At which step tables are shown, and the way to the others."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.http import QueryDict

from apps.core.links import link
from apps.tables.store import Head

MOST_LISTED = 200  # steps to choose from


class Steps(NamedTuple):
    """steps: to choose from, [] of too many to list. step: the one that is shown, None for the newest of each run.

    position: of all, "3 of 5". newest_url: "" where the newest is shown.
    """

    step: int | None
    steps: Sequence[int]
    position: str
    earlier_url: str
    later_url: str
    newest_url: str


def asked_step(steps: Sequence[int], params: QueryDict, name: str = "step") -> int | None:
    """The step of the address; None for what is none of these, which shows the newest."""
    text = params.get(name, "").strip()
    return next((step for step in steps if str(step) == text), None)


def steps_of_one(steps: Sequence[int], step: int, params: QueryDict) -> Steps:
    """Of one table, which is at this one of the steps."""
    return _steps(steps, step, params, "step", newest=step == steps[-1])


def walked(
    heads: Mapping[int, Sequence[Head]], params: QueryDict, at: int | None = None, name: str = "step"
) -> tuple[Steps, dict[int, list[Head]]]:
    """The choice of steps, and by run the table at the one that is asked for, or its newest.

    at: the run alone that is asked of, else every run; one that has no table at this step is shown without.
    """
    steps = sorted({head.step for run_id, some in heads.items() if at in (None, run_id) for head in some})
    asked = asked_step(steps, params, name)
    chosen = {
        run_id: [head for head in some if head.step == asked]
        if asked is not None and at in (None, run_id)
        else list(some[-1:])
        for run_id, some in heads.items()
    }
    return _steps(steps, asked, params, name, newest=asked is None), chosen


def _steps(steps: Sequence[int], step: int | None, params: QueryDict, name: str, *, newest: bool) -> Steps:
    last = len(steps) - 1
    place = last if step is None else steps.index(step)
    return Steps(
        step,
        steps if len(steps) <= MOST_LISTED else [],
        f"{place + 1} of {len(steps)}",
        link(params, **{name: str(steps[place - 1])}) if place > 0 else "",
        link(params, **{name: str(steps[place + 1])}) if place < last else "",
        "" if newest else link(params, **{name: ""}),
    )
