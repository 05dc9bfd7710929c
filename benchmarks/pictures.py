"""What a picture of a line panel costs, drawn in a process that opens nothing.

    python -m benchmarks pictures

Runs × points as pages draw them. Warm: the process stays, as it does for charts of our own. Cold: the first one, with
the start of the process. Somebody's: a spec that is not ours, each in a process that has drawn nothing; the next one
waits already when the one before is done.
Baseline in the same run: vl-convert in process and warm, given the same spec with its rows inside.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django
import numpy as np
import orjson

from benchmarks.house import House
from benchmarks.tables import Figure, Table

SIZES = ((1, 100), (10, 500), (50, 500))
PAUSE_SECONDS = 1.5  # between two of somebody's charts, in which the next process starts

# Reads {"spec", "data", "times"} and prints the median milliseconds of an SVG and a PNG.
PLAIN = """
import json, statistics, sys, time
import vl_convert
asked = json.load(sys.stdin)
datasets = {n: [dict(zip(c, row)) for row in zip(*c.values())] for n, c in asked["data"].items()}
spec = json.dumps({**asked["spec"], "datasets": datasets})
result = {}
png = lambda spec: vl_convert.vegalite_to_png(spec, scale=2)
for name, draw in (("svg", vl_convert.vegalite_to_svg), ("png", png)):
    taken = []
    for _ in range(asked["times"] + 1):
        began = time.perf_counter()
        draw(spec)
        taken.append((time.perf_counter() - began) * 1e3)
    result[name] = statistics.median(taken[1:])
print(json.dumps(result))
"""


def measure(house: House) -> list[Table]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from apps.panels.pictures import Sight, series_spec
    from apps.rendering import processes
    from apps.rendering.pictures import picture

    times = house.sizes.of(4, 2)
    table = Table("Pictures of line panels", "python -m benchmarks pictures")
    for runs, points in SIZES:
        spec, data = series_spec(_answer(runs, points), {run: f"run {run}" for run in range(1, runs + 1)}, Sight())
        plain = _plain(spec, data, times)
        of = f"{runs} × {points}"
        processes.close_all()
        cold = _milliseconds(partial(picture, spec, data, own=True), 1)
        warm = _milliseconds(partial(picture, spec, data, own=True), times)
        painted = _milliseconds(partial(picture, spec, data, kind="png", own=True), times)
        somebodys = _milliseconds(partial(picture, spec, data), min(times, 4), pause=PAUSE_SECONDS)
        baseline = "vl-convert in process"
        table.figures += [
            Figure(f"{of}: SVG, warm", warm, "ms", None, baseline, plain["svg"]),
            Figure(f"{of}: PNG of 2 px a px, warm", painted, "ms", None, baseline, plain["png"]),
            Figure(f"{of}: SVG, cold", cold, "ms", None, baseline, plain["svg"]),
            Figure(f"{of}: SVG of somebody's spec", somebodys, "ms", None, baseline, plain["svg"]),
        ]
    processes.close_all()
    return [table]


def _answer(runs: int, points: int) -> Any:
    """A chart read of noisy curves, as the store gives it."""
    from apps.history.charts import Answer, Line, Question

    chance = np.random.default_rng(0)
    steps = np.arange(points, dtype=np.int64)
    lines = [
        Line(
            run_id=run,
            x=steps,
            y=np.exp(-steps / (points / 4)) + chance.normal(0, 0.02, points),
            stored=points,
            drawn=points,
            superseded=0,
            method="raw",
            level=0,
        )
        for run in range(1, runs + 1)
    ]
    return Answer(Question(tuple(range(1, runs + 1)), "loss"), 0, points - 1, runs, runs, lines)


def _plain(spec: dict[str, object], data: dict[str, Any], times: int) -> dict[str, float]:
    columns = {name: rows if isinstance(rows, dict) else _columns(rows) for name, rows in data.items()}
    asked = orjson.dumps({"spec": spec, "data": columns, "times": times}, option=orjson.OPT_SERIALIZE_NUMPY)
    ended = subprocess.run([sys.executable, "-c", PLAIN], input=asked, capture_output=True, check=True)
    found: dict[str, float] = json.loads(ended.stdout)
    return found


def _columns(rows: Sequence[dict[str, object]]) -> dict[str, list[object]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [row.get(name) for row in rows] for name in names}


def _milliseconds(draw: Callable[[], bytes], times: int, *, pause: float = 0.0) -> float:
    """The median of so many; of more than one, the first does not count."""
    taken = []
    for _ in range(times + (1 if times > 1 else 0)):
        began = time.perf_counter()
        draw()
        taken.append((time.perf_counter() - began) * 1e3)
        time.sleep(pause)
    return statistics.median(taken[1:] or taken)
