"""Axes and numbers of plots as JSON."""

from typing import Any

import numpy as np

from apps.plots.axes import Axis
from apps.runs.value_columns import Floats, Ints


def axis_answer(axis: Axis, *, log: bool = False) -> dict[str, Any]:
    """What is to be said of an axis; `with` is how many runs have a place on it."""
    return {
        "text": axis.text,
        "title": axis.title,
        "kind": axis.kind,
        "direction": axis.direction.value,
        "known": axis.known,
        "filters": axis.filters,
        "with": int(np.count_nonzero(axis.shown(log=log))),
        "lost": axis.lost(log=log),
    }


def plain(numbers: Floats) -> list[float | None]:
    """Numbers (n,) as JSON has them, null for those that are not finite."""
    return [number if finite else None for number, finite in zip(numbers.tolist(), np.isfinite(numbers), strict=True)]


def drawn_values(axis: Axis, drawn: Ints) -> dict[str, Any]:
    """The places of those runs on an axis, and the texts that they mean: only those that one of them has."""
    places = axis.places[drawn]
    if axis.kind != "text":
        return {"values": plain(places), "words": []}
    there = ~np.isnan(places)
    used, which = np.unique(places[there].astype(np.int64), return_inverse=True)
    found = np.full(len(drawn), np.nan)
    found[there] = which
    return {"values": plain(found), "words": [axis.words[place] for place in used.tolist()]}
