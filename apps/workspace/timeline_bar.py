"""A run's states over time as a bar: where its stretches and marks lie, in hundredths of its width."""

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone

from apps.runs.models import ENDED, EventKind, State
from apps.runs.timeline import STARTED, Moment, Timeline

MOST_MARKS = 200
SILENCE_SHARE = 0.15  # of the rest of the bar, at most: a run that crashed last week still shows what it did
LEAST_WIDTH = 0.5
_MARKED = (STARTED, EventKind.STOP_ASKED, EventKind.LATE)


class Stretch(NamedTuple):
    """A part of the bar in one state. x, width: in percent; kind: running, crashed or over."""

    x: str
    width: str
    kind: str
    title: str


class Mark(NamedTuple):
    """Something that happened. x: in percent; kind: attempt, stop_asked or late."""

    x: str
    kind: str
    title: str


class Bar(NamedTuple):
    start: datetime
    end: datetime
    stretches: list[Stretch]
    marks: list[Mark]
    kinds: set[str]  # of stretches and marks, for the legend

    @property
    def facts(self) -> list[tuple[object, ...]]:
        """What it shows, to a hundredth of its width: by how much less a run has gone on is not worth drawing."""
        parts = [(round(float(one.x)), round(float(one.width)), one.kind, one.title) for one in self.stretches]
        return [(self.start,), *parts, *((round(float(mark.x)), mark.kind, mark.title) for mark in self.marks)]


def state_bar(found: Timeline, now: datetime | None = None) -> Bar | None:
    """The bar of a run; None for one that never began."""
    if not found.spans:
        return None
    now = now or timezone.now()
    start, last = found.spans[0].start, found.spans[-1]
    marked = [moment for moment in found.moments if moment.kind in _MARKED and moment.at >= start]
    known = max([last.start, *(moment.at for moment in marked)])
    if last.state == State.RUNNING:
        end = max(now, known)
    elif last.state == State.CRASHED:
        end = max(known, min(now, known + SILENCE_SHARE * (known - start)))
    else:
        end = known
    whole = max((end - start).total_seconds(), 1e-3)

    def place(at: datetime) -> float:
        return min(100.0, max(0.0, 100 * (at - start).total_seconds() / whole))

    stretches = []
    for span in found.spans:
        left, right = place(span.start), place(span.end or end)
        if right > left or span.state == State.RUNNING:
            kind = "over" if span.state in ENDED else span.state
            width = min(max(right - left, LEAST_WIDTH), 100 - left)
            stretches.append(Stretch(f"{left:.2f}", f"{width:.2f}", kind, _said(kind, span.start, span.end)))
    marks = [
        Mark(f"{place(moment.at):.2f}", "attempt" if moment.kind == STARTED else moment.kind, _title(moment))
        for moment in marked[-MOST_MARKS:]
        if moment.kind != STARTED or moment.facts["attempt"] > 1
    ]
    kinds = {stretch.kind for stretch in stretches} | {mark.kind for mark in marks}
    return Bar(start, end, stretches, marks, kinds)


def _said(kind: str, start: datetime, end: datetime | None) -> str:
    word = {"running": "Running", "crashed": "Silent"}.get(kind, "Over")
    return f"{word} {start:%Y-%m-%d %H:%M:%S} to {f'{end:%Y-%m-%d %H:%M:%S} UTC' if end else 'now'}"


def _title(moment: Moment) -> str:
    by = f" by {moment.by}" if moment.by else ""
    return f"{moment.words}{by}, {moment.at:%Y-%m-%d %H:%M:%S} UTC"
