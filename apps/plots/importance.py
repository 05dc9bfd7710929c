"""Which settings went with a number: their rank correlation with it, and how much a forest misses them."""

import hashlib
import io
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson
from django.conf import settings
from django.core.cache import cache
from numpy.typing import NDArray

from apps.plots.answers import axis_answer
from apps.plots.axes import Axis, evenly
from apps.plots.errors import FIT_SECONDS, MAX_FITTED, MAX_PARAMETERS, FitBusy, FitFailed
from apps.plots.ranks import average_ranks, interval, spearman
from apps.runs.filters_syntax import Name
from apps.runs.models import Namespace, Project, RunValue
from apps.runs.value_columns import Floats, Ints, RunValues, placed, worded

logger = logging.getLogger(__name__)
FEWEST = 10  # runs with a number, for any answer
FEWEST_FITTED = 30
LOOKED_AT = 100  # runs whose settings are looked at for those that differ
MAX_CATEGORIES = 50  # of a setting of texts
NAMED_CATEGORIES = 10  # of them whose correlation is looked at
KEPT_SECONDS = 3600
_fitting = threading.Semaphore(1)  # one forest at a time in each web process


class Correlation(NamedTuple):
    """Spearman's ρ with its 95 % interval over n runs. of: the text it is about, where a setting has several."""

    rho: float
    low: float | None
    high: float | None
    n: int
    of: str | None = None


def importance_answer(project: Project, runs: Ints, target: Axis, *, fit: bool) -> dict[str, Any]:
    """Settings of runs (n,) by their importance for a target axis. fit: with a forest, which takes seconds.

    At most MAX_FITTED runs that have the number, evenly chosen. problem says why there is no answer, forest_problem
    why there is no forest. Raises FitBusy and FitFailed.
    """
    there = np.flatnonzero(target.shown()) if target.kind != "text" else np.empty(0, np.int64)
    used = evenly(there, MAX_FITTED)
    answer: dict[str, Any] = {
        "total": len(runs),
        "with": len(there),
        "used": len(used),
        "target": axis_answer(target),
        "problem": None,
        "forest_problem": None,
        "score": None,
        "parameters": [],
        "left_out": [],
        "constant": 0,
    }
    numbers = target.places[used]
    if target.kind == "text":
        return {**answer, "problem": f"{target.title} holds texts: importance is of a number."}
    if len(used) < FEWEST:
        return {**answer, "problem": f"Too few runs: {len(used)} have {target.title}, {FEWEST} are needed."}
    if numbers.min() == numbers.max():
        return {**answer, "problem": f"{target.title} is the same in all {len(used):,} runs."}
    parameters, answer["constant"] = varying_parameters(project, runs[used])
    told = [(one, correlation(one, numbers)) for one in parameters]
    answer["left_out"] = [axis.title for axis, found in told if found is None]
    kept = [(axis, found) for axis, found in told if found is not None]
    if not kept:
        return {**answer, "problem": "No setting of these runs varies, so none can have made a difference."}
    rows = [_row(axis, found) for axis, found in kept]
    if fit and len(used) < FEWEST_FITTED:
        answer["forest_problem"] = f"A forest needs {FEWEST_FITTED} runs; {len(used)} have {target.title}."
    elif fit:
        columns = np.column_stack([_ranked(axis.places) for axis, _ in kept])
        forest = forest_importance(columns, average_ranks(numbers))
        answer["score"] = forest["score"]
        for row, mean, std in zip(rows, forest["mean"], forest["std"], strict=True):
            row["importance"], row["std"] = mean, std
    by_importance = answer["score"] is not None
    rows.sort(key=lambda row: row["importance"] if by_importance else abs(row["rho"]), reverse=True)
    return {**answer, "parameters": rows}


def _ranked(places: Floats) -> Floats:
    """The ranks of places (n,), NaN where there is none: trees see the same, and no number is too large for them."""
    ranks = np.full(len(places), np.nan)
    there = np.isfinite(places)
    ranks[there] = average_ranks(places[there])
    return ranks


def _row(axis: Axis, found: Correlation) -> dict[str, Any]:
    return {"text": axis.text, "title": axis.title, **found._asdict(), "importance": None, "std": None}


