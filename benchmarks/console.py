"""Console lines: taking in, windows and searches of a log of 100 MB, bytes kept, and what logs cost live metrics.

    python -m benchmarks console

1,000,000 lines of a training, some in colour, are sent to one run over HTTP, 10,000 a request on one connection,
scrubbed and durable when answered. Baselines: a table with a row a line and the primary key (run, n), in the same
kind of database, filled by executemany in one transaction or COPY, read and searched in process by SQL (LIKE); and
`grep` (-i, unless case matters) on the log as a plain file in the page cache. A search is timed until it has answered
1,000 lines or looked through all. Live ingest (8 runs × 50 keys, see live_ingest.py) is
measured alone and beside 8 runs that send 100 kB/s of lines together, in turns.
"""

import contextlib
import random
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import psycopg

from benchmarks import load
from benchmarks.house import POSTGRESQL, House, sql, wait_for
from benchmarks.plain_table import relation_bytes, sqlite_used_bytes
from benchmarks.tables import Figure, Table, median
from benchmarks.trainings import call, history_path, make_runs, noise
from tests.services.site import Site

ROWS = "table, a row a line"
GREP = "grep on the plain file"
ALONE = "the same without lines"
START_MS = 1_700_000_000_000
LINES_A_REQUEST = 10_000
WINDOW = 250
SEARCH_MS, WINDOW_MS, SHARE = 1_000.0, 20.0, 0.9
LIVE_BYTES_A_SECOND = 100_000
LIVE_RUNS, LIVE_KEYS = 8, 50
HITS = 1_000
SEARCHES: dict[str, dict[str, str]] = {
    "a text that is nowhere": {"search": "no such thing"},
    "a text that is nowhere, case matters": {"search": "no such thing", "case": "1"},
    "a text of one line": {"search": "step 777777 "},
    "a text that a colour may split": {"search": "acc=0.9999 sharded"},
    "a text of a fifth of the lines": {"search": "validated"},
    "an expression that is nowhere": {"search": r"loss=1\.\d+ (saved|sharded)", "regex": "1"},
    "an expression of ten lines": {"search": r"step 99999\d loss=0\.\d+", "regex": "1"},
}


def logs_path(run: str) -> str:
    return f"/api/v1/runs/{run}/logs/"


def training_log(lines: int) -> list[str]:
    """What a training may print, about 100 bytes a line."""
    chance = random.Random(7)
    words = ["saved", "resumed", "validated", "sharded", "cached"]
    return [
        f"2026-11-21 13:{n // 3600 % 60:02d}:{n // 60 % 60:02d},{n % 1000:03d} INFO trainer: step {n} "
        f"loss={chance.random():.6f} acc={chance.random():.4f} "
        + (f"\x1b[32m{chance.choice(words)}\x1b[0m" if n % 5 == 0 else f"{chance.choice(words)} batch")
        for n in range(1, lines + 1)
    ]


def measure(house: House) -> list[Table]:
    texts = training_log(house.sizes.of(1_000_000, 50_000))
    return [_on(house, database, texts) for database in house.databases]


def _on(house: House, database: str, texts: list[str]) -> Table:
    site = house.site(database)
    size = sum(len(text) + 1 for text in texts)
    before = _bytes(site)
    (run,) = make_runs(site, 1, "console")
    rate, settled_rate = _sent(site, run, texts)
    kept = _bytes(site) - before
    figures: list[Figure] = []
    with _row_table(house, database) as rows, _plain_file(texts) as file:
        rows_rate = len(texts) / rows.fill(texts)
        figures += [
            Figure("accepted", rate, "lines/s", None, ROWS, rows_rate),
            Figure("accepted and joined", settled_rate, "lines/s", None, ROWS, rows_rate),
            Figure("kept, all in", kept / size * 100, "% of the text", None, ROWS, rows.size() / size * 100),
        ]
        figures += _windows(site, run, rows, len(texts))
        figures += _searches(site, run, rows, file)
    figures.append(_beside_metrics(house, site))
    notes = [f"{len(texts):,} lines, {size / 1e6:.0f} MB; windows: median of 30, searches: of 5."]
    return Table(f"Console on {database}", "python -m benchmarks console", figures, notes)


