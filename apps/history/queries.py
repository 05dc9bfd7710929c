"""Reads over the heads of many runs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from apps.history import batches, store
from apps.history.transactions import series_snapshot


class Head(NamedTuple):
    """One series in figures, over its visible points. last, min, max and mean are of finite values, None without any.

    points: visible points; superseded: points hidden by a newer attempt. nan, pinf, ninf: how many of the points.
    """

    name: str
    points: int
    superseded: int
    first_step: int
    last_step: int
    last: float | None
    last_time: int | None
    min: float | None
    max: float | None
    mean: float | None
    nan: int
    pinf: int
    ninf: int


def heads(run_ids: Sequence[int]) -> dict[int, dict[str, Head]]:
    """The head of every series of the runs, tails included."""
    answer: dict[int, dict[str, Head]] = {run_id: {} for run_id in run_ids}
    with series_snapshot():
        for run_id in run_ids:
            names = {one: name for one, _, name in store.series_names(run_id)}
            columns: dict[int, list[batches.Columns]] = {}
            for (payload,) in store.run("SELECT payload FROM history_batch WHERE run_id = %s", (run_id,)):
                for one in batches.decode(bytes(payload)):
                    columns.setdefault(one.key_id, []).append(one)
            for one, parts in columns.items():
                step = np.concatenate([part.step for part in parts])
                time = np.concatenate([part.time for part in parts])
                value = np.concatenate([part.value for part in parts])
                order = np.lexsort((value, time, step))
                step, time, value = step[order], time[order], value[order]
                finite = np.isfinite(value)
                some = bool(finite.any())
                good = value[finite]
                answer[run_id][names[one]] = Head(
                    names[one], len(step), 0, int(step[0]), int(step[-1]),
                    float(good[-1]) if some else None, int(time[finite][-1]) if some else None,
                    float(good.min()) if some else None, float(good.max()) if some else None,
                    float(good.mean()) if some else None,
                    int(np.isnan(value).sum()), int((value == np.inf).sum()), int((value == -np.inf).sum()),
                )  # fmt: skip
    return answer


def run_totals(run_ids: Sequence[int]) -> dict[int, int]:
    """Stored points per run, those waiting included."""
    return {run_id: store.waiting(run_id).compacted + store.waiting(run_id).points for run_id in run_ids}
