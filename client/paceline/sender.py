"""Brings one spool to the server, oldest frame first: creates the run, sends its batches and changes, finishes it.

Every frame is acknowledged only when the server has answered for it, and keeps its (writer, seq) over every retry, so
that a frame whose answer was lost is sent again and stored once.
"""

from __future__ import annotations

import json
import random
import threading
import time
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from paceline.batches import unpack
from paceline.connection import Away, Failure
from paceline.ledger import Ledger
from paceline.notices import warn
from paceline.server import Blocked, Refused, Server
from paceline.spool import BATCH, CHANGE, FILE, FINISH, LINES, TABLE, Record, Spool, Waiting
from paceline.system import PREFIX
from paceline.tables import KINDS, Kept, unpacked

FIRST_WAIT, LONGEST_WAIT = 0.5, 60.0  # seconds between tries, doubling, each cut by up to half at random
LAST_WAIT = 1.0  # at most, while the process waits for its last points to be sent
IDLE_SECONDS = 0.5
HEARTBEAT_SECONDS = 10.0  # while nothing else is sent; also how late a stop may be heard
_chance = random.Random()  # noqa: S311  of our own: a training that seeded `random` must draw what it would without us
CREATE_FIELDS = ("name", "config", "tags", "group", "job_type", "notes", "provenance")


