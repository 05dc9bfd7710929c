"""The run table: 100,000 runs of 50 values in one project, two filters and a sort by a metric, over HTTP.

    python -m benchmarks run_table

Each run has 10 numbers, 10 categories of ten values and 10 constants in its config, and 20 metrics. Asked is
`config.k0 < x and config.k10 == "model-3"` by the last m0, highest first, 50 a page, where x lets 50 %, 1 % and 0.01 %
of the runs pass (and the second filter a tenth of those); then page 100, and pages without a filter. Then the page
itself as browsers ask for it, and all runs grouped by a category. An update is a PATCH of one value of a run. Filled by
SQL, metrics with their last values alone. Baseline of a filter: the same question in SQL over the JSON columns of the
same rows, in process and without HTTP.
"""

import contextlib
import http.client
import itertools
import json
import sqlite3
import time
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import psycopg

from apps.core import ids
from benchmarks.house import POSTGRESQL, House, database_file, sql
from benchmarks.tables import Figure, Table, median
from tests.services.site import Site

NUMBERS, CATEGORIES, CONSTANTS, METRICS = 10, 10, 10, 20
SHARES = {"50 %": 0.5, "1 %": 0.01, "0.01 %": 0.0001}
TARGETS = {"SQLite": 100.0, POSTGRESQL: 50.0}
UPDATE_TARGET = 5.0
GROUP_TARGET = 300.0
PAGE, FAR = 50, 100
OURS = "(SELECT id FROM runs_project WHERE slug = 'run-table')"
TIMES = 15
_COPY = "COPY run_value (run_id, key_id, number, text) FROM STDIN"
_INSERT = "INSERT INTO run_value (run_id, key_id, number, text) VALUES (?, ?, ?, ?)"
_INDEXES = {
    "run_numbers": "CREATE INDEX run_numbers ON run_value (key_id, number, run_id) WHERE number IS NOT NULL",
    "run_texts": "CREATE INDEX run_texts ON run_value (key_id, text, run_id) WHERE text IS NOT NULL",
}


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    runs = house.sizes.of(100_000, 2_000)
    site = house.site(database)
    table = Table(f"Run table of {runs:,} runs on {database}", "python -m benchmarks run_table")
    run = fill(site, runs, "run-table")
    target = ("<=", TARGETS[database])
    with asking(site) as ask:
        path = "/api/v1/projects/admin/run-table/runs/?"
        for name, share in SHARES.items():
            question = {"filter": f'config.k0 < {share} and config.k10 == "model-3"', "sort": "-metric.m0"}
            value = milliseconds(partial(ask, "GET", path + urllib.parse.urlencode(question)))
            plain = milliseconds(partial(_plain, site, share))
            what = f"first page, first filter passes {name}"
            table.figures.append(Figure(what, value, "ms", target, "JSON columns", plain))
        question = {"filter": "config.k0 < 0.9", "sort": "-metric.m0"}
        first = milliseconds(partial(ask, "GET", path + urllib.parse.urlencode(question)))
        far = question
        for _ in range(FAR - 1):
            cursor = ask("GET", path + urllib.parse.urlencode(far))["next"]
            if cursor is None:  # of a quick measurement
                break
            far = question | {"cursor": cursor}
        value = milliseconds(partial(ask, "GET", path + urllib.parse.urlencode(far)))
        table.figures.append(Figure(f"page {FAR}, filter passes 90 %", value, "ms", target, "page 1 of it", first))
        value = milliseconds(partial(ask, "GET", path + urllib.parse.urlencode({"sort": "-metric.m0"})))
        table.figures.append(Figure("first page by a metric, no filter", value, "ms", target))
        several = {"sort": ["config.k10", "-metric.m0"]}
        value = milliseconds(partial(ask, "GET", path + urllib.parse.urlencode(several, doseq=True)))
        table.figures.append(Figure("first page by a category, then a metric", value, "ms", target))
        table.figures += _pages(site)
        numbers = itertools.count()
        value = milliseconds(
            lambda: ask("PATCH", f"/api/v1/runs/{run}/", {"config": {"k0": next(numbers) / 10**6}}), times=50
        )
        table.figures.append(Figure("one value of a run changed", value, "ms", ("<=", UPDATE_TARGET)))
    return table


