"""The servers benchmarks run against, each started when first asked for and stopped at the end."""

import contextlib
import os
import secrets
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.mlflow_server import MlflowServer
from benchmarks.plain_table import PlainTable, PostgresqlPlainTable, SqlitePlainTable, relation_bytes, sqlite_used_bytes
from tests.services.keeper import ROOT, Kept
from tests.services.servers import free_port, start_postgresql, start_redis
from tests.services.site import Site

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
DATABASES = (SQLITE, POSTGRESQL)
SERIES_TABLES = ("history_batch", "history_mark", "history_run", "series", "series_chunk")
WAIT_SECONDS = 300.0


@dataclass(frozen=True)
class Sizes:
    """How much to measure. quick: to try the code; its figures mean nothing."""

    quick: bool = False

    def of(self, full: int, quick: int) -> int:
        return quick if self.quick else full


class House:
    """One site, one plain table and one MLflow a database, and the folder with their data."""

    def __init__(self, sizes: Sizes, databases: Sequence[str] = DATABASES, *, with_mlflow: bool = True) -> None:
        self.sizes = sizes
        self.databases = databases
        self.with_mlflow = with_mlflow
        self._stack = contextlib.ExitStack()
        self.folder = Path(tempfile.mkdtemp(prefix="paceline-bench-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        self._sites: dict[str, Site] = {}
        self._mlflows: dict[str, MlflowServer] = {}
        self._postgresql = ""

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def site(self, database: str) -> Site:
        """What `make serve` runs, on SQLite and the embedded broker or on PostgreSQL and Redis."""
        if database not in self._sites:
            environment = {}
            if database == POSTGRESQL:
                redis, environment["REDIS_URL"] = start_redis()
                self._stack.callback(redis.stop)
                environment["DATABASE_URL"] = self._postgresql_database()
            site = Site(self.folder / database, **environment)
            self._stack.callback(site.close)
            self._sites[database] = site
        return self._sites[database]

    @property
    def sizes_of_runs(self) -> list[int]:
        """Points a run, for reads that should not depend on them."""
        return [1_000, 10_000, 100_000] if self.sizes.quick else [10_000, 100_000, 1_000_000, 10_000_000]

    @contextlib.contextmanager
    def noop(self, database: str) -> Iterator[int]:
        """The port of a second web server that only serves benchmarks/noop.py."""
        port = free_port()
        environment = self.site(database).environment | {"DJANGO_SETTINGS_MODULE": "benchmarks.noop"}
        command = [sys.executable, str(ROOT / "manage.py"), "web", "--port", str(port)]
        kept = Kept(command, log=self.folder / "noop.log", environment=environment)
        try:
            wait_for(lambda: answers(f"http://127.0.0.1:{port}/noop"), "the no-op server did not start")
            yield port
        finally:
            kept.stop()

    @contextlib.contextmanager
    def plain_table(self, database: str) -> Iterator[PlainTable]:
        """An empty plain table, gone afterwards."""
        if database == SQLITE:
            folder = Path(tempfile.mkdtemp(dir=self.folder))
            table: PlainTable = SqlitePlainTable(folder)
        else:
            folder = None
            table = PostgresqlPlainTable(self.site(database).environment["DATABASE_URL"])
        try:
            yield table
        finally:
            table.close()
            if folder is not None:
                shutil.rmtree(folder)

    def mlflow(self, database: str) -> MlflowServer:
        """The MLflow server on a database of its own."""
        if database not in self._mlflows:
            folder = self.folder / f"mlflow-{database}"
            url = None if database == SQLITE else self._postgresql_database()
            server = MlflowServer(folder, url)
            self._stack.callback(server.stop)
            self._mlflows[database] = server
        return self._mlflows[database]

    def _postgresql_database(self) -> str:
        """The URL of a new database on the one throwaway server, which waits for the disk."""
        if not self._postgresql:
            kept, self._postgresql = start_postgresql(durable=True)
            self._stack.callback(kept.stop)
        with psycopg.connect(f"{self._postgresql}/postgres", autocommit=True) as connection:
            name = f"bench_{secrets.token_hex(6)}"
            connection.execute(f"CREATE DATABASE {name}")
        return f"{self._postgresql}/{name}"


# --- What is in a site's database ---


def database_file(site: Site) -> Path:
    return site.data / "paceline.sqlite3"


@contextlib.contextmanager
def sql(site: Site) -> Iterator[Callable[..., list[tuple]]]:
    """A function that runs one statement with `?` placeholders on the site's database, in autocommit."""
    url = site.environment.get("DATABASE_URL")
    if url:
        with psycopg.connect(url, autocommit=True) as connection:

            def run_postgresql(statement: str, parameters: Sequence[object] = ()) -> list[tuple]:
                cursor = connection.execute(statement.replace("?", "%s"), parameters)
                return cursor.fetchall() if cursor.description else []

            yield run_postgresql
    else:
        with contextlib.closing(sqlite3.connect(database_file(site), timeout=60, isolation_level=None)) as file:

            def run_sqlite(statement: str, parameters: Sequence[object] = ()) -> list[tuple]:
                return file.execute(statement, parameters).fetchall()

            yield run_sqlite


def wait_until_compacted(site: Site) -> float:
    """Wait until the worker has emptied history_batch; the monotonic second that was seen."""
    with sql(site) as run:
        wait_for(
            lambda: not run("SELECT 1 FROM history_batch LIMIT 1"), "batches still wait for compaction", every=0.005
        )
    return time.perf_counter()


def series_bytes(site: Site) -> int:
    """Bytes the series store takes; on SQLite those of the whole file."""
    url = site.environment.get("DATABASE_URL")
    if not url:
        return sqlite_used_bytes(database_file(site))
    with psycopg.connect(url, autocommit=True) as connection:
        return relation_bytes(connection, SERIES_TABLES)


@contextlib.contextmanager
def workers_down(site: Site) -> Iterator[None]:
    """Freeze the worker, so that nothing is compacted meanwhile."""
    pids = site.pids("worker")
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, data=b"{}" if url.endswith("noop") else None, timeout=5).close()
    except OSError:
        return False
    return True


def wait_for(ask: Callable[[], bool], problem: str, seconds: float = WAIT_SECONDS, every: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not ask():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{problem} within {seconds:.0f} s")
        time.sleep(every)
