"""The tables of a key over the steps of many runs: what charts over steps draw. Two statements, however many runs."""

from collections.abc import Mapping, Sequence

from apps.tables import store
from apps.tables.forms import Content, Form
from apps.tables.queries import Found, counting
from apps.tables.store import Head

MOST_NAMED = 200  # steps that a statement names; of more it reads all


def steps_of_runs(form: Form[Content], run_ids: Sequence[int], key: str) -> dict[int, list[Head]]:
    """By run the tables of a key that count, by step: one statement."""
    found: dict[int, list[Head]] = {run_id: [] for run_id in run_ids}
    if run_ids:
        for run_id, head in store.heads_of_runs(run_ids, form.kind, key):
            found[run_id].append(head)
    return {run_id: counting(heads) for run_id, heads in found.items()}


def tables_of_runs(
    form: Form[Content], key: str, wanted: Mapping[int, Sequence[Head]]
) -> dict[int, list[Found[Content]]]:
    """By run the tables of those heads, by step: one statement.

    What was deleted meanwhile is left out.
    """
    found: dict[int, list[Found[Content]]] = {run_id: [] for run_id in wanted}
    run_ids = [run_id for run_id, heads in wanted.items() if heads]
    if not run_ids:
        return found
    steps = {head.step for heads in wanted.values() for head in heads}
    blobs = store.payloads_of_runs(run_ids, form.kind, key, sorted(steps) if len(steps) <= MOST_NAMED else None)
    for run_id in run_ids:
        for head in wanted[run_id]:
            blob = blobs.get((run_id, head.attempt, head.step))
            if blob is not None:
                found[run_id].append(Found(key, head, form.decode(blob)))
    return found
