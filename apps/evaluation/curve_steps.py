"""At which step tables of runs are shown, and the way to the others."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.http import QueryDict

from apps.core.links import link
from apps.evaluation.class_steps import MOST_LISTED
from apps.tables.store import Head


class Steps(NamedTuple):
    """The steps to choose from, [] of too many to list. step: the one asked for, None for the newest of each run."""

    step: int | None
    steps: list[int]
    earlier_url: str
    later_url: str


def walked(
    heads: Mapping[int, Sequence[Head]], params: QueryDict, at: int | None = None, name: str = "step"
) -> tuple[Steps, dict[int, list[Head]]]:
    """The choice of steps, and by run the table at the one that is asked for, or its newest.

    at: the run alone that is asked of, else every run; one that has no table at this step is shown without.
    """
    steps = sorted({head.step for run_id, some in heads.items() if at in (None, run_id) for head in some})
    text = params.get(name, "").strip()
    asked = next((step for step in steps if str(step) == text), None)
    chosen = {
        run_id: [head for head in some if head.step == asked]
        if asked is not None and at in (None, run_id)
        else some[-1:]
        for run_id, some in heads.items()
    }
    place = len(steps) - 1 if asked is None else steps.index(asked)
    earlier = link(params, **{name: str(steps[place - 1])}) if place > 0 else ""
    later = "" if asked is None else link(params, **{name: str(steps[place + 1]) if place < len(steps) - 1 else ""})
    return Steps(asked, steps if len(steps) <= MOST_LISTED else [], earlier, later), {
        run_id: list(some) for run_id, some in chosen.items()
    }
