"""What happened to a run and when: what was noted (events.py), and what its facts tell of times before notes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.utils import timezone

from apps.core.memory import Memory
from apps.history.queries import AttemptFigures, attempt_figures, run_totals
from apps.runs.models import ENDED, Attempt, EventKind, Run, RunEvent, State

MOST_EVENTS = 500  # the newest of them
MOST_ATTEMPTS = 200
SOON = timedelta(seconds=60)  # a run is made and starts: one thing to people
_NEAR = timedelta(seconds=1)  # a note and the fact it belongs to
STARTED, MADE = "started", "made"
KEPT_SECONDS, MOST_KEPT = 600.0, 256  # of figures of attempts
_kept: Memory[tuple[int, int, int], Mapping[int, AttemptFigures]] = Memory(KEPT_SECONDS, MOST_KEPT)


class Moment(NamedTuple):
    """Something that happened. kind: an EventKind, "made" or "started"; by: who did it, "" for the run itself.

    state: what the run was from then on, "" when that did not change. facts: more of it, by kind.
    """

    at: datetime
    kind: str
    by: str = ""
    state: str = ""
    facts: Mapping[str, Any] = {}

    @property
    def words(self) -> str:
        """What happened, without who did it."""
        if self.kind == STARTED:
            number = self.facts["attempt"]
            return "Started" if number == 1 else f"Resumed: attempt {number}"
        if self.kind == EventKind.ENDED:
            return {State.FAILED: "Failed", State.STOPPED: "Stopped"}.get(State(self.state), "Finished")
        if self.kind == EventKind.RENAMED:
            return f"Renamed from “{self.facts.get('before', '')}” to “{self.facts.get('after', '')}”"
        if self.kind == EventKind.MOVED:
            return f"Moved here from {self.facts.get('source') or 'another project'}"
        return _WORDS[self.kind]


_WORDS = {
    MADE: "Made",
    EventKind.STOP_ASKED: "Asked to stop",
    EventKind.CRASHED: "Last heard of; silent from here on, so it counts as crashed",
    EventKind.RETURNED: "Heard of again",
    EventKind.LATE: "Data came after the end",
    EventKind.ARCHIVED: "Archived",
    EventKind.RESTORED: "Brought back from the archive",
}


class Span(NamedTuple):
    """A stretch of time in one state. end: None while it lasts."""

    state: str
    start: datetime
    end: datetime | None


class Start(NamedTuple):
    """One attempt. ended_at: None while it goes on; figures: None when it logged nothing, or when there is one only."""

    number: int
    started_at: datetime
    ended_at: datetime | None
    figures: AttemptFigures | None

    @property
    def took(self) -> timedelta:
        return (self.ended_at or timezone.now()) - self.started_at


@dataclass(frozen=True)
class Timeline:
    """moments: oldest first; spans: without a hole between them; attempts: by number. left_out: older moments."""

    moments: list[Moment]
    spans: list[Span]
    attempts: list[Start]
    left_out: int
    attempts_left_out: int


def timeline(run: Run) -> Timeline:
    """What happened to a run: four queries, and the heads of all its series when it has several attempts."""
    noted = RunEvent.objects.filter(run=run).order_by("-at", "-id")
    events = list(noted[: MOST_EVENTS + 1])
    more = noted.count() - MOST_EVENTS if len(events) > MOST_EVENTS else 0
    events = events[:MOST_EVENTS][::-1]
    attempts = list(Attempt.objects.filter(run=run).order_by("-number")[:MOST_ATTEMPTS])[::-1]
    earlier = attempts[0].number - 1 if attempts else 0
    moments = [*_starts(run, attempts), *map(_moment, events), *_untold(run, {event.kind: event for event in events})]
    moments.sort(key=lambda moment: moment.at)
    figures = _figures(run) if run.attempt > 1 else {}
    return Timeline(
        moments=moments,
        spans=_spans(moments),
        attempts=_attempts(attempts, moments, figures),
        left_out=more,
        attempts_left_out=earlier,
    )


def _figures(run: Run) -> Mapping[int, AttemptFigures]:
    """What each attempt logged, read again when the run has more points: it takes the heads of all series."""
    version = (run.id, run.attempt, run_totals([run.id]).get(run.id, 0))
    known = _kept.get(version)
    if known is None:
        learn = _kept.learner()
        known = attempt_figures(run.id)
        learn(version, known)
    return known


def _starts(run: Run, attempts: Sequence[Attempt]) -> list[Moment]:
    by = run.created_by.get_username() if run.created_by else ""
    found = [
        Moment(one.started_at, STARTED, by if one.number == 1 else "", State.RUNNING, {"attempt": one.number})
        for one in attempts
    ]
    if not attempts or (attempts[0].number == 1 and abs(run.created_at - attempts[0].started_at) > SOON):
        found.append(Moment(run.created_at, MADE, by))
    return found


def _moment(event: RunEvent) -> Moment:
    state = {EventKind.CRASHED: State.CRASHED, EventKind.RETURNED: State.RUNNING}.get(EventKind(event.kind), "")
    if event.kind == EventKind.ENDED:
        said = event.facts.get("state")
        state = said if said in ENDED else State.FINISHED
    return Moment(event.at, event.kind, event.actor_name, str(state), event.facts)


def _untold(run: Run, newest: Mapping[str, RunEvent]) -> list[Moment]:
    """What only the run's facts tell: of runs older than these notes, and of one that is silent and not yet noted."""
    found = []
    state = run.state_now
    ended_at = run.heartbeat_at if state == State.CRASHED else run.finished_at
    if state in ENDED and ended_at and not _told(newest.get(EventKind.ENDED), ended_at):
        facts = {"state": state, "message": run.exit_message} if run.exit_message else {"state": state}
        found.append(Moment(ended_at, EventKind.ENDED, "", state, facts))
    if state == State.CRASHED and ended_at and not _told(newest.get(EventKind.CRASHED), ended_at):
        found.append(Moment(ended_at, EventKind.CRASHED, "", State.CRASHED))
    for kind, at in (
        (EventKind.STOP_ASKED, run.stop_requested_at),
        (EventKind.ARCHIVED, run.archived_at),
        (EventKind.LATE, run.late_data_at),
    ):
        if at is not None and kind not in newest:
            found.append(Moment(at, kind))
    return found


def _told(event: RunEvent | None, at: datetime) -> bool:
    return event is not None and event.at >= at - _NEAR


def _spans(moments: Sequence[Moment]) -> list[Span]:
    found: list[Span] = []
    for moment in moments:
        if not moment.state:
            continue
        if found and found[-1].state == moment.state and moment.kind != STARTED:
            continue
        if found:
            found[-1] = found[-1]._replace(end=moment.at)
        found.append(Span(moment.state, moment.at, None))
    return found


def _attempts(
    attempts: Sequence[Attempt], moments: Sequence[Moment], figures: Mapping[int, AttemptFigures]
) -> list[Start]:
    """Attempts with their ends: the last time the run was over, or silent, before the next one began."""
    found = []
    for place, one in enumerate(attempts):
        until = attempts[place + 1].started_at if place + 1 < len(attempts) else None
        during = [
            moment
            for moment in moments
            if moment.state and moment.at >= one.started_at and (until is None or moment.at < until)
        ]
        over = bool(during) and during[-1].state != State.RUNNING
        found.append(Start(one.number, one.started_at, during[-1].at if over else until, figures.get(one.number)))
    return found
