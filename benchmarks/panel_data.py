"""A custom panel over a million points: its rows aggregated on the server, asked for over HTTP as a browser does.

    python -m benchmarks panel_data

10 runs of 100,000 points of one metric, compacted. Until the whole answer is there and read as JSON. Baseline, same
site: the raw rows sent, that is each run's points read out of it, written as JSON columns and read again; drawing a
million rows would come after that.
"""

import io
import json
from functools import partial
from typing import Any

import orjson
import pyarrow.parquet as pq

from benchmarks.export import call
from benchmarks.house import House
from benchmarks.run_table import asking, milliseconds
from benchmarks.tables import Figure, Table
from benchmarks.trainings import PROJECT, fill, noise
from tests.services.site import Site

RUNS, KEY = 10, "noise"
TARGET = ("<=", 1_000.0)
RAW = "raw rows sent as JSON"
FIGURES = {"mean": "mean:value", "low": "quantile:0.1:value", "high": "quantile:0.9:value"}
QUESTIONS: dict[str, dict[str, Any]] = {
    "histogram of 50 bins": {
        "bin": {"column": "value", "into": 50},
        "aggregate": {"by": ["value_bin"], "take": {"count": "count"}},
    },
    "mean and two quantiles of 500 bins of steps": {
        "bin": {"column": "step", "into": 500},
        "aggregate": {"by": ["step_bin"], "take": FIGURES},
    },
    "the same of each run": {
        "bin": {"column": "step", "into": 500},
        "aggregate": {"by": ["run", "step_bin"], "take": FIGURES},
    },
    "lines: 500 cells a run": {"points": 500},
}


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    site = house.site(database)
    steps = house.sizes.of(100_000, 2_000)
    runs = [fill(site, {KEY: noise(steps, place)}, name="panel") for place in range(RUNS)]
    table = Table(f"A panel over {RUNS * steps:,} points on {database}", "python -m benchmarks panel_data")
    raw = milliseconds(partial(_raw, site, runs), times=3)
    with asking(site) as ask:
        for what, question in QUESTIONS.items():
            body = {"document": _document(question), "runs": runs}
            took = milliseconds(partial(ask, "POST", f"/api/v1/projects/{PROJECT}/panel-data/", body), times=5)
            table.figures.append(Figure(what, took, "ms", TARGET, RAW, raw))
    return table


def _document(question: dict[str, Any]) -> str:
    source = {"kind": "history", "keys": [KEY], **question}
    spec = {"usermeta": {"paceline": {"sources": {"rows": source}}}, "data": {"name": "rows"}, "mark": "point"}
    return json.dumps(spec)


def _raw(site: Site, runs: list[str]) -> None:
    """Every point of every run, as a browser would have to be sent it."""
    for run in runs:
        points = pq.read_table(io.BytesIO(call(site, "GET", f"/api/v1/runs/{run}/export/?key={KEY}")[1]))
        columns = {name: points[name].to_numpy() for name in ("step", "value")}
        json.loads(orjson.dumps(columns, option=orjson.OPT_SERIALIZE_NUMPY))