def _sent(site: Site, run: str, texts: list[str]) -> tuple[float, float]:
    """Lines a second accepted, and accepted and joined to chunks that stay."""
    bodies = [
        orjson.dumps({"writer": "bench", "seq": seq, "lines": _lines(texts[begin : begin + LINES_A_REQUEST], begin)})
        for seq, begin in enumerate(range(0, len(texts), LINES_A_REQUEST))
    ]
    heads = [(load.head(logs_path(run), len(body), key=site.admin_key), place) for place, body in enumerate(bodies)]
    found = load.run(site.port, [load.Bulk(heads, bodies)])
    with sql(site) as query:
        wait_for(lambda: query("SELECT lines - settled FROM console_run ORDER BY lines DESC")[0][0] < 10_000, "no end")
    return len(texts) / found.took, len(texts) / (time.perf_counter() - found.began)


def _lines(texts: Sequence[str], begin: int) -> list[dict[str, Any]]:
    return [
        {"time": START_MS + begin + place, "stream": "stderr" if place % 50 == 0 else "stdout", "text": text}
        for place, text in enumerate(texts)
    ]


def _windows(site: Site, run: str, rows: "_Rows", lines: int) -> Iterator[Figure]:
    chance = random.Random(5)
    last = lines - WINDOW + 1
    asked = {
        "the first": [(f"from=1&limit={WINDOW}", 1)] * 30,
        "any": [(f"from={at}&limit={WINDOW}", at) for at in (chance.randrange(1, last) for _ in range(30))],
        "the newest": [(f"limit={WINDOW}", last)] * 30,
    }
    for which, windows in asked.items():
        took = [_milliseconds(partial(call, site, "GET", f"{logs_path(run)}?{query}")) for query, _ in windows]
        theirs = [_milliseconds(partial(rows.window, at)) for _, at in windows]
        yield Figure(
            f"{which} window of {WINDOW} lines over HTTP", median(took), "ms", ("<=", WINDOW_MS), ROWS, median(theirs)
        )


def _searches(site: Site, run: str, rows: "_Rows", file: Path) -> Iterator[Figure]:
    for what, asked in SEARCHES.items():
        took = statistics.median(_milliseconds(partial(_search, site, run, asked)) for _ in range(5))
        grep = ["grep", "-m", str(HITS), *([] if "case" in asked else ["-i"]), "-P" if "regex" in asked else "-F"]
        command = [*grep, "-e", asked["search"], str(file)]
        theirs = statistics.median(
            _milliseconds(partial(subprocess.run, command, capture_output=True, check=False)) for _ in range(5)
        )
        yield Figure(f"search over HTTP: {what}", took, "ms", ("<=", SEARCH_MS), GREP, theirs)
        if asked.keys() == {"search"}:
            like = _milliseconds(partial(rows.search, asked["search"]))
            yield Figure(f"search over HTTP: {what}", took, "ms", None, f"{ROWS}, LIKE", like)


def _search(site: Site, run: str, asked: dict[str, str]) -> None:
    """The first page of matches, or all there are."""
    found = 0
    after: dict[str, Any] = {}
    while found < HITS:
        answer = call(site, "GET", f"{logs_path(run)}?{urlencode({**asked, **after, 'limit': HITS, 'width': 80})}")
        found += len(answer["lines"])
        if not answer["more"]:
            return
        after = {"after": answer["next"]}


def _milliseconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1e3


# --- Beside live metrics ---


