"""What a plot shows of runs along one axis: any name of the values index, a run's state, or how long it worked.

Each axis is read whole, for every run that passes the table's filter: two queries an axis, however many runs there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from apps.plots.errors import UnknownSubject
from apps.runs.directions import Direction, guessed
from apps.runs.directions_known import directions
from apps.runs.filters import STARTS, parse_name
from apps.runs.filters_sql import compiled
from apps.runs.filters_syntax import Field, Filter, FilterError, Name
from apps.runs.models import Project, Run
from apps.runs.queries import archived_runs_of, runs_of
from apps.runs.run_table import Chosen, passing_ids
from apps.runs.value_columns import Floats, Ints, RunValues, placed, run_values, worded

STATE, TOOK = "state", "took"
Subject = Name | str  # a name of the index, or one of STATE and TOOK
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Axis:
    """One axis over n runs. kind: number, text, time (s since epoch) or took (s).

    known: whether any run of the project has it; filters: whether runs can be filtered by it. direction: which end of
    its numbers is the good one.
    """

    subject: Subject
    values: RunValues
    known: bool
    direction: Direction = Direction.UNKNOWN

    @property
    def text(self) -> str:
        return self.subject if isinstance(self.subject, str) else self.subject.text

    @property
    def title(self) -> str:
        """As people call it: a metric with its figure, unless that is its last value."""
        if isinstance(self.subject, str):
            return self.subject
        figure = self.subject.figure
        return f"{self.subject.name} {figure}" if figure not in ("", "last") else self.subject.name.replace("_", " ")

    @cached_property
    def kind(self) -> str:
        if isinstance(self.subject, str):
            return {STATE: "text", TOOK: "took"}[self.subject]
        if self.subject.namespace == "run" and self.subject.name in STARTS:
            return "time"
        numbers = np.count_nonzero(~np.isnan(self.values.numbers))
        return "text" if np.count_nonzero(self.values.word >= 0) > numbers else "number"

    @property
    def filters(self) -> bool:
        return self.subject != TOOK

    @property
    def words(self) -> list[str]:
        """The texts along it, in order; [] of numbers."""
        return self.values.words if self.kind == "text" else []

    @cached_property
    def places(self) -> Floats:
        """Where each run stands, float64 (n,): its number, or its text's place among words. NaN without one; numbers of
        an axis of texts, and texts of one of numbers, are none."""
        if self.kind != "text":
            return self.values.numbers
        return np.where(self.values.word >= 0, self.values.word.astype(np.float64), np.nan)

    def shown(self, *, log: bool = False) -> Bools:
        """Which runs (n,) it has a place for: a finite one, above zero on a logarithmic axis."""
        there = np.isfinite(self.places)
        return there & (self.places > 0) if log and self.kind != "text" else there

    def lost(self, *, log: bool = False) -> dict[str, int]:
        """How many runs have a value that it has no place for, by why."""
        numbers, texts = self.values.numbers, self.values.word >= 0
        if self.kind == "text":
            found = {"other_kind": np.count_nonzero(~np.isnan(numbers))}
        else:
            found = {
                "not_positive": np.count_nonzero((numbers <= 0) & log),
                "other_kind": np.count_nonzero(texts),
            }
        return {why: int(count) for why, count in found.items() if count}


def read_subject(text: str, what: str) -> Subject:
    """What an axis is asked to show. Raises FilterError of the parameter what, and UnknownSubject."""
    if text in (STATE, TOOK):
        return text
    try:
        found = parse_name(text)
    except FilterError as error:
        raise error.of(what) from None
    if isinstance(found, Field):
        raise UnknownSubject(text, what)
    return found


def plotted_runs(project: Project, chosen: Chosen) -> Ints:
    """The ids of all runs that pass, ascending."""
    return np.sort(np.array(passing_ids(project, chosen), np.int64))


def read_axes(project: Project, chosen: Chosen, runs: Ints, subjects: Mapping[str, Subject]) -> dict[str, Axis]:
    """The axes by the parameters that asked for them. runs: ids (n,), ascending.

    Raises FilterError of a parameter: the best of a metric whose good end nobody knows.
    """
    for what, subject in subjects.items():
        if isinstance(subject, Name):
            try:
                compiled(Filter("", None), project, also=[subject])
            except FilterError as error:
                raise error.of(what) from None
    names = [subject for subject in subjects.values() if isinstance(subject, Name)]
    keys = compiled(Filter("", None), project, also=names).keys
    known = directions(project, (name.name for name in names if name.namespace == "metric"))
    read: dict[Subject, Axis] = {}
    for subject in subjects.values():
        if subject in read:
            continue
        if isinstance(subject, str):
            read[subject] = Axis(subject, _facts(project, chosen, runs, subject), known=True)
        else:
            values = run_values(runs, keys.ids(subject))
            read[subject] = Axis(subject, values, keys.known(subject), _direction(subject, known))
    return {what: read[subject] for what, subject in subjects.items()}


def _direction(name: Name, known: Mapping[str, Direction]) -> Direction:
    if name.namespace == "metric":
        return known[name.name]
    return guessed(name.name) if name.namespace == "summary" else Direction.UNKNOWN


def _facts(project: Project, chosen: Chosen, runs: Ints, fact: str) -> RunValues:
    """Every run's state as it is now, or the seconds it worked, to its end or last sign of life: one query."""
    listed = (archived_runs_of(project) if chosen.archived else runs_of(project)).order_by()
    if fact == STATE:
        states = [(run.id, run.state_now) for run in listed.select_related(None).only("id", "state", "heartbeat_at")]
        return RunValues(np.full(len(runs), np.nan), *worded(runs, states))
    ends = listed.values_list("id", "started_at", Coalesce("finished_at", "heartbeat_at"))
    seconds = [(run_id, max(0.0, (end - start).total_seconds())) for run_id, start, end in ends]
    numbers = np.full(len(runs), np.nan)
    at, values = placed(runs, seconds)
    numbers[at] = values
    return RunValues(numbers, [], np.full(len(runs), -1, np.int64))


def evenly(places: Ints, most: int) -> Ints:
    """At most so many of these places, evenly spread: run ids are random, so neighbours have nothing in common."""
    if len(places) <= most:
        return places
    return places[np.linspace(0, len(places) - 1, most).astype(np.int64)]


def good_end(values: Floats, direction: Direction) -> int | None:
    """The place of the best of finite numbers (n,), None without one or when nobody knows which end is good."""
    finite = np.isfinite(values)
    if direction == Direction.UNKNOWN or not finite.any():
        return None
    sign = 1 if direction == Direction.MIN else -1
    return int(np.argmin(np.where(finite, sign * values, np.inf)))


def run_names(run_ids: Sequence[int]) -> dict[int, str]:
    """One query for each 10,000 runs."""
    found: dict[int, str] = {}
    for begin in range(0, len(run_ids), 10_000):
        part = run_ids[begin : begin + 10_000]
        found.update(Run.objects.filter(id__in=part).values_list("id", "name"))
    return found
