"""Kills the web server and the worker at random moments under load, and counts what is left.

Four writers send batches over HTTP, remember which were acknowledged, send everything that was not again until it is,
and send acknowledged ones again too: at once, late, out of order. At the end every point must be there exactly once.

`python -m tests.system.kill --kills 100` does it on both databases (`make kill`).
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import secrets
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg

from tests.services.folders import temporary_folder
from tests.services.servers import start_postgresql, start_redis
from tests.services.site import Site

WRITERS = 4
RUNS = 2  # two writers share each
ROWS = 8  # a batch
KEYS = ("loss", "accuracy/val")
PAUSE_SECONDS = 0.004  # between a writer's requests, so that the reading at the end stays short
RECOVER_SECONDS = 30.0
SETTLE_SECONDS = 60.0
READ_PX = 800  # a range of at most 4 * READ_PX points is answered with every point


class Lost(AssertionError):
    """A promise was broken: an acknowledged point is missing, or there twice, or a retry was stored again."""


class Writer(threading.Thread):
    """One client process as the server sees it: sends batch after batch until told to stop, then what is left."""

    def __init__(self, site: Site, run: str, number: int, rng: random.Random, *, pause: float = PAUSE_SECONDS) -> None:
        super().__init__(name=f"writer-{number}", daemon=True)
        self.site = site
        self.run_id = run
        self.number = number
        self.rng = rng
        self.pause = pause
        self.writer = secrets.token_hex(16)
        self.sent = 0
        self.acknowledged: list[int] = []
        self.retried = 0
        self.unsure: list[int] = []  # sent, not answered: it may be stored or not
        self.error: BaseException | None = None
        self.finish = threading.Event()
        self._connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        try:
            while not self.finish.is_set():
                self._step()
                time.sleep(self.pause)
            deadline = time.monotonic() + RECOVER_SECONDS
            while self.unsure:
                if time.monotonic() > deadline:
                    raise Lost(f"{len(self.unsure)} batches were still refused after {RECOVER_SECONDS:.0f} s")
                self._retry_unsure()
        except BaseException as error:
            self.error = error
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def first_step(self, seq: int) -> int:
        """Where a batch begins: every writer has steps of its own, so that each point has one place."""
        return (self.number * 10_000_000) + seq * ROWS

    def _step(self) -> None:
        chance = self.rng.random()
        if self.unsure and chance < 0.5:
            self._retry_unsure()
        elif self.acknowledged and chance < 0.6:
            self._repeat()
        else:
            self.send_next()

    def send_next(self) -> None:
        seq = self.sent
        self.sent += 1
        if self._send(seq) is None:
            self.unsure.append(seq)
        else:
            self.acknowledged.append(seq)

    def _retry_unsure(self) -> None:
        seq = self.unsure.pop(self.rng.randrange(len(self.unsure)))
        if self._send(seq) is None:
            self.unsure.append(seq)
            time.sleep(0.05)
        else:
            self.acknowledged.append(seq)

    def _repeat(self) -> None:
        """Send an acknowledged batch once more: the last one or any older one."""
        seq = self.acknowledged[-1] if self.rng.random() < 0.5 else self.rng.choice(self.acknowledged)
        answer = self._send(seq)
        if answer is None:
            return
        self.retried += 1
        if not answer["duplicate"] or answer["accepted"]:
            raise Lost(f"Batch {seq} of {self.writer} was acknowledged before and is stored again: {answer}")

    def _send(self, seq: int) -> dict[str, Any] | None:
        """The receipt; None when the server is away or says it cannot now."""
        steps = range(self.first_step(seq), self.first_step(seq) + ROWS)
        body = {
            "writer": self.writer,
            "seq": seq,
            "step": list(steps),
            "time": [1_700_000_000_000 + step for step in steps],
            "values": {key: [value(key, step) for step in steps] for key in KEYS},
        }
        headers = {"Authorization": f"Bearer {self.site.admin_key}", "Content-Type": "application/json"}
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=20)
            self._connection.request("POST", f"/api/v1/runs/{self.run_id}/history/", json.dumps(body), headers)
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            return None
        if answer.status in (429, 502, 503):
            return None
        if answer.status != 200:
            raise Lost(f"The server answered {answer.status}: {text[:500]!r}")
        receipt: dict[str, Any] = json.loads(text)
        return receipt


def value(key: str, step: int) -> float:
    """A point's value, so that a point in a wrong place is seen."""
    return step * 0.5 + len(key)