class Sender:
    """Delivers the frames of one spool. run() is its thread; drain() does the same for `paceline sync`."""

    def __init__(
        self,
        spool: Spool,
        server: Server,
        run: dict[str, Any],
        *,
        created: dict[str, Any] | None = None,
        lost_points: Callable[[], int] = lambda: 0,
        on_created: Callable[[dict[str, Any]], None] = lambda _created: None,
    ) -> None:
        """run: the content of run.json. created: the server's answer to the run's creation, when it came already."""
        self.spool = spool
        self.server = server
        self.run_facts = run
        self.created = created or spool.read_json("created.json")
        self.problem: Failure | None = None  # why nothing gets through at the moment
        self.refusal: Refused | None = None  # the last batch set aside
        self.stop_asked = False
        self.sent_points = self.sent_lines = self.sent_files = self.sent_tables = 0
        self.answered = threading.Event()  # the run's creation was answered, by whatever
        if self.created:
            self.answered.set()
        self.ledger: Ledger | None = None  # of a killed process, whose last batches it lacks
        self._wake = threading.Event()
        self._closing = False
        self._ended = False
        self._lost_points = lost_points
        self._lost_told = 0
        self._on_created = on_created
        self._tries = 0
        self._told: tuple[type[Failure], int] | None = None
        self._not_before = 0.0
        self.full: Away | None = None  # why files are put off: the team has no room for them
        self._files_not_before = 0.0
        self._last_heartbeat = time.monotonic()
        self._unsure = False  # a creation may have reached the server although no answer came

    @property
    def sent(self) -> Waiting:
        """What this sender has brought to the server."""
        return Waiting(0, self.sent_points, self.sent_lines, self.sent_files, self.sent_tables)

    # --- The thread ---

    def run(self) -> None:
        """Deliver until close() was called and nothing is left, or end()."""
        try:
            while not self._ended:
                worked = self._work()
                if not worked:
                    if self._closing and (self.spool.first() is None or self._hopeless()):
                        break
                    self._wake.wait(self._pause())
                    self._wake.clear()
        except Exception as error:  # a fault of ours must not reach the training; the spool keeps everything
            warn(f"sending stopped: {type(error).__name__}: {error}. `paceline sync` sends what is left.")
        finally:
            self.server.close()

    def _hopeless(self) -> bool:
        """Whether the last try, made after close(), met what only the user can mend."""
        return isinstance(self.problem, Blocked) and self._tries > 0

    def wake(self) -> None:
        """There is something to send."""
        self._wake.set()

    def close(self) -> None:
        """Nothing is appended any more: send what is left, and without long pauses."""
        self._closing = True
        self._tries = 0
        self._files_not_before = 0.0
        self._not_before = min(self._not_before, self._asked_until())
        self._wake.set()

    def end(self) -> None:
        """Stop after the request under way."""
        self._ended = True
        self._wake.set()

    def _asked_until(self) -> float:
        """When a Retry-After allows the next try (monotonic), 0 when none was given."""
        return self._not_before if isinstance(self.problem, Away) and self.problem.retry_after else 0.0

    def _pause(self) -> float:
        wait = self._not_before - time.monotonic()
        return min(max(wait, 0.02), IDLE_SECONDS) if wait > 0 else IDLE_SECONDS

    def _work(self) -> bool:
        """Deliver one frame or what else is due; False when there is nothing to do now."""
        if time.monotonic() < self._not_before:
            self._beat_between_tries()
            return False
        try:
            if not self.created:
                self._create()
                return True
            self._take_up_files()
            record = self.spool.first()
            if record is not None:
                self._deliver(record)
            elif not self._beat():
                return False
        except Failure as failure:
            self._failed(failure)
            return False
        self.problem = None
        self._told = None
        self._tries = 0
        return True

    def _failed(self, failure: Failure) -> None:
        """Note a failure and when to try again; tell the user what only they can mend."""
        self._tries += 1
        longest = LAST_WAIT if self._closing else LONGEST_WAIT
        wait = min(FIRST_WAIT * 2.0 ** min(self._tries - 1, 20), longest) * _chance.uniform(0.5, 1.0)
        if isinstance(failure, Away):
            wait = max(wait, failure.retry_after)
        elif not self._closing:
            wait = LONGEST_WAIT
        self._not_before = time.monotonic() + wait
        self.problem = failure
        if (type(failure), failure.status) != self._told:
            self._told = (type(failure), failure.status)
            self._tell(failure)

    def _tell(self, failure: Failure) -> None:
        address = self.server.address
        if failure.code == "quota_reached":
            warn(f"{failure.message} Training goes on; what is not sent waits on disk.", once="quota")
        elif isinstance(failure, Away):
            warn(f"{address} is away ({failure.message}). Training goes on; points wait on disk.", once="away")
        else:
            warn(f"{address} takes nothing from us: {failure.message} {advice(failure)}Points wait on disk.")

    # --- What is sent ---

    @property
    def _path(self) -> str:
        return f"runs/{self.created['id']}"

    def _create(self) -> None:
        """Create or resume the run on the server."""
        facts = self.run_facts
        body = dict(facts["create"])
        path = f"projects/{facts['team']}/{facts['project']}/runs/"
        self.server.close()  # on a kept connection a request may go out twice, and we could not know who made the run
        if self._unsure and body["resume"] != "never":
            body["attempt"] = "join"  # the attempt that the lost answer was about may be open already
        try:
            created = self._created_by(path, body)
            if facts.get("counts_on") and not created.get("created"):
                created["next_step"] = self._next_step(created["id"])
        except Failure as failure:
            if not failure.known:
                self._unsure = True
            if not isinstance(failure, Away):
                self.problem = self.problem or failure
                self.answered.set()
            raise
        self.created = created
        try:
            self.spool.write_json("created.json", created)
        except OSError:
            pass  # asked again, the server answers the same
        self.answered.set()
        self._last_heartbeat = time.monotonic()
        self._on_created(created)

    def _next_step(self, run: str) -> int:
        """One more than the greatest step of a resumed run, from which log() without a step counts on."""
        metrics = self.server.get(f"runs/{run}/").get("metrics") or {}
        heads = [head for name, head in metrics.items() if not name.startswith(PREFIX)]
        return max((int(head["last_step"]) for head in heads if head.get("last_step") is not None), default=-1) + 1

    def _created_by(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.server.post(path, body)
        except Blocked as blocked:
            if blocked.status == 404 and self.run_facts.get("child") == "must":
                raise Away("the process that started this run has not created it yet", status=404) from blocked
            raise
        except Refused as refused:
            if refused.code == "run_exists":
                return self._exists(path, body, refused)
            bare = {name: value for name, value in body.items() if name not in CREATE_FIELDS}
            if bare == body or refused.status not in (400, 413, 422):
                raise Blocked(refused.message, status=refused.status, code=refused.code) from refused
            try:
                created = self.server.post(path, bare)
            except Refused as again:
                raise Blocked(again.message, status=again.status, code=again.code, fields=again.fields) from again
            warn(f"the server refused what describes the run ({_reason(refused)}). The run has no {_named(body)}.")
            return created

    def _exists(self, path: str, body: dict[str, Any], refused: Refused) -> dict[str, Any]:
        """Our client_id is taken: by this very process when an answer was lost, else by another run."""
        if self._unsure:
            found = self.server.get(f"{path}?limit=100").get("runs", [])
            ours = body["provenance"]["session"]
            for run in found:
                if run.get("client_id") == body["client_id"]:
                    whole = self.server.get(f"runs/{run['id']}/")
                    if whole.get("provenance", {}).get("session") == ours:
                        return self.server.post(path, {**body, "resume": "allow", "attempt": "join"})
        if not self.run_facts.get("deferred"):
            raise Blocked(refused.message, status=refused.status, code=refused.code)
        client_id = f"{body['client_id']}.{body['provenance']['session'][:6]}"
        created = self.server.post(path, {**body, "client_id": client_id, "resume": "allow", "attempt": "join"})
        warn(f'a run with id "{body["client_id"]}" exists already, so this one is recorded as "{client_id}".')
        return created

    def _deliver(self, record: Record) -> None:
        if record.kind in (BATCH, LINES):
            self._deliver_batch(record)
            return
        if record.kind == FILE:
            if self.full is None or not self.spool.put_off(record):
                self._deliver_file(record)
            return
        if record.kind == TABLE:
            self._deliver_table(record)
            return
        try:
            body = json.loads(record.payload)
            if record.kind == CHANGE:
                self.server.patch(f"{self._path}/", body)
            elif record.kind == FINISH:
                self.server.post(f"{self._path}/finish/", self._with_lost(body))
        except Refused as refused:
            warn(f"the server refused a change of the run: {_reason(refused)}.")
        except ValueError as error:
            warn(f"a damaged change was left out: {error}.")
        self.spool.acknowledge(record)

    def _deliver_batch(self, record: Record) -> None:
        try:
            seq, points, body = unpack(record.payload, attempt=self.created.get("attempt", 1))
        except (ValueError, zlib.error) as error:
            warn(f"a damaged batch was left out: {error}.")
            self.spool.acknowledge(record)
            return
        of_lines = record.kind == LINES
        try:
            answer = self.server.post(f"{self._path}/{'logs' if of_lines else 'history'}/", body)
        except Refused as refused:
            self._set_aside(record, seq, points, body, refused)
            return
        except Blocked as blocked:
            self._set_aside(record, seq, points, body, self._unknown_there(blocked))
            return
        if "accepted" not in answer:
            raise Blocked(f"{self.server.address} answers, but not as a Paceline server does; check the address.")
        if answer.get("stop"):
            self.stop_asked = True
        if self.ledger is not None and not of_lines and seq >= self.ledger.next_seq:
            self.ledger.add_body(body)
        if of_lines:
            self.sent_lines += points
        else:
            self.sent_points += points
            self._last_heartbeat = time.monotonic()  # points are a sign of life
        self.spool.acknowledge(record)

    def _deliver_table(self, record: Record) -> None:
        """Send one table; sent again it takes its own place."""
        try:
            kept = unpacked(record.payload, attempt=self.created.get("attempt", 1))
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            warn(f"a damaged table was left out: {error}.")
            self.spool.acknowledge(record)
            return
        try:
            path = f"{self._path}/{KINDS[kept.kind].path}/"
            answer = self.server.post(path, kept.body, quoted=f"{quote(kept.key, safe='')}/")
        except Refused as refused:
            self._set_table_aside(record, kept, refused)
            return
        except Blocked as blocked:
            self._set_table_aside(record, kept, self._unknown_there(blocked))
            return
        self.stop_asked = bool(answer.get("stop")) or self.stop_asked
        if self.ledger is not None:
            self.ledger.add_table(kept.kind, kept.key, kept.step)
        self.sent_tables += 1
        self._last_heartbeat = time.monotonic()
        self.spool.acknowledge(record)

    def _set_table_aside(self, record: Record, table: Kept, refused: Refused) -> None:
        reason = {"status": refused.status, "code": refused.code, "message": refused.message, "fields": refused.fields}
        name = f"{self.run_facts['writer'][:8]}-{record.segment:06d}-{record.end:010d}-table"
        content = {"reason": reason, "run": self.created.get("id"), "key": table.key, "body": table.body.decode()}
        kept = self.spool.set_aside(record, name, content)
        self.refusal = refused
        where = f"set aside in {self.spool.folder}/refused" if kept else "lost: the disk does not take it"
        warn(
            f"the server refused the {table.named} {table.key!r} of step {table.step} ({_reason(refused)}). "
            f"It is {where}.",
            once=f"refused {table.kind} {self.run_facts['writer']} {table.key} {refused.code} {kept}",
        )

    def _unknown_there(self, blocked: Blocked) -> Refused:
        """A refusal, when the run is there and the server is too old for what was sent. Raises blocked otherwise."""
        if blocked.status not in (404, 405):
            raise blocked
        try:
            self.server.get(f"{self._path}/")
        except Failure:
            raise blocked from None
        return Refused("This server does not take it yet.", status=blocked.status, code=blocked.code)

    def _deliver_file(self, record: Record) -> None:
        """Send one kept file; what cannot be read or is refused is set aside."""
        try:
            facts = json.loads(record.payload)
            kept, path = self.spool.file(facts["kept"]), str(facts["path"])
            with kept.open("rb") as file:
                size = kept.stat().st_size
                self.server.put(
                    f"{self._path}/files/{path}",
                    file,
                    size,
                    media_type=facts.get("media_type", ""),
                    sha256=facts.get("sha256", ""),
                )
        except (ValueError, KeyError, OSError) as error:
            warn(f"a file was left out: {error}.")
        except Refused as refused:
            self._set_file_aside(record, facts, refused)
            return
        except Blocked as blocked:
            self._set_file_aside(record, facts, self._unknown_there(blocked))
            return
        except Away as away:
            if away.code != "quota_reached" or not self.spool.put_off(record):
                raise
            self._put_files_off(away)
            return
        else:
            self.sent_files += 1
            self.spool.forget_file(facts["kept"])
        self.spool.acknowledge(record)

    def _put_files_off(self, away: Away) -> None:
        """Let points and lines pass: what is too large for the room its team has left may wait for long."""
        self.full = away
        self._files_not_before = time.monotonic() + max(away.retry_after, LONGEST_WAIT)
        warn(f"{away.message} Files wait on disk; points and lines go on.", once="quota of files")

    def _take_up_files(self) -> None:
        """Try files again that were put off, the oldest first, when that is due, and once more when closing."""
        if self.full is not None and time.monotonic() >= self._files_not_before:
            self.full = None
            self.spool.take_up()

    def _set_file_aside(self, record: Record, facts: dict[str, Any], refused: Refused) -> None:
        reason = {"status": refused.status, "code": refused.code, "message": refused.message, "fields": refused.fields}
        content = {"reason": reason, "run": self.created.get("id"), "file": str(self.spool.file(facts["kept"]))}
        self.spool.set_aside(record, f"file-{facts['kept']}", {**content, "path": facts["path"]})
        self.refusal = refused
        warn(f"the server refused the file {facts['path']} ({_reason(refused)}). It stays in {self.spool.folder}.")

    def _set_aside(self, record: Record, seq: int, points: int, body: bytes, refused: Refused) -> None:
        reason = {"status": refused.status, "code": refused.code, "message": refused.message, "fields": refused.fields}
        what = "lines" if record.kind == LINES else "points"
        name = f"{self.run_facts['writer'][:8]}-{seq:08d}{'' if record.kind == BATCH else '-lines'}"
        content = {"reason": reason, "run": self.created.get("id"), "points": points, "body": body.decode()}
        kept = self.spool.set_aside(record, name, content)
        self.refusal = refused
        where = f"set aside in {self.spool.folder}/refused" if kept else "lost: the disk does not take it"
        warn(
            f"the server refused a batch of {points:,} {what} ({_reason(refused)}). It is {where}; training goes on.",
            once=f"refused {self.run_facts['writer']} {what} {refused.code} {kept}",
        )

    def _beat(self) -> bool:
        """Tell the server that points were lost, or that the run is alive, when that is due."""
        lost = self._lost_points()
        if lost > self._lost_told:
            self.server.patch(f"{self._path}/", {"lost_points": lost})
            self._lost_told = lost
            return True
        if self._closing or time.monotonic() - self._last_heartbeat < HEARTBEAT_SECONDS:
            return False
        self._last_heartbeat = time.monotonic()
        self.stop_asked = bool(self.server.post(f"{self._path}/heartbeat/", {}).get("stop")) or self.stop_asked
        return True

    def _beat_between_tries(self) -> None:
        """A server that is too busy for batches should still hear that the run is alive."""
        if self.created and isinstance(self.problem, Away) and self.problem.status:
            try:
                self._beat()
            except Failure:
                pass  # the pause goes on

    def _with_lost(self, body: dict[str, Any]) -> dict[str, Any]:
        lost = self._lost_points()
        return {**body, "lost_points": lost} if lost else body

    # --- `paceline sync` ---

    def drain(self, patience_seconds: float) -> Waiting:
        """Deliver everything, in this thread. Gives what is left when the server stayed away for patience_seconds."""
        since = time.monotonic()
        while True:
            if self._work():
                since = time.monotonic()
                continue
            if self.problem is None or isinstance(self.problem, Blocked):
                break
            if time.monotonic() - since > patience_seconds:
                break
            time.sleep(self._pause())
        return self.spool.waiting()


def advice(failure: Failure) -> str:
    """What the user can do about a failure, as a sentence that ends with a space; "" when there is nothing."""
    if failure.status == 401:
        return "Set PACELINE_API_KEY to a key of this server, then run `paceline sync`. "
    if failure.status == 403:
        return "Use a key with the scope ingest or admin, of a user who may write to the project. "
    if failure.status == 404:
        return "Check the project (team/name) and the server's address, and that the run was not deleted. "
    return ""


def _reason(refused: Failure) -> str:
    path = next(iter(refused.fields.items()), None)
    return f"{refused.message} {path[0]}: {path[1]}" if path else refused.message


def _named(body: dict[str, Any]) -> str:
    return ", ".join(name for name in CREATE_FIELDS if name in body)
