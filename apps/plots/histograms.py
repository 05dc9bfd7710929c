"""How many runs have which values: bins of numbers, or counts of texts, in parts by a group."""

from typing import Any

import numpy as np

from apps.plots.answers import axis_answer
from apps.plots.axes import Axis
from apps.plots.errors import MAX_BARS, MAX_BINS, MAX_PARTS
from apps.plots.groups import group_codes, group_filter
from apps.runs.value_columns import Floats, Ints

USUAL_BINS = (8, 40)


def histogram_answer(
    runs: Ints, value: Axis, group: Axis | None, *, log: bool, bins: int | None = None
) -> dict[str, Any]:
    """Counts of runs by value: edges of numbers, with one count fewer than edges; or words. parts: the largest groups,
    the others counted together in the last one.

    bins: how many, 1 to MAX_BINS; None chooses. A value on an edge counts to the right of it, but on the last one.
    """
    there = np.flatnonzero(value.shown(log=log))
    numbers = value.places[there]
    edges: list[float] = []
    words: list[str] = []
    if value.kind == "text":
        counted = np.bincount(numbers.astype(np.int64), minlength=len(value.words))
        order = np.argsort(-counted, kind="stable")[:MAX_BARS]
        words = [value.words[place] for place in order.tolist() if counted[place]]
        place_of = np.full(len(value.words), -1, np.int64)
        place_of[order] = np.arange(len(order))
        bin_of, columns = place_of[numbers.astype(np.int64)], len(words)
    elif len(numbers):
        cuts = bin_edges(numbers, log=log, bins=bins)
        edges = cuts.tolist()
        columns = len(cuts) - 1
        bin_of = np.clip(np.searchsorted(cuts, numbers, "right") - 1, 0, columns - 1)
    else:
        bin_of, columns = np.empty(0, np.int64), 0
    axes = {"value": axis_answer(value, log=log)} | ({} if group is None else {"group": axis_answer(group)})
    return {
        "total": len(runs),
        "with": len(there),
        "counted": int(np.count_nonzero(bin_of >= 0)),
        "axes": axes,
        "edges": edges,
        "words": words,
        "parts": _parts(bin_of, columns, there, group),
    }


def _parts(bin_of: Ints, columns: int, there: Ints, group: Axis | None) -> list[dict[str, Any]]:
    ours = bin_of >= 0
    if group is None:
        return [{"label": "runs", "counts": np.bincount(bin_of[ours], minlength=columns).tolist()}]
    values, codes = group_codes(group)
    code = codes[there]
    sizes = np.bincount(code, minlength=len(values))
    largest = np.argsort(-sizes, kind="stable")[:MAX_PARTS]
    named = np.sort(largest[sizes[largest] > 0])
    parts = []
    for place in named.tolist():
        counts = np.bincount(bin_of[ours & (code == place)], minlength=columns)
        parts.append({"label": values[place], "filter": group_filter(group, values[place]), "counts": counts.tolist()})
    rest = ours & ~np.isin(code, named)
    if rest.any():
        others = int(np.count_nonzero(sizes)) - len(named)
        counts = np.bincount(bin_of[rest], minlength=columns)
        parts.append({"label": f"{others} others", "others": others, "counts": counts.tolist()})
    return parts


def bin_edges(numbers: Floats, *, log: bool, bins: int | None = None) -> Floats:
    """Edges (k + 1,) of equal bins over finite numbers (n,), n > 0; equal by their ratio when log.

    Without bins their width is that of Freedman and Diaconis, within USUAL_BINS.
    """
    half = (np.log10(numbers) if log else numbers) / 2  # differences of halves never overflow
    low, high = float(half.min()), float(half.max())
    if low == high:
        room = abs(low) * 1e-9 or 0.25
        low, high, bins = low - room, high + room, 1
    if bins is None:
        quarter, three = np.quantile(half, (0.25, 0.75))
        width = 2 * float(three - quarter) / len(half) ** (1 / 3)
        wanted = (high - low) / width if width > 0 else USUAL_BINS[0]
        bins = int(np.clip(np.ceil(wanted), *USUAL_BINS))
    edges = np.linspace(low, high, min(bins, MAX_BINS) + 1) * 2
    if not log:
        return edges
    edges = 10.0**edges
    edges[0], edges[-1] = min(edges[0], numbers.min()), max(edges[-1], numbers.max())
    return edges