def varying_parameters(project: Project, runs: Ints) -> tuple[list[Axis], int]:
    """The settings of runs (n,), ids ascending, that are not the same in all of them, those that most have first and
    at most MAX_PARAMETERS; and how many others looked the same. Two queries."""
    looked = evenly(np.arange(len(runs)), LOOKED_AT)
    different: dict[int, set[Any]] = {}
    counts: dict[int, int] = {}
    names: dict[int, str] = {}
    rows = RunValue.objects.filter(
        run_id__in=runs[looked].tolist(), key__project=project, key__namespace=Namespace.CONFIG
    )
    for key_id, name, number, text in rows.values_list("key_id", "key__name", "number", "text"):
        names[key_id] = name
        different.setdefault(key_id, set()).add(number if text is None else text)
        counts[key_id] = counts.get(key_id, 0) + 1
    varied = [key_id for key_id, values in different.items() if len(values) > 1]
    chosen = sorted(varied, key=lambda key_id: (-counts[key_id], names[key_id]))[:MAX_PARAMETERS]
    found = _values(runs, chosen)
    axes = [Axis(Name("config", names[key_id]), found[key_id], known=True) for key_id in chosen]
    return axes, len(different) - len(varied)


def _values(runs: Ints, key_ids: Sequence[int]) -> dict[int, RunValues]:
    numbers: dict[int, list[tuple[int, float]]] = {key_id: [] for key_id in key_ids}
    texts: dict[int, list[tuple[int, str]]] = {key_id: [] for key_id in key_ids}
    rows: Any = RunValue.objects.filter(run_id__in=runs.tolist(), key_id__in=key_ids)
    for run_id, key_id, number, text in rows.values_list("run_id", "key_id", "number", "text"):
        if text is None:
            numbers[key_id].append((run_id, number))
        else:
            texts[key_id].append((run_id, text))
    found = {}
    for key_id in key_ids:
        column = np.full(len(runs), np.nan)
        at, values = placed(runs, numbers[key_id])
        column[at] = values
        found[key_id] = RunValues(column, *worded(runs, texts[key_id]))
    return found


def correlation(parameter: Axis, target: Floats) -> Correlation | None:
    """How a setting goes with a target (n,), over the runs that have it; of texts the one that goes with it most.

    None when it says nothing: it is the same in all, or another text in nearly every run.
    """
    there = np.isfinite(parameter.places)
    places, numbers = parameter.places[there], target[there]
    if parameter.kind != "text":
        return _correlation(places, numbers, None)
    sizes = np.bincount(places.astype(np.int64), minlength=len(parameter.words))
    if len(sizes) > min(MAX_CATEGORIES, len(places) / 2):
        return None
    largest = np.argsort(-sizes, kind="stable")[:NAMED_CATEGORIES]
    each = [_correlation(places == place, numbers, parameter.words[place]) for place in largest.tolist()]
    return max((one for one in each if one is not None), key=lambda one: abs(one.rho), default=None)


def _correlation(column: NDArray[Any], numbers: Floats, of: str | None) -> Correlation | None:
    rho = spearman(column.astype(np.float64), numbers)
    if rho is None:
        return None
    low, high = interval(rho, len(numbers)) or (None, None)
    return Correlation(rho, low, high, len(numbers), of)


def forest_importance(columns: Floats, target: Floats) -> dict[str, Any]:
    """What fitting.py says of columns (n, k) and a target (n,), in a process of its own; kept for an hour.

    Raises FitBusy while another is computed, FitFailed when it does not end within FIT_SECONDS.
    """
    packed = io.BytesIO()
    np.savez(packed, columns=columns, target=target)
    kept = f"importance:{hashlib.sha256(columns.tobytes() + target.tobytes()).hexdigest()}"
    found: dict[str, Any] | None = cache.get(kept)
    if found is not None:
        return found
    if not _fitting.acquire(blocking=False):
        raise FitBusy
    try:
        found = _fitted(packed.getvalue())
    finally:
        _fitting.release()
    cache.set(kept, found, KEPT_SECONDS)
    return found


def _fitted(packed: bytes) -> dict[str, Any]:
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "apps.plots.fitting"],
            input=packed,
            capture_output=True,
            cwd=settings.BASE_DIR,
            env=os.environ | single,
            timeout=FIT_SECONDS,
            check=True,
        )
    except subprocess.TimeoutExpired:
        raise FitFailed(f"it took longer than {FIT_SECONDS} s.") from None
    except subprocess.CalledProcessError as error:
        logger.error("A forest was not fitted: %s", error.stderr[-2_000:].decode(errors="replace"))
        raise FitFailed(f"its process ended with {error.returncode}.") from None
    found: dict[str, Any] = orjson.loads(ended.stdout)
    return found
