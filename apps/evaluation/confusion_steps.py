"""The confusion matrix of one run at one of its steps."""

from django.http import QueryDict

from apps.core.links import link
from apps.evaluation.class_page import Choice
from apps.evaluation.steps import Steps, asked_step, steps_of_one
from apps.runs.models import Run
from apps.tables.comparing import shared_key
from apps.tables.forms import CONFUSION
from apps.tables.matrices import Matrix
from apps.tables.queries import Found, keys_of, steps_of, table_at


def matrix_at(run: Run, params: QueryDict) -> tuple[Found[Matrix], Steps, list[Choice]] | None:
    """The matrix of a run that ?matrix= and ?step= name, the newest of the first otherwise, and all to choose from.

    None without any.
    """
    key, keys = shared_key([[one.key for one in keys_of(CONFUSION, [run.id])[run.id]]], params.get("matrix", ""))
    if not keys:
        return None
    choices = [Choice(one, link(params, matrix=one, step=""), one == key) for one in keys]
    steps = [head.step for head in steps_of(CONFUSION, run.id, key)]
    found = table_at(CONFUSION, run.id, key, asked_step(steps, params))
    return found, steps_of_one(steps, found.head.step, params), choices
