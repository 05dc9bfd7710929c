"""Runs of a site and their points, made and sent as any client would."""

import contextlib
import http.client
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from apps.core import ids
from benchmarks import load
from benchmarks.house import sql, wait_until_compacted
from benchmarks.tables import median
from tests.services.site import Site

START_MS = 1_700_000_000_000
BODY_POINTS = 1_000_000  # the most a batch may hold
PROJECT = "admin/bench"
WARM = 2


def call(site: Site, method: str, path: str, body: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"}
    with contextlib.closing(connection):
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{answer.status}: {text[:2_000]!r}")
    return json.loads(text)


def make_runs(site: Site, count: int, name: str = "bench") -> list[str]:
    """The ids of new runs."""
    return [call(site, "POST", f"/api/v1/projects/{PROJECT}/runs/", {"name": name})["id"] for _ in range(count)]


def history_path(run: str) -> str:
    return f"/api/v1/runs/{run}/history/"


def bodies(columns: dict[str, np.ndarray], steps_a_request: int) -> list[bytes]:
    """Shared-column bodies for all steps 0..n-1 of the columns, one ms apart."""
    total = len(next(iter(columns.values())))
    return [
        orjson.dumps(
            {
                "writer": "bench",
                "seq": seq,
                "step": list(range(begin, min(begin + steps_a_request, total))),
                "time": list(range(START_MS + begin, START_MS + min(begin + steps_a_request, total))),
                "values": {key: column[begin : begin + steps_a_request].tolist() for key, column in columns.items()},
            }
        )
        for seq, begin in enumerate(range(0, total, steps_a_request))
    ]


def streams(site: Site, runs: Sequence[str], prepared: list[bytes], connections: int) -> list[load.Bulk]:
    """The same bodies for every run, dealt to so many connections."""
    dealt: list[list[str]] = [list(runs[place::connections]) for place in range(min(connections, len(runs)))]
    return [
        load.Bulk(
            [
                (load.head(history_path(run), len(body), key=site.admin_key), place)
                for run in some
                for place, body in enumerate(prepared)
            ],
            prepared,
        )
        for some in dealt
    ]


def fill(site: Site, columns: dict[str, np.ndarray], *, name: str = "bench") -> str:
    """The id of a new run with these points, compacted by the worker."""
    (run,) = make_runs(site, 1, name)
    load.run(site.port, streams(site, [run], bodies(columns, BODY_POINTS // max(2, len(columns))), 1))
    wait_until_compacted(site)
    return run


def clone(site: Site, run: str, count: int) -> list[str]:
    """New runs with the same stored points as a compacted one, copied inside the database: ten times faster."""
    made = make_runs(site, count, "clone")
    tables = {
        "series_chunk": "key_id, attempt, level, step_min, part, step_max, size, finite, time_min, time_max, "
        "shape, times, sums",
        "series": "key_id, attempt, name, points, step_min, step_max, levels, bucket",
        "history_run": "version, points",
    }
    with sql(site) as execute:
        for one in made:
            for table, columns in tables.items():
                chosen = f"SELECT CAST(? AS BIGINT), {columns} FROM {table} WHERE run_id = ?"
                values = (ids.from_text(one), ids.from_text(run))
                execute(f"INSERT INTO {table} (run_id, {columns}) {chosen}", values)
    return made


# --- Chart reads ---

BINARY = "application/vnd.paceline.series"
QUERY = "/api/v1/series/query"


def question(runs: Sequence[str], key: str, **more: Any) -> bytes:
    """The body of one question: more is x, from, to, px."""
    return orjson.dumps({"questions": [{"runs": list(runs), "key": key, **more}]})


def ask(site: Site, body: bytes, accept: str = BINARY) -> bytes:
    """The answer to a question."""
    stream = load.Bulk([(load.head(QUERY, len(body), key=site.admin_key, accept=accept), 0)], [body])
    return load.run(site.port, [stream], keep=True).bodies[0]


def read_ms(site: Site, questions: Sequence[bytes], *, times: int, accept: str = BINARY) -> list[float]:
    """The median time of each question over HTTP on one connection, warm: asked twice before it counts."""
    requests = [
        (load.head(QUERY, len(body), key=site.admin_key, accept=accept), place)
        for place, body in enumerate(questions)
        for _ in range(times + WARM)
    ]
    seconds = load.run(site.port, [load.Bulk(requests, list(questions))]).seconds
    rounds = [seconds[begin : begin + times + WARM] for begin in range(0, len(seconds), times + WARM)]
    return [median(one[WARM:]) * 1e3 for one in rounds]


def read_once_ms(site: Site, questions: Sequence[bytes]) -> list[float]:
    """The time of each question but the first, which warms the connection, asked once over HTTP."""
    requests = [(load.head(QUERY, len(body), key=site.admin_key, accept=BINARY), i) for i, body in enumerate(questions)]
    return [one * 1e3 for one in load.run(site.port, [load.Bulk(requests, list(questions))]).seconds[1:]]


# --- Values ---


def noise(rows: int, seed: int = 0) -> np.ndarray:
    """float64 noise: a metric as it comes out of float64 arithmetic."""
    return np.random.default_rng(seed).normal(size=rows)


def noisy_loss(rows: int, seed: int = 0, spikes: int = 10) -> np.ndarray:
    """A falling loss with noise and one-step spikes."""
    chance = np.random.default_rng(seed)
    values = 2.0 / np.sqrt(1 + np.arange(rows) / 500) + chance.normal(size=rows) * 0.05
    values[chance.choice(rows, spikes, replace=False)] += 8
    return values