def kill_under_load(site: Site, kills: int, *, seed: int, say: Callable[[str], None] = print) -> None:
    """Kill processes of site while writers send. Raises Lost unless every acknowledged point is there exactly once."""
    rng = random.Random(seed)
    runs = [make_run(site) for _ in range(RUNS)]
    writers = [Writer(site, runs[n % RUNS], n, random.Random(seed * 1_000 + n)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    for number in range(1, kills + 1):
        time.sleep(rng.uniform(0.1, 1.2))
        name = rng.choice(["web", "worker"])
        before = sum(len(writer.acknowledged) for writer in writers)
        pid = rng.choice(wait_for(partial(site.pids, name), f"no {name} process"))
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_for(partial(_others, site, name, pid), f"the {name} process did not come back")
        wait_for(partial(_goes_on, writers, before), "nothing was accepted after a kill")
        if errors(writers):
            break
        say(f"kill {number:3}: {name:6} {before:7,} batches acknowledged so far")
    for writer in writers:
        writer.finish.set()
    for writer in writers:
        writer.join(RECOVER_SECONDS * 2)
    for error in errors(writers):
        raise error
    check(site, writers)
    wait_for(lambda: waiting_batches(site) == 0, "batches still wait for compaction", SETTLE_SECONDS)
    check(site, writers)
    batches = sum(len(writer.acknowledged) for writer in writers)
    points = batches * ROWS * len(KEYS)
    retried = sum(writer.retried for writer in writers)
    say(f"{kills} kills, {batches:,} batches ({points:,} points) acknowledged, {retried:,} of them sent again:")
    say("every acknowledged point is there exactly once, before and after the last compaction")


def _others(site: Site, name: str, pid: int) -> set[int]:
    return set(site.pids(name)) - {pid}


def _goes_on(writers: list[Writer], before: int) -> bool:
    return bool(errors(writers)) or sum(len(writer.acknowledged) for writer in writers) > before


def errors(writers: list[Writer]) -> list[BaseException]:
    return [writer.error for writer in writers if writer.error is not None]


def check(site: Site, writers: list[Writer]) -> None:
    """Read every point back over HTTP and compare. Raises Lost."""
    for writer in writers:
        if sorted(writer.acknowledged) != list(range(writer.sent)):
            raise Lost(f"{writer.name}: some batches were never acknowledged, or twice")
        rows = 2 * READ_PX
        end = writer.first_step(writer.sent)
        for start in range(writer.first_step(0), end, rows):
            for key in KEYS:
                steps = range(start, min(start + rows, end))
                expected = [(step, value(key, step)) for step in steps]
                found = stored_points(site, writer.run_id, key, steps[0], steps[-1])
                if found != expected:
                    raise Lost(f"{writer.name} {key}: {difference(expected, found)}")


def difference(expected: list[tuple[int, float]], found: list[tuple[int, float]]) -> str:
    missing = sorted(set(expected) - set(found))
    twice = sorted({point for point in found if found.count(point) > 1}) if len(found) < 10_000 else "?"
    strange = sorted(set(found) - set(expected))
    return f"{len(missing)} missing {missing[:3]}, doubled {twice[:3]}, strange {strange[:3]}"


def stored_points(site: Site, run: str, key: str, start: int, end: int) -> list[tuple[int, float]]:
    """Every point of start..end as the chart API answers it, which is all of them when they are few."""
    query = f"run={run}&key={key}&x=step&from={start}&to={end}&px={READ_PX}"
    (line,) = call(site, "GET", f"/api/v1/series/?{query}")["runs"]
    points = list(zip((int(step) for step in line["x"]), line["y"], strict=True))
    return [(step, number) for step, number in points if start <= step <= end]  # it adds one neighbour on each side


def make_run(site: Site) -> str:
    return str(call(site, "POST", "/api/v1/projects/admin/kill/runs/", {"name": "kill"})["id"])


def call(site: Site, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert answer.status < 300, (answer.status, text[:2_000])
    return json.loads(text)


def waiting_batches(site: Site) -> int:
    """How many rows history_batch holds, read straight from the database."""
    question = "SELECT count(*) FROM history_batch"
    url = site.environment.get("SERIES_DATABASE_URL") or site.environment.get("DATABASE_URL")
    if url:
        with psycopg.connect(url) as connection:
            row = connection.execute(question).fetchone()
    else:
        with contextlib.closing(sqlite3.connect(f"file:{site.data}/paceline.sqlite3?mode=ro", uri=True)) as file:
            row = file.execute(question).fetchone()
    assert row is not None
    return int(row[0])


def freeze_worker(site: Site) -> int:
    """Stop the worker where it holds no lock of SQLite's, for which every other writer would wait. Returns its pid."""
    (worker,) = site.pids("worker")

    def frozen() -> bool:
        os.kill(worker, signal.SIGSTOP)
        if site.environment.get("DATABASE_URL") or can_write(site):
            return True
        os.kill(worker, signal.SIGCONT)
        return False

    wait_for(frozen, "the worker was never without a lock")
    return worker


def can_write(site: Site) -> bool:
    """Whether another process gets SQLite's write lock within a second."""
    file = sqlite3.connect(site.data / "paceline.sqlite3", timeout=1, isolation_level=None)
    with contextlib.closing(file):
        try:
            file.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        file.execute("ROLLBACK")
        return True


def wait_for(ask: Callable[[], Any], problem: str, seconds: float = RECOVER_SECONDS) -> Any:
    """What ask answers once that is true. Raises Lost with problem after seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        if time.monotonic() > deadline:
            raise Lost(f"{problem} within {seconds:.0f} s")
        time.sleep(0.05)
    return answer


@contextlib.contextmanager
def running_site(database: str) -> Iterator[Site]:
    """A site of its own on "SQLite" with the embedded broker, or on throwaway "PostgreSQL" and Redis."""
    with contextlib.ExitStack() as stack:
        environment = {}
        if database == "PostgreSQL":
            postgresql, url = start_postgresql()
            stack.callback(postgresql.stop)
            redis, environment["REDIS_URL"] = start_redis()
            stack.callback(redis.stop)
            environment["DATABASE_URL"] = f"{url}/postgres"
        data = temporary_folder("paceline-kill-")
        site = Site(data, **environment)
        stack.callback(site.close)
        yield site


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="on both databases together")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    options = parser.parse_args()
    print(f"kill -9 of web server and worker under load, {options.kills} kills, seed {options.seed}")
    for database in ("SQLite", "PostgreSQL"):
        print(f"\n{database}", flush=True)
        with running_site(database) as site:
            kill_under_load(site, options.kills // 2, seed=options.seed, say=lambda line: print(line, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
