"""One run of a training: takes what it logs into memory, and two threads that bring it to disk and to the server."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from paceline import console, images, notices
from paceline.attachments import Attachment, file_name, image_name, kept
from paceline.batches import Rows, bodies, grouped, pack
from paceline.capture import Capture, Taking
from paceline.confusion import confusion_matrix, matrix_columns
from paceline.curves import curve_columns, given_curves, score_curves
from paceline.documents import Document
from paceline.exits import Stopped
from paceline.histograms import histogram_columns, value_histogram
from paceline.ledger import Ledger, keep_sent
from paceline.scalars import NotANumber, flattened, key_problem, to_json, to_number, to_step
from paceline.secrets import scrubbed
from paceline.sender import Sender
from paceline.server import Server
from paceline.settings import Settings
from paceline.spool import BATCH, CHANGE, FILE, FINISH, LINES, TABLE, Spool
from paceline.tables import CLASS, CONFUSION, CURVES, HISTOGRAM, KINDS, Table, per_class, table_columns

FLUSH_SECONDS = 0.5  # what is logged is on its way to disk and server within this time
SLICE_ROWS = 5_000  # rows turned into batches at a time
MEMORY_POINTS = 4_000_000  # logged and not yet taken by the writing thread; beyond, points are lost and counted
WRITING_SECONDS = 2.0  # within which the disk must show progress at the end
MAX_KEYS = 10_000  # a run's, as the server has it
MAX_KEY_SETS = 20_000
DESCRIBE_SECONDS = 5.0  # what the end waits for at most until the run's code is described
LEDGER_SECONDS = 5.0
KEYS_SAVED_AT_ONCE = 1_000
STATES = ("finished", "failed", "stopped")

Row = tuple[tuple[str, ...], int, int, Sequence[float]]


class Run:
    """What paceline.init() gives. Safe to use from several threads, and from processes forked after init()."""

    def __init__(
        self, *, facts: dict[str, Any], settings: Settings, mode: str, config: Mapping[str, Any], joins: bool = False
    ) -> None:
        """facts: what run.json will hold (see paceline.starting). joins: the run is another process's to finish."""
        self.id: str = facts["create"]["client_id"]
        self.mode = mode
        self.config = Document(config)
        first = self.config.changes()
        if not joins:
            facts["create"]["config"] = first
        self.summary = Document()
        self._facts = facts
        self._settings = settings
        self._joins = joins
        self._stop_raised = False
        self._created: dict[str, Any] = {}
        self._state = "running"
        self._next_step = 0
        self._keys: set[str] = set()
        self._finishing = False
        self._clear()

    def _clear(self) -> None:
        """Fresh buffers, locks and no threads: at the start, and in a forked child."""
        self._lock = threading.RLock()  # re-entrant: a signal handler may log while log() is under way
        self._rows: list[Row] = []
        self._blocks: list[Rows] = []
        self._buffered = 0
        self._known: dict[tuple[str, ...], tuple[str, ...]] = {}
        self._attached: list[Attachment] = []
        self._tables: list[Table] = []
        self._facts_found: dict[str, Any] = {}
        self._console: console.Console | None = None
        self._capture: Capture | None = None
        self._lost = 0
        self._ledger = Ledger()
        self._seq = 0
        self._ledger_due = 0.0
        self._final: dict[str, Any] | None = None
        self._stop = threading.Event()
        self._spool: Spool | None = None
        self._sender: Sender | None = None
        self._writing: threading.Thread | None = None
        self._sending: threading.Thread | None = None
        self._pid = os.getpid()

    # --- What a training calls ---

    def log(self, values: Mapping[str, Any], step: Any = None) -> None:
        """Keep one row of metrics. Costs some microseconds and never waits, raises or stops the training.

        values: key to number; nested mappings are joined with "/". Scalars of NumPy, Torch, JAX and others are
        converted here. NaN and infinities are kept; what is no number is warned of once a key and left out.
        step: an integer; left out, one more than the greatest so far.
        Raises Stopped, once and in the main thread, when somebody asked the run to stop (PACELINE_STOP=ask: never).
        """
        if self._writing is None and not self._start():
            return
        now = int(time.time() * 1000)
        try:
            keys: Any = self._known.get(tuple(values))
            numbers: Any = list(values.values())
            if keys is not None:
                for number in numbers:
                    if number.__class__ is not float:
                        keys = None
                        break
            if keys is None:
                keys, numbers = self._checked(values)
            if step is not None and step.__class__ is not int:
                step = to_step(step)
        except Exception as error:
            notices.warn(f"a row was left out: {error}", once=f"row {error}")
            return
        with self._lock:
            if step is None:
                step = self._next_step
            elif not -(2**63) <= step < 2**63:
                notices.warn("a row was left out: its step is beyond 63 bits", once="step beyond")
                return
            if step >= self._next_step:
                self._next_step = step + 1
            if not keys:
                return
            if self._buffered > MEMORY_POINTS:
                self._lose(len(keys), "memory")
                return
            self._buffered += len(keys)
            self._rows.append((keys, step, now, numbers))
        if self._sender is not None and self._sender.stop_asked:
            self._raise_stopped()

    def log_columns(
        self,
        values: Mapping[str, Iterable[Any]],
        *,
        step: Iterable[Any] | None = None,
        time: Iterable[Any] | None = None,
    ) -> None:
        """Keep many rows at once: key to a list or array of n numbers, all logged at the same n steps.

        step: n integers; left out, counted on from the greatest so far. time: ms since the epoch; left out, now.
        Raises ValueError when the columns differ in length or hold what is no number. Else it is n calls of log().
        """
        if self._writing is None and not self._start():
            return
        columns = {key: _column(column) for key, column in flattened(values)}
        lengths = {len(column) for column in columns.values()}
        if len(lengths) > 1:
            raise ValueError(f"the columns have different lengths: {sorted(lengths)}")
        height = lengths.pop() if lengths else 0
        steps = None if step is None else [to_step(one) for one in _list(step)]
        times = None if time is None else [int(one) for one in _list(time)]
        for name, given in (("step", steps), ("time", times)):
            if given is not None and len(given) != height:
                raise ValueError(f"{name} has {len(given)} entries, the columns have {height}")
        keys = tuple(key for key in columns if self._new_key(key))
        with self._lock:
            if steps is None:
                steps = list(range(self._next_step, self._next_step + height))
            self._next_step = max([self._next_step, *(one + 1 for one in steps)])
            if not keys or not height:
                return
            if self._buffered > MEMORY_POINTS:
                self._lose(len(keys) * height, "memory")
                return
            self._buffered += len(keys) * height
            now = int(_now() * 1000)
            self._blocks.append(Rows(keys, steps, times or [now] * height, [columns[key] for key in keys]))

    def log_file(self, content: str | os.PathLike[str] | bytes, name: str | None = None) -> None:
        """Keep a file with the run: a path, copied now and sent in the background, or bytes. The same name replaces.

        name: where it appears, such as "weights/best.pt"; left out, the file's own name. What cannot be read is warned
        of and left out. Raises ValueError for a name that is no path of a file inside the run.
        """
        path = file_name(name if name is not None else "" if isinstance(content, bytes) else os.path.basename(content))  # noqa: PTH119
        self._attach(Attachment(path, content if isinstance(content, bytes) else Path(content), ""))

    def log_image(self, key: str, image: Any, step: Any = None) -> None:
        """Keep a picture as media/{key}/{step}.png: PIL image, array or tensor (height, width[, channels]), PNG bytes.

        step: an integer; left out, the step that log() counts to. What is no picture is warned of and left out.
        Raises ValueError for a key that cannot be part of a path.
        """
        try:
            number = self._next_step if step is None else to_step(step)
            picture = images.snapshot(image)
        except Exception as error:
            notices.warn(f"a picture was left out: {error}", once=f"image {key} {error}")
            return
        self._attach(Attachment(image_name(key, number), picture, "image/png"))

    def log_class_table(
        self, key: str, rows: Any = None, step: Any = None, *, y_true: Any = None, y_pred: Any = None
    ) -> None:
        """Keep what a model reaches on each class, as one table at a step. Never waits, raises or stops the training.

        rows: [{"class": "8", "support": 41, "recall": 0.71}, …], a dict of columns, a pandas DataFrame, or
        classification_report(…, output_dict=True); or y_true and y_pred, from which per_class() computes them.
        None is missing; NaN is kept. step: an integer; left out, the step that log() has reached. The same key and
        step again replaces. What is no table is warned of and left out.
        """

        def columns() -> dict[str, Any]:
            if (rows is None) == (y_true is None or y_pred is None):
                raise ValueError("give rows, or y_true and y_pred")
            return table_columns(per_class(y_true, y_pred) if rows is None else rows)

        self._log_table(CLASS, key, step, columns)

    def log_confusion_matrix(
        self,
        key: str,
        counts: Any = None,
        step: Any = None,
        *,
        classes: Any = None,
        y_true: Any = None,
        y_pred: Any = None,
    ) -> None:
        """Keep how often each class was taken for each, as one matrix at a step. Never waits, raises or stops the
        training.

        counts: rows of actual classes (a list, array or tensor of n × n), a pandas DataFrame, or {("8", "3"): 212};
        or y_true and y_pred, which confusion_matrix() counts. classes: their names, or with labels which of them and
        in which order. step: an integer; left out, the step that log() has reached. The same key and step again
        replaces. What is no matrix is warned of and left out.
        """

        def columns() -> dict[str, Any]:
            if (counts is None) == (y_true is None or y_pred is None):
                raise ValueError("give counts, or y_true and y_pred")
            if counts is None:
                return confusion_matrix(y_true, y_pred, classes)
            return matrix_columns(counts, classes)

        self._log_table(CONFUSION, key, step, columns)

    def log_curves(
        self,
        key: str,
        y_true: Any = None,
        y_score: Any = None,
        classes: Any = None,
        step: Any = None,
        *,
        curves: Any = None,
    ) -> None:
        """Keep ROC, precision-recall and calibration curves and their areas at a step. Never waits, raises or stops the
        training.

        y_true: labels. y_score: scores of one class, or rows of a score a class. classes: the labels of these columns;
        of one class the positive label. Or curves that were computed elsewhere, by class:
        {"8": {"fpr": […], "tpr": […]}}. step: an integer; left out, the step that log() has reached. The same key and
        step again replaces. What is no curve is warned of and left out.
        """

        def columns() -> dict[str, Any]:
            if (curves is None) == (y_true is None or y_score is None):
                raise ValueError("give y_true and y_score, or curves")
            return curve_columns(score_curves(y_true, y_score, classes) if curves is None else given_curves(curves))

        self._log_table(CURVES, key, step, columns)

    def log_histogram(
        self, key: str, values: Any = None, step: Any = None, *, counts: Any = None, edges: Any = None, bins: int = 64
    ) -> None:
        """Keep how values are distributed at a step. Never waits, raises or stops the training.

        values: numbers of any shape (list, array or tensor), counted in so many bins; NaN and infinities apart. Or n
        counts and n + 1 edges. step: an integer; left out, the step that log() has reached. The same key and step
        again replaces. What is no histogram is warned of and left out.
        """

        def columns() -> dict[str, Any]:
            if (values is None) == (counts is None or edges is None):
                raise ValueError("give values, or counts and edges")
            return histogram_columns(counts, edges) if values is None else value_histogram(values, bins)

        self._log_table(HISTOGRAM, key, step, columns)

    def _log_table(self, kind: str, key: str, step: Any, columns: Callable[[], dict[str, Any]]) -> None:
        """Keep a table of a kind; what its columns raise is warned of."""
        if self._writing is None and not self._start():
            return
        try:
            problem = key_problem(key)
            if problem:
                raise ValueError(problem)
            table = Table(key, max(self._next_step - 1, 0) if step is None else to_step(step), columns(), kind)
        except Exception as error:
            what = KINDS[kind].named
            notices.warn(f"the {what} {str(key)[:40]!r} was left out: {error}", once=f"{kind} {key} {error}")
            return
        with self._lock:
            self._tables.append(table)

    def _attach(self, attachment: Attachment) -> None:
        """Copy a file into the spool now; pictures are encoded by the writing thread."""
        if self._writing is None and not self._start():
            return
        spool = self._spool
        if spool is None:
            return
        if isinstance(attachment.content, Path):
            try:
                attachment = kept(attachment, spool)
            except OSError as error:
                notices.warn(f"the file {attachment.content} was left out: {error}")
                return
        with self._lock:
            self._attached.append(attachment)

    def finish(self, state: str = "finished", message: str = "", *, timeout: float | None = None) -> None:
        """End the run: bring what is left to disk and, within timeout seconds, to the server.

        state: "finished", "failed" or "stopped". timeout: default PACELINE_EXIT_SECONDS. A process that joined a run
        sends what it has and leaves the state to the one that started it. Called again it does nothing.
        """
        if state not in STATES:
            raise ValueError(f"state is {state!r}; it must be one of {', '.join(STATES)}.")
        if self._finishing:
            return
        self._finishing = True
        deadline = time.monotonic() + (self._settings.exit_seconds if timeout is None else timeout)
        started = self._writing is not None or self._spool is not None
        if self.mode != "disabled" and (started or not self._joins):
            self._final = {"state": state, "message": scrubbed(message[:10_000])}
            self._state = state
            try:
                self._end(deadline)
            except KeyboardInterrupt:
                pass  # asked again to stop: at once
            self._say_goodbye(state)
        self._writing = None

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything logged so far is on disk and (online) on the server.

        False when timeout seconds (default PACELINE_EXIT_SECONDS) pass first.
        """
        deadline = time.monotonic() + (self._settings.exit_seconds if timeout is None else timeout)
        while True:
            with self._lock:
                given = (self._rows, self._blocks, self._buffered, self._attached, self._tables, self._facts_found)
            spool, sender = self._spool, self._sender
            if spool is None or (not any(given) and (sender is None or spool.empty())):
                return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)

    @property
    def name(self) -> str:
        """The run's name; the server chooses one when nobody did."""
        return str(self._created.get("name") or self._facts["create"].get("name") or self.id)

    @property
    def url(self) -> str:
        """The run's page, "" as long as the server has not answered."""
        return str(self._created.get("url", ""))

    @property
    def server_id(self) -> str:
        """The 13 characters the server gave the run, "" as long as it has not answered."""
        return str(self._created.get("id", ""))

    @property
    def state(self) -> str:
        """running, finished, failed or stopped, as this process knows it."""
        return self._state

    @property
    def stop_requested(self) -> bool:
        """Whether somebody asked on the server that the run stop. Known with the next points, or within ten seconds."""
        return self._sender is not None and self._sender.stop_asked

    def _raise_stopped(self) -> None:
        if self._stop_raised or self._settings.stop != "raise":
            return
        if threading.current_thread() is threading.main_thread():
            self._stop_raised = True
            raise Stopped("Somebody asked on the server that this run stop.")

    @property
    def lost_points(self) -> int:
        """Points that this process had to give up because spool or memory were full."""
        return self._lost

    def environment(self) -> dict[str, str]:
        """Environment variables with which another process's paceline.init() joins this run."""
        return {
            "PACELINE_SERVER": self._facts["server"],
            "PACELINE_TEAM": self._facts["team"],
            "PACELINE_PROJECT": self._facts["project"],
            "PACELINE_MODE": self.mode,
            "PACELINE_RUN_ID": self.id,
            "PACELINE_RESUME": "allow",
            "PACELINE_ATTEMPT": "join",
        }

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        from paceline.exits import ending

        self.finish(*(ending(error) if error is not None else ("finished", "")))

    def __repr__(self) -> str:
        return f"<paceline.Run {self._facts['project']}/{self.name} {self._state}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """A run sent to another process joins there (spawn, process pools)."""
        return _joined, (self._facts, self._settings, self.mode, dict(self._created), dict(self.config))

    # --- Taking rows ---

    def _checked(self, values: Mapping[str, Any]) -> tuple[tuple[str, ...], list[float]]:
        """Keys and floats of one row, without what is no number."""
        row: dict[str, float] = {}
        for key, value in flattened(values):
            if not self._new_key(key):
                continue
            try:
                row[key] = to_number(value)
            except NotANumber as error:
                notices.warn(f'"{key}" is {error}, not a number; it is left out.', once=f"value {key}")
        keys = tuple(row)
        if len(self._known) < MAX_KEY_SETS:
            keys = self._known.setdefault(keys, keys)
        return keys, list(row.values())

    def _new_key(self, key: str) -> bool:
        """Whether a series may have this key; warned of once when not."""
        if key in self._keys:
            return True
        problem = key_problem(key)
        if not problem and len(self._keys) >= MAX_KEYS:
            self._lost += 1
            problem = f"a run has at most {MAX_KEYS:,} keys"
            notices.warn(f"keys from {key[:40]!r} on are left out: {problem}.", once=f"keys {self.id}")
            return False
        if problem:
            notices.warn(f"{key[:40]!r} is left out: {problem}.", once=f"key {key}")
            return False
        self._keys.add(key)
        return True

    def _lose(self, points: int, why: str) -> None:
        with self._lock:
            self._lost += points
        if why == "memory":
            text = "more is logged than can be written to disk; points are being lost"
        else:
            limit = self._settings.spool_max
            text = f"the spool is full ({limit:,} bytes, PACELINE_SPOOL_MAX) or the disk is; points are being lost"
        notices.warn(f"{text}. Training goes on, the loss is counted and shown with the run.", once=f"lost {why}")

    # --- The threads ---

    def _start(self) -> bool:
        """Make spool and threads, in init() and at a forked child's first log(). False when this run takes nothing."""
        if self._finishing:
            notices.warn("log() after the run was finished: left out.", once=f"late {self.id}")
            return False
        if self.mode == "disabled":
            return False
        with self._lock:
            if self._writing is not None:
                return True
            from paceline.exits import watch

            name = f"{time.strftime('%Y%m%d-%H%M%S')}-{_file_name(self.id)}-{self._facts['writer'][:8]}"
            self._spool = Spool.create(self._settings.directory, name, self._facts, self._settings.spool_max)
            if self._spool.folder is None:
                notices.warn(
                    f"no folder can be written ({self._settings.directory}); unsent points wait in memory only."
                )
            threads = [threading.Thread(target=self._write, name="paceline-write", daemon=True)]
            if self.mode == "online":
                server = Server(self._facts["server"], self._settings.api_key)
                self._sender = Sender(
                    self._spool,
                    server,
                    self._facts,
                    created=self._created,
                    lost_points=lambda: self._lost,
                    on_created=self._note_created,
                )
                threads.append(threading.Thread(target=self._send, name="paceline-send", daemon=True))
                self._sending = threads[1]
            self._writing = threads[0]
            watch(self)
            if not self._joins:
                self._begin_capture()
            try:
                for thread in threads:
                    thread.start()
                if self._capture is not None:
                    self._capture.start()
            except RuntimeError:  # the interpreter is ending: finish() writes what there is
                pass
        return True

    def _begin_capture(self) -> None:
        """What a run records without being asked: by the process that starts it, whose console its children share."""
        settings = self._settings
        taking = Taking(self._take_facts, self._take_file, self._take_row)
        self._capture = Capture(taking, code=settings.code, seconds=settings.system_seconds)
        if settings.console != "off":
            self._console = console.Console(self._spool.folder if self._spool is not None else None, settings.console)
            try:
                self._console.start()
            except Exception as error:
                notices.warn(f"the console is not recorded: {type(error).__name__}: {error}")

    def _take_facts(self, found: dict[str, Any]) -> None:
        with self._lock:
            self._facts_found.update(found)

    def _take_file(self, path: str, content: bytes, media_type: str) -> None:
        with self._lock:
            self._attached.append(Attachment(path, content, media_type))

    def _take_row(self, values: dict[str, float], now: int) -> None:
        """A row of the machine's, whose steps are seconds since the run began, in whichever attempt.

        So a resume hides nothing of what was measured before. Before the server has answered it, they count from here.
        """
        began = self._created.get("started_at") or self._facts["create"].get("started_at") or now
        step = max(0, round((now - began) / 1000))
        with self._lock:
            if self._buffered <= MEMORY_POINTS:
                self._buffered += len(values)
                self._rows.append((tuple(values), step, now, list(values.values())))

    def _note_created(self, created: dict[str, Any]) -> None:
        self._created = created
        if not self._joins:
            notices.say(f"run {self.name}: {self.url}")

    def _write(self) -> None:
        """The writing thread: memory to spool."""
        while not self._stop.wait(FLUSH_SECONDS):
            try:
                self._drain()
                if self._spool is not None:
                    self._spool.sync()
            except Exception as error:  # a fault of ours must not end the thread
                notices.warn(f"points could not be kept: {type(error).__name__}: {error}", once="write")
        self._close_spool()

    def _send(self) -> None:
        """The sending thread: spool to server."""
        sender = self._sender
        if sender is None:
            return
        sender.run()
        if self._stop.is_set() and sender.spool.first() is None and sender.spool.empty() and not sender.spool.damaged:
            if sender.spool.folder is not None:
                keep_sent(sender.spool.folder)
            sender.spool.remove()
        else:
            sender.spool.release()

    def _drain(self, *, last: bool = False) -> None:
        """Everything logged so far, as batches into the spool."""
        spool = self._spool
        if spool is None:
            return
        with self._lock:
            rows, self._rows = self._rows, []
            blocks, self._blocks = self._blocks, []
        for groups in _slices(rows, blocks):
            points = sum(group.points for group in groups)
            for body in bodies(groups):
                if spool.append(BATCH, pack(body, writer=self._facts["writer"], seq=self._seq)):
                    self._seq += 1
                    self._ledger.add(body.rows)
                else:
                    self._lose(body.points, "spool")
            with self._lock:
                self._buffered -= points
            self._wake()
        self._append_lines(spool, last=last)
        self._append_files(spool)
        self._append_tables(spool)
        self._append_changes(last=last)
        self._save_ledger(spool, last=last)

    def _save_ledger(self, spool: Spool, *, last: bool) -> None:
        """At once, as a rule; of thousands of series every few seconds."""
        now = time.monotonic()
        often = len(self._ledger.series) <= KEYS_SAVED_AT_ONCE
        if spool.folder is None or not self._ledger.changed or not (often or last or now > self._ledger_due):
            return
        self._ledger_due = now + LEDGER_SECONDS
        self._ledger.next_seq = self._seq
        try:
            self._ledger.save(spool.folder)
        except OSError:
            pass  # nothing but a later `paceline verify` misses it

    def _append_lines(self, spool: Spool, *, last: bool) -> None:
        """What was printed since, as batches of lines."""
        if self._console is None:
            return
        lines = self._console.take(last=last)
        made = 0
        for body in console.line_bodies(lines):
            if spool.append(LINES, pack(body, writer=self._facts["writer"], seq=self._console.seq + made)):
                made += 1
                self._ledger.lines += body.points
                self._ledger.changed = True
            else:
                notices.warn("the spool is full: console lines are being lost.", once="lost lines")
        if lines:
            self._console.note(made)
            self._wake()

    def _append_files(self, spool: Spool) -> None:
        """Files and pictures that were given since."""
        with self._lock:
            attached, self._attached = self._attached, []
        for attachment in attached:
            try:
                whole = kept(attachment, spool)
                spool.append(FILE, json.dumps(whole.facts()).encode())
                self._ledger.files[whole.path] = whole.sha256
                self._ledger.changed = True
            except Exception as error:
                notices.warn(f"{attachment.path} was left out: {error}", once=f"attachment {attachment.path} {error}")
        if attached:
            self._wake()

    def _append_tables(self, spool: Spool) -> None:
        """Tables that were given since."""
        with self._lock:
            tables, self._tables = self._tables, []
        for table in tables:
            if spool.append(TABLE, table.packed()):
                self._ledger.add_table(table.kind, table.key, table.step)
            else:
                plural = KINDS[table.kind].plural
                notices.warn(f"the spool is full: {plural} are being lost.", once=f"lost {plural}")
        if tables:
            self._wake()

    def _wake(self) -> None:
        if self._sender is not None:
            self._sender.wake()

    def _append_changes(self, *, last: bool) -> None:
        if self._spool is None:
            return
        with self._lock:
            found, self._facts_found = self._facts_found, {}
        change = {
            name: changed
            for name, document in (("config", self.config), ("summary", self.summary))
            for changed in [document.changes(deep=last)]
            if changed
        }
        if found:
            change["provenance"] = found
        if change:
            self._spool.append(CHANGE, json.dumps(change).encode())
            self._wake()

    def _close_spool(self) -> None:
        spool = self._spool
        if spool is None:
            return
        try:
            self._drain(last=True)
            if self._final is not None and not self._joins:
                final = {**self._final, "lost_points": self._lost} if self._lost else self._final
                spool.append(FINISH, json.dumps(final).encode())
        except Exception as error:
            notices.warn(f"the last points could not be kept: {type(error).__name__}: {error}")
        spool.close()
        if self._sender is not None:
            self._sender.close()
        elif spool.folder is not None:
            spool.release()

    # --- The end ---

    def _end(self, deadline: float) -> None:
        """Stop the threads, waiting until deadline (monotonic seconds) at most."""
        if self._capture is not None:
            self._capture.stop(min(DESCRIBE_SECONDS, max(0.0, deadline - time.monotonic()) / 2))
        if self._console is not None:
            self._console.stop()
        self._stop.set()
        if self._writing is not None and self._writing.ident is None:
            self._close_spool()  # it could never be started
        writing, sending = self._writing, self._sending
        if writing is not None and writing.ident is not None:
            writing.join(max(0.0, deadline - time.monotonic()))
            while writing.is_alive() and self._still_writing(writing):
                pass
        if sending is not None and sending.ident is not None:
            sending.join(max(0.0, deadline - time.monotonic()))

    def _still_writing(self, writing: threading.Thread) -> bool:
        """Whether memory is still being emptied to disk, which is worth some more seconds."""
        before = self._buffered
        writing.join(WRITING_SECONDS)
        return self._buffered < before

    def _say_goodbye(self, state: str) -> None:
        spool, sender = self._spool, self._sender
        if spool is None:
            return
        if self._writing is not None and self._writing.is_alive() and self._buffered:
            notices.warn(f"run {self.name}: the disk is too slow; {self._buffered:,} points are not on it yet.")
        if self._lost:
            notices.warn(f"run {self.name}: {self._lost:,} points were lost.")
        if spool.refused:
            notices.warn(f"run {self.name}: {spool.refused} batches were refused; see {spool.folder}/refused.")
        if sender is not None and self._sending is not None and not self._sending.is_alive() and spool.empty():
            if not self._joins:
                notices.say(f"run {self.name} {state}, {sender.sent.words} sent: {self.url}")
            return
        left = spool.waiting()
        problem = sender.problem or sender.full if sender is not None else None
        why = f" ({problem.message})" if problem is not None else ""
        if spool.folder is None:
            notices.warn(f"run {self.name}: {left.words} could not be sent{why} and are lost with this process.")
        elif not self._joins or left.frames:
            notices.say(
                f"run {self.name} {state}; {left.words} wait on disk{why}. Send them with: paceline sync {spool.folder}"
            )

    def _defer(self) -> None:
        """The server did not answer in time for init() to say that the id is taken: the run may get another one."""
        self._facts["deferred"] = True
        if self._spool is not None:
            try:
                self._spool.write_json("run.json", self._facts)
            except OSError:
                pass  # `paceline sync` treats every run so

    def _discard(self) -> None:
        """End without a trace: init() failed."""
        self._finishing = True
        self._joins = True
        if self._sender is not None:
            self._sender.end()
        self._end(time.monotonic() + 2.0)
        if self._spool is not None:
            self._spool.remove()
        self._writing = None

    def _fork(self) -> None:
        """In a forked child: join the run with an own writer, spool and threads, which its first log() makes."""
        spool, created = self._spool, self._created
        if self._sender is not None and not created:
            created = self._sender.created
        if spool is not None:
            spool.abandon()
        self._clear()
        self._created = created
        self._joins = True
        self._finishing = False
        self._facts = joining(self._facts)


