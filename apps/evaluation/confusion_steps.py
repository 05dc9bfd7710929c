"""The confusion matrix of one run at one of its steps."""

from typing import NamedTuple

from django.http import QueryDict

from apps.core.links import link
from apps.evaluation.class_page import Choice
from apps.evaluation.class_steps import MOST_LISTED
from apps.runs.models import Run
from apps.tables.comparing import shared_key
from apps.tables.forms import CONFUSION
from apps.tables.matrices import Matrix
from apps.tables.queries import Found, keys_of, steps_of, table_at


class Steps(NamedTuple):
    """The steps of a run's matrix. steps: to choose from, [] of too many to list."""

    step: int
    steps: list[int]
    position: str
    earlier_url: str
    later_url: str
    newest_url: str


def matrix_at(run: Run, params: QueryDict) -> tuple[Found[Matrix], Steps, list[Choice]] | None:
    """The matrix of a run that ?matrix= and ?step= name, the newest of the first otherwise, and all to choose from.

    None without any.
    """
    key, keys = shared_key([[one.key for one in keys_of(CONFUSION, [run.id])[run.id]]], params.get("matrix", ""))
    if not keys:
        return None
    choices = [Choice(one, link(params, matrix=one, step=""), one == key) for one in keys]
    steps = [head.step for head in steps_of(CONFUSION, run.id, key)]
    asked = params.get("step", "").strip()
    found = table_at(CONFUSION, run.id, key, next((step for step in steps if str(step) == asked), None))
    place, last = steps.index(found.head.step), len(steps) - 1
    walk = Steps(
        found.head.step,
        steps if len(steps) <= MOST_LISTED else [],
        f"{place + 1} of {len(steps)}",
        link(params, step=str(steps[place - 1])) if place else "",
        link(params, step=str(steps[place + 1])) if place < last else "",
        link(params, step="") if place < last else "",
    )
    return found, walk, choices
