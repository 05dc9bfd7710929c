"""Rows of metrics: a point, or a cell of them, each."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from apps.custom_panels.columns import Numbers
from apps.custom_panels.errors import PanelsBusy, TooMuchToRead
from apps.custom_panels.limits import HEAVY_READ, MAX_READ, MAX_ROWS, POINTS
from apps.custom_panels.rows import Facts, Rows, places, texts
from apps.custom_panels.sources import Source
from apps.history.errors import TooManyPoints
from apps.history.queries import run_totals
from apps.history.sampling import Sampled, sampled

LEAST_POINTS = 16
WAIT_SECONDS = 10.0
_heavy = threading.Lock()  # what reads millions of points takes a few hundred MB: one at a time in a process


def history_rows(source: Source, facts: Facts, share: int) -> Rows:
    """The points of a source's keys in every run: all of them where they are aggregated, else as many as are drawn.

    share: how many rows the source may have where it does not say. Raises TooMuchToRead and PanelsBusy.
    """
    points = source.points
    if points is None and source.aggregate is None:
        lines = max(1, len(facts.ids) * len(source.keys))
        points = max(LEAST_POINTS, min(POINTS, share // lines))
    try:
        with _in_turn(facts, points):
            found = sampled(facts.ids, source.keys, points, most=MAX_READ)
    except TooManyPoints as error:
        raise TooMuchToRead(source.name, error.came, "points", error.most) from error
    return _rows(found, facts, points)


@contextmanager
def _in_turn(facts: Facts, points: int | None) -> Iterator[None]:
    heavy = points is None and sum(run_totals(facts.ids).values()) > HEAVY_READ
    if heavy and not _heavy.acquire(timeout=WAIT_SECONDS):
        raise PanelsBusy("Another panel reads millions of points now; ask again in some seconds.", retry_after=3)
    try:
        yield
    finally:
        if heavy:
            _heavy.release()


def _rows(found: list[Sampled], facts: Facts, points: int | None) -> Rows:
    counts = [len(one.step) for one in found]
    place_of = {run_id: place for place, run_id in enumerate(facts.ids)}
    of_run = np.array([place_of[one.run_id] for one in found], np.int64)[places(counts)]
    step, time, value, low, high = (
        np.concatenate([getattr(one, what) for one in found] or [np.zeros(0)]).astype(np.float64)
        for what in ("step", "time", "value", "low", "high")
    )
    started = np.array([*facts.started, 0.0])[of_run]
    columns = {
        **facts.spread(of_run),
        "key": texts([one.key for one in found], counts),
        "step": Numbers(step),
        "time": Numbers(time),
        "seconds": Numbers(np.round(time / 1_000 - started, 3)),
        "value": Numbers(value),
        "low": Numbers(low),
        "high": Numbers(high),
    }
    return Rows(columns, sum(one.stored for one in found), _note(found, points))


def _note(found: list[Sampled], points: int | None) -> str:
    said = []
    wide = max((one.width for one in found), default=1)
    if wide > 1:
        said.append(f"Rows of series with more than {points:,} points are means of up to {wide:,} steps.")
    odd = sum(one.odd for one in found)
    if odd:
        said.append(f"{odd:,} points are NaN or infinite and have no value here.")
    return " ".join(said)


def fair_share(sources: int) -> int:
    """The rows that each of some sources may have."""
    return MAX_ROWS // max(1, sources)