def joining(facts: dict[str, Any]) -> dict[str, Any]:
    """run.json of a process that joins a run which another one started."""
    create = dict(facts["create"])
    own = create["resume"] == "never"  # the id is the user's: only the starting process may decide that it is free
    create.update(resume="must" if own or facts.get("child") == "must" else "allow", attempt="join")
    return {**facts, "create": create, "writer": new_writer(), "pid": os.getpid(), "child": create["resume"]}


def _joined(
    facts: dict[str, Any], settings: Settings, mode: str, created: dict[str, Any], config: dict[str, Any]
) -> Run:
    run = Run(facts=joining(facts), settings=settings, mode=mode, config=to_json(config), joins=True)
    run._created = created
    return run


def _slices(rows: list[Row], blocks: list[Rows]) -> Iterator[list[Rows]]:
    """Logged rows and columns in portions that are quick to encode."""
    for start in range(0, len(rows), SLICE_ROWS):
        yield grouped(rows[start : start + SLICE_ROWS])
    for block in blocks:
        yield [block]


def new_writer() -> str:
    """128 random bits, made anew by each process: the server knows a batch by (writer, seq)."""
    return secrets.token_hex(16)


def _now() -> float:
    return time.time()


def _list(values: Iterable[Any]) -> list[Any]:
    """A plain list; arrays give Python numbers."""
    to_list = getattr(values, "tolist", None)
    found = to_list() if to_list is not None else list(values)
    return found if isinstance(found, list) else [found]


def _column(values: Iterable[Any]) -> list[float]:
    found = _list(values)
    return found if set(map(type, found)) <= {float} else [to_number(value) for value in found]


def _file_name(text: str) -> str:
    return "".join(character if character.isalnum() or character in "-_" else "-" for character in text)[:40]