@dataclass(frozen=True)
class Printing:
    """Runs that print in turns, so many bytes a second together, one request after the other."""

    paths: tuple[str, ...]
    key: str
    requests: int

    def __iter__(self) -> Iterator[list[bytes]]:
        chance = random.Random(1)
        began = time.monotonic()
        for number in range(self.requests):
            texts = [
                f"epoch 3 step {number}.{line} loss={chance.random():.6f} of a batch in a live training run"
                for line in range(100)
            ]
            lines = [{"time": time.time_ns() // 1_000_000, "stream": "stdout", "text": text} for text in texts]
            due = number * sum(map(len, texts)) / LIVE_BYTES_A_SECOND
            time.sleep(max(0.0, began + due - time.monotonic()))
            seq, place = divmod(number, len(self.paths))
            body = orjson.dumps({"writer": "live", "seq": seq, "lines": lines})
            yield [load.head(self.paths[place], len(body), key=self.key), body]


def _beside_metrics(house: House, site: Site) -> Figure:
    """The rate of live ingest beside lines, against the rate without them."""
    seconds = house.sizes.of(12, 1)
    names = tuple(f"metric/{key}" for key in range(LIVE_KEYS))
    variants = [orjson.dumps(dict(zip(names, noise(LIVE_KEYS, seed).tolist(), strict=True))) for seed in range(100)]
    alone, beside = [], []
    for _ in range(house.sizes.of(3, 1)):
        alone.append(_live_rate(site, names, variants, seconds))
        printing = tuple(logs_path(run) for run in make_runs(site, LIVE_RUNS, "printing"))
        requests = max(1, round(seconds * LIVE_BYTES_A_SECOND / 6_500))
        lines = load.Generator(site.port, [Printing(printing, site.admin_key, requests)])
        lines.go()
        beside.append(_live_rate(site, names, variants, seconds))
        lines.answers()
    without = median(alone)
    met = median(beside) >= SHARE * without
    what = f"live metrics beside {LIVE_BYTES_A_SECOND // 1000} kB/s of lines from {LIVE_RUNS} runs"
    return Figure(what, median(beside), "requests/s", (">=", SHARE * without), ALONE, without, met=met)


def _live_rate(site: Site, names: tuple[str, ...], variants: list[bytes], seconds: float) -> float:
    runs = make_runs(site, LIVE_RUNS, "live")
    rows = [load.Rows(history_path(run), site.admin_key, "live", names, variants) for run in runs]
    return load.run(site.port, rows, seconds=seconds).rate


# --- The baselines ---


class _Rows:
    """A table with a row a line, in the kind of database the site has."""

    def __init__(
        self, run: Callable[..., list[tuple]], fill: Callable[[list[str]], None], size: Callable[[], int]
    ) -> None:
        self._run = run
        self._fill = fill
        self.size = size

    def fill(self, texts: list[str]) -> float:
        """The seconds it took."""
        return _milliseconds(lambda: self._fill(texts)) / 1e3

    def window(self, at: int) -> None:
        self._run(
            "SELECT n, time, stream, text FROM plain_line WHERE run = 1 AND n >= ? ORDER BY n LIMIT ?", (at, WINDOW)
        )

    def search(self, text: str) -> None:
        self._run(
            "SELECT n FROM plain_line WHERE run = 1 AND lower(text) LIKE ? ORDER BY n LIMIT ?", (f"%{text}%", HITS)
        )


_TABLE = (
    "CREATE TABLE plain_line (run BIGINT NOT NULL, n BIGINT NOT NULL, time BIGINT NOT NULL, stream SMALLINT NOT NULL, "
    "text TEXT NOT NULL, PRIMARY KEY (run, n))"
)


def _table_rows(texts: list[str]) -> Iterator[tuple[int, int, int, int, str]]:
    return ((1, n, START_MS + n, 0, text) for n, text in enumerate(texts, 1))


@contextlib.contextmanager
def _row_table(house: House, database: str) -> Iterator[_Rows]:
    if database == POSTGRESQL:
        with psycopg.connect(house.site(database).environment["DATABASE_URL"], autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS plain_line")
            connection.execute(_TABLE)

            def copy_in(texts: list[str]) -> None:
                with connection.cursor() as cursor, cursor.copy("COPY plain_line FROM STDIN") as copy:
                    for row in _table_rows(texts):
                        copy.write_row(row)

            def ask(statement: str, parameters: Sequence[object]) -> list[tuple]:
                return connection.execute(statement.replace("?", "%s"), parameters).fetchall()

            yield _Rows(ask, copy_in, lambda: relation_bytes(connection, ["plain_line"]))
            connection.execute("DROP TABLE plain_line")
        return
    folder = Path(tempfile.mkdtemp(dir=house.folder))
    path = folder / "lines.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;")
        file.execute(f"{_TABLE} WITHOUT ROWID")

        def insert(texts: list[str]) -> None:
            file.execute("BEGIN IMMEDIATE")
            file.executemany("INSERT INTO plain_line VALUES (?, ?, ?, ?, ?)", _table_rows(texts))
            file.execute("COMMIT")

        yield _Rows(
            lambda statement, parameters: file.execute(statement, parameters).fetchall(),
            insert,
            lambda: sqlite_used_bytes(path),
        )
    shutil.rmtree(folder)


@contextlib.contextmanager
def _plain_file(texts: list[str]) -> Iterator[Path]:
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        file.write("\n".join(texts).encode() + b"\n")
        file.flush()
        yield Path(file.name)


def _bytes(site: Site) -> int:
    """Bytes the console tables take; on SQLite those of the whole file."""
    url = site.environment.get("DATABASE_URL")
    if not url:
        return sqlite_used_bytes(site.data / "paceline.sqlite3")
    with psycopg.connect(url, autocommit=True) as connection:
        return relation_bytes(connection, ("console_run", "console_writer", "console_chunk"))
