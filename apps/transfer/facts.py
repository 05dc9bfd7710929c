"""What an archive says of a run: written as a line of JSON, and checked when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from apps.artifacts.paths import checked_path
from apps.core import ids
from apps.core.errors import TrackerError
from apps.core.json_values import printable, storable, text_problem
from apps.runs.events import MAX_NAME
from apps.runs.models import EventKind, Run, State
from apps.transfer.errors import BadArchive
from apps.transfer.formats import MEMBER

TEXTS = {"name": 250, "client_id": 250, "group": 250, "job_type": 250, "notes": 2**20, "exit_message": 2**20}
DOCUMENTS = ("config", "summary", "provenance")
TIMES = ("created_at", "started_at", "heartbeat_at")
OPTIONAL_TIMES = ("finished_at", "late_data_at", "stop_requested_at", "archived_at")
NUMBERS = {"attempt": (1, 2**31 - 1), "lost_points": (0, 2**63 - 1)}
ELSEWHERE = ("id", "project", "deleted_at", "created_by", "state", "tags")  # said in another form, or not at all
MAX_ATTEMPTS = 100_000
MAX_EVENTS = 1_000  # the newest of a run
_FILE_TEXTS = ("path", "media_type", "sha256")


@dataclass(frozen=True)
class RunFacts:
    """One line of runs.jsonl. fields: of the model, by name; attempts: number to start.

    history, console, tables: members, "" for none.
    """

    source_id: int
    fields: dict[str, Any]
    attempts: dict[int, datetime]
    events: list[dict[str, Any]]
    history: str
    points: int
    series: int
    console: str
    lines: int
    tables: str
    files: list["FileFacts"]


class FileFacts(NamedTuple):
    """A file of a run. member: of the archive, "" where the site that wrote it had lost the bytes."""

    path: str
    member: str
    media_type: str
    sha256: str
    changed_at: datetime


def run_line(run: Run, **held: Any) -> dict[str, Any]:
    """Everything known of a run; it comes with its attempts, events and maker. held: what it has in other members."""
    return {
        "id": run.slug,
        **{name: getattr(run, name) for name in (*TEXTS, *NUMBERS, *DOCUMENTS)},
        **{name: _moment(getattr(run, name)) for name in (*TIMES, *OPTIONAL_TIMES)},
        "state": run.state,
        "tags": run.tags,
        "created_by": run.created_by.get_username() if run.created_by else None,
        "attempts": [{"number": one.number, "started_at": _moment(one.started_at)} for one in run.attempts.all()],
        "events": [
            {"at": _moment(one.at), "kind": one.kind, "by": one.actor_name, "facts": one.facts}
            for one in list(run.events.all())[-MAX_EVENTS:]
        ],
        **held,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def run_facts(line: Any, number: int) -> RunFacts:
    """A line as it may be stored. number: of the line, from 1. Raises BadArchive, naming the line and the field."""
    return _Line(line, number).facts()


class _Line:
    def __init__(self, line: Any, number: int) -> None:
        self._number = number
        if not isinstance(line, dict):
            raise self._bad("line", "must be an object")
        self._line: Mapping[str, Any] = line

    def facts(self) -> RunFacts:
        try:
            source_id = ids.from_text(self._of("id", str))
        except ValueError as error:
            raise self._bad("id", str(error)) from error
        fields: dict[str, Any] = {name: self._text(name, longest) for name, longest in TEXTS.items()}
        fields |= {name: self._number_of(name, *ends) for name, ends in NUMBERS.items()}
        fields |= {name: self._document(name) for name in DOCUMENTS}
        fields |= {name: self._time(name, self._line.get(name)) for name in TIMES}
        fields |= {
            name: None if self._line.get(name) is None else self._time(name, self._line[name])
            for name in OPTIONAL_TIMES
        }
        fields["state"] = self._of("state", str)
        if fields["state"] not in State.values:
            raise self._bad("state", f"is none of {', '.join(State.values)}")
        fields["tags"] = tags = self._of("tags", list)
        if not all(isinstance(tag, str) and len(tag) <= 250 and not text_problem(tag) for tag in tags):
            raise self._bad("tags", "must be a list of texts")
        return RunFacts(
            source_id=source_id,
            fields=fields,
            attempts=self._attempts(fields["attempt"]),
            events=self._events(),
            history=self._member(self._line.get("history"), "history"),
            points=self._number_of("points", 0, 2**63 - 1),
            series=self._number_of("series", 0, 2**63 - 1),
            console=self._member(self._line.get("console"), "console"),
            lines=self._number_of("lines", 0, 2**63 - 1),
            tables=self._member(self._line.get("tables"), "tables"),
            files=[self._file(one) for one in self._of("files", list)],
        )

    def _member(self, name: Any, folder: str) -> str:
        if name is None:
            return ""
        if not (isinstance(name, str) and MEMBER.fullmatch(name) and name.startswith(f"{folder}/")):
            raise self._bad(folder, "is no member of an archive")
        return name

    def _file(self, one: Any) -> FileFacts:
        if not isinstance(one, dict) or not all(isinstance(one.get(name), str) for name in _FILE_TEXTS):
            raise self._bad("files", f"must be objects with {', '.join(_FILE_TEXTS)}")
        try:
            path = checked_path(one["path"])
        except TrackerError as error:
            raise self._bad("files", f"has a path that cannot be taken: {error.message}") from error
        return FileFacts(
            path,
            self._member(one.get("member"), "files"),
            one["media_type"],
            one["sha256"],
            self._time("files", one.get("changed_at")),
        )

    def _attempts(self, newest: int) -> dict[int, datetime]:
        found: dict[int, datetime] = {}
        for one in self._of("attempts", list)[: MAX_ATTEMPTS + 1]:
            if not isinstance(one, dict) or type(one.get("number")) is not int or not 1 <= one["number"] <= newest:
                raise self._bad("attempts", f"must be objects with a number of 1..{newest} and a start")
            found[one["number"]] = self._time("attempts", one.get("started_at"))
        if len(found) > MAX_ATTEMPTS:
            raise self._bad("attempts", f"has more than {MAX_ATTEMPTS:,}")
        return found

    def _events(self) -> list[dict[str, Any]]:
        """Fields of RunEvents; archives of before there were any have none."""
        events = self._line.get("events", [])
        if type(events) is not list or len(events) > MAX_EVENTS:
            raise self._bad("events", f"must be a list of at most {MAX_EVENTS:,}")
        found = []
        for one in events:
            by = one.get("by") if isinstance(one, dict) else None
            if not isinstance(by, str) or len(by) > MAX_NAME or text_problem(by) or one.get("kind") not in EventKind:
                raise self._bad("events", f"must be objects with at, by and a kind of {', '.join(EventKind.values)}")
            problems: dict[str, str] = {}
            facts = storable(one.get("facts"), "events", problems)
            if problems or not isinstance(facts, dict):
                raise self._bad("events", "has facts that cannot be stored")
            found.append(
                {"at": self._time("events", one.get("at")), "kind": one["kind"], "actor_name": by, "facts": facts}
            )
        return found

    def _bad(self, field: str, what: str) -> BadArchive:
        return BadArchive(f"Line {self._number:,} of runs.jsonl cannot be read: {field} {what}.")

    def _of(self, name: str, kind: type) -> Any:
        value = self._line.get(name)
        if type(value) is not kind:
            raise self._bad(name, f"must be a {kind.__name__}")
        return value

    def _text(self, name: str, longest: int) -> str:
        text: str = self._of(name, str)
        problem = text_problem(text)
        if problem or len(text) > longest:
            raise self._bad(name, problem or f"has {len(text):,} characters; at most {longest:,} are allowed")
        return text

    def _number_of(self, name: str, least: int, most: int) -> int:
        number: int = self._of(name, int)
        if not least <= number <= most:
            raise self._bad(name, f"must be within {least}..{most}")
        return number

    def _document(self, name: str) -> dict[str, Any]:
        problems: dict[str, str] = {}
        stored: dict[str, Any] = storable(self._of(name, dict), name, problems)
        for path, what in problems.items():
            raise self._bad(printable(path), what)
        return stored

    def _time(self, name: str, value: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self._bad(name, "must be a moment in ISO 8601") from error
        if moment.tzinfo is None:
            raise self._bad(name, "must say its offset from UTC")
        return moment