def _pages(site: Site) -> list[Figure]:
    """The page of the table as a browser asks for it, and grouped; the grouping in SQL that joins is the baseline."""
    shown = {"col": ["metric.m0.last", "metric.m1.last", "config.k0", "config.k10"], "sort": "-metric.m0.last"}
    group = {"group": "config.k10", "col": "metric.m0.last"}
    page = milliseconds(partial(_page, site, shown))
    grouped = milliseconds(partial(_page, site, group))
    joined = milliseconds(partial(_joined, site), times=3)
    return [
        Figure("the table's page, 50 runs of 4 columns", page, "ms"),
        Figure("grouped by a category, spread of a metric", grouped, "ms", ("<=", GROUP_TARGET), "SQL join", joined),
    ]


def _page(site: Site, asked: dict[str, Any]) -> None:
    url = f"{site.url}/admin/run-table/runs/?{urllib.parse.urlencode(asked, doseq=True)}"
    request = urllib.request.Request(url, headers={"Cookie": f"sessionid={site.session}"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        answer.read()


def _joined(site: Site) -> None:
    """Count, mean, lowest and highest of each category's metric, by the database."""
    key = f"(SELECT id FROM run_value_key WHERE namespace = '{{}}' AND name = '{{}}' AND project_id = {OURS})".format
    with sql(site) as run:
        run(
            "SELECT g.text, count(*), avg(v.number), min(v.number), max(v.number) FROM run_value g "
            f"JOIN run_value v ON v.run_id = g.run_id AND v.key_id = {key('metric.last', 'm0')} "
            f"WHERE g.key_id = {key('config', 'k10')} GROUP BY g.text",
            (),
        )


@contextlib.contextmanager
def asking(site: Site) -> Iterator[Callable[..., Any]]:
    """A function that sends one request on a connection that is kept, and gives what its JSON says."""
    address = urllib.parse.urlsplit(site.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=300)
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"}

    def ask(method: str, path: str, body: Any = None) -> Any:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text)

    try:
        yield ask
    finally:
        connection.close()


def milliseconds(work: Callable[[], Any], times: int = TIMES) -> float:
    took = []
    for _ in range(times + 2):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return median(took[2:])


def _plain(site: Site, share: float) -> None:
    """The same question over the JSON columns."""
    if site.environment.get("DATABASE_URL"):
        number, text, metric = "(config->>'k0')::float8", "config->>'k10'", "(summary->>'m0')::float8"
    else:
        number, text, metric = (
            f"json_extract({place})" for place in ("config,'$.k0'", "config,'$.k10'", "summary,'$.m0'")
        )
    statement = (
        f"SELECT id, name FROM runs_run WHERE {number} < ? AND {text} = 'model-3' AND deleted_at IS NULL "
        f"AND project_id = {OURS} ORDER BY {metric} DESC LIMIT {PAGE}"
    )
    with sql(site) as run:
        run(statement, (share,))


# --- filling ---


def fill(site: Site, runs: int, project: str) -> str:
    """Make the project and its runs; the id of one of them as URLs write it."""
    first = _create(site, project)
    rng = np.random.default_rng(zlib.crc32(project.encode()))
    columns: dict[str, np.ndarray] = {f"k{place}": rng.random(runs) for place in range(NUMBERS)}
    for place in range(NUMBERS, NUMBERS + CATEGORIES):
        columns[f"k{place}"] = np.array([f"model-{one}" for one in range(10)])[rng.integers(0, 10, runs)]
    for place in range(NUMBERS + CATEGORIES, NUMBERS + CATEGORIES + CONSTANTS):
        columns[f"k{place}"] = np.full(runs, 1.0)
    metrics = {f"m{place}": rng.random(runs) for place in range(METRICS)}
    run_ids = np.sort(rng.integers(1, 2**62, runs)).tolist()
    with sql(site) as run:
        ((owner, template),) = run("SELECT project_id, id FROM runs_run WHERE id = ?", (ids.from_text(first),))
        names = {("config", name) for name in columns} | {("metric.last", name) for name in metrics}
        for namespace, name in sorted(names):
            run(
                "INSERT INTO run_value_key (project_id, namespace, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (owner, namespace, name),
            )
        keys = {
            (namespace, name): key_id
            for key_id, namespace, name in run(
                "SELECT id, namespace, name FROM run_value_key WHERE project_id = ?", (owner,)
            )
        }
        shown = [name for (name,) in run(_COLUMN_NAMES[bool(site.environment.get("DATABASE_URL"))])]
    chosen = [(keys["config", name], column.tolist()) for name, column in columns.items()]
    chosen += [(keys["metric.last", name], column.tolist()) for name, column in metrics.items()]
    documents = [
        (
            json.dumps(
                {name: column[place] for name, column in zip(columns, (one for _, one in chosen), strict=False)}
            ),
            json.dumps({name: float(column[place]) for name, column in metrics.items()}),
        )
        for place in range(runs)
    ]
    copied = [name for name in shown if name not in ("id", "client_id", "name", "config", "summary")]
    statement = (
        f"INSERT INTO runs_run (id, client_id, name, config, summary, {_quoted(copied)}) "
        f"SELECT ?, '', ?, ?, ?, {_quoted(copied)} FROM runs_run WHERE id = {template}"
    )
    rows = [(run_id, f"run-{place}", *documents[place]) for place, run_id in enumerate(run_ids)]
    url = site.environment.get("DATABASE_URL")
    if url:
        _load_postgresql(url, statement, rows, run_ids, chosen)
    else:
        _load_sqlite(site, statement, rows, run_ids, chosen)
    return ids.to_text(run_ids[runs // 2])


_COLUMN_NAMES = {
    False: "SELECT name FROM pragma_table_info('runs_run')",
    True: "SELECT column_name FROM information_schema.columns WHERE table_name = 'runs_run'",
}


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _create(site: Site, project: str) -> str:
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"}
    url = f"{site.url}/api/v1/projects/admin/{project}/runs/"
    with urllib.request.urlopen(urllib.request.Request(url, b'{"name": "first"}', headers), timeout=60) as answer:
        return str(json.load(answer)["id"])


def _load_sqlite(site: Site, statement: str, rows: list[tuple], run_ids: list[int], chosen: list[tuple]) -> None:
    with contextlib.closing(sqlite3.connect(database_file(site), timeout=60, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        for name in _INDEXES:
            file.execute(f"DROP INDEX {name}")
        file.executemany(statement, rows)
        file.executemany(_INSERT, _values(run_ids, chosen))
        for create in _INDEXES.values():
            file.execute(create)
        file.execute("COMMIT")
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _load_postgresql(url: str, statement: str, rows: list[tuple], run_ids: list[int], chosen: list[tuple]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no look-up of every foreign key
        for name in _INDEXES:
            connection.execute(f"DROP INDEX {name}")
        with connection.transaction():
            connection.cursor().executemany(statement.replace("?", "%s"), rows)
        with connection.transaction(), connection.cursor().copy(_COPY) as copy:
            for row in _values(run_ids, chosen):
                copy.write_row(row)
        for create in _INDEXES.values():
            connection.execute(create)
        for table in ("runs_run", "run_value", "run_value_key"):
            connection.execute(f"VACUUM ANALYZE {table}")


def _values(run_ids: list[int], chosen: list[tuple]) -> Iterator[tuple]:
    """Rows of the index in the order of their primary key."""
    ordered = sorted(chosen)
    for place, run_id in enumerate(run_ids):
        for key_id, column in ordered:
            value = column[place]
            yield (run_id, key_id, None, value) if isinstance(value, str) else (run_id, key_id, value, None)
