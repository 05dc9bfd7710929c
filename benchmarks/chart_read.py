"""Chart reads at 800 px through `POST /api/v1/series/query`, warm, on one connection: what a page waits for.

    python -m benchmarks chart_read

10 runs × 1M points of a noisy loss with spikes, in the binary form of our own pages and in JSON: full range, 1 % zoom,
the worst of many zooms at random widths and places, and as many into runs that nobody has looked at; 100 runs; 10k to
10M points a run; and 10,000 one-row batches that wait while the worker is frozen, against the same question after it
compacted them. "In process" is the same question without HTTP. Runs beyond the first ten, and the 10M ones beyond the
first, are copies made inside the database.

Baselines in the same run, with 10 runs × 100k points: a plain table with one row per point, every point of the key
read in process by run and key in the order of steps, and what MLflow's page asks its server for, a sample of 320
points a run (`get-history-bulk-interval`); its table is filled by SQL.
"""

import json
import random
import subprocess
import sys
import time

import numpy as np
import orjson

from benchmarks import load, mlflow_server, plain_table
from benchmarks.house import House, wait_until_compacted, workers_down
from benchmarks.tables import Figure, Table, median
from benchmarks.trainings import ask, clone, fill, history_path, make_runs, noisy_loss, question, read_ms, read_once_ms
from tests.services.keeper import ROOT
from tests.services.site import Site

KEY = "loss"
RUNS, MANY = 10, 100
PX = 800
PAGE_PX = 100  # what our own pages ask a panel of 100 runs for (questions.js)
JSON = "application/json"
FULL_MS, ZOOM_MS, MANY_MS, FLAT, WAITING = 10.0, 20.0, 80.0, 2.0, 5.0
WRITERS = 8


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    sizes = house.sizes
    points, times = sizes.of(1_000_000, 100_000), sizes.of(15, 5)
    site = house.site(database)
    table = Table(f"Chart read on {database}", "python -m benchmarks chart_read")
    waiting = _waiting(house, site, times)
    ten = [fill(site, {KEY: noisy_loss(points, seed)}) for seed in range(RUNS)]
    cases: dict[str, tuple[bytes, tuple[str, float] | None]] = {
        f"{RUNS} runs × {points:,}, full range": (question(ten, KEY, px=PX), ("<=", FULL_MS)),
        f"{RUNS} runs × {points:,}, 1 % zoom": (
            question(ten, KEY, px=PX, **{"from": points // 3, "to": points // 3 + points // 100 - 1}),
            ("<=", FULL_MS),
        ),
        f"{RUNS} runs × {points:,}, full range over time": (question(ten, KEY, px=PX, x="time"), None),
    }
    zooms = _zooms(ten, points, sizes.of(80, 10))
    zoom_ms = read_ms(site, zooms, times=sizes.of(5, 3))
    worst = zooms[int(np.argmax(zoom_ms))]
    asked = orjson.loads(worst)["questions"][0]
    where = f"{asked['from']:,} to {asked['to']:,}"
    cases[f"{RUNS} runs × {points:,}, worst of {len(zooms)} zooms ({where})"] = (worst, ("<=", ZOOM_MS))
    _check_spikes(site, ten[0], points)
    copies = [one for run in ten for one in clone(site, run, sizes.of(MANY // RUNS - 1, 1))]
    many = ten + copies
    cases[f"{len(many)} runs × {points:,}, full range"] = (question(many, KEY, px=PX), ("<=", MANY_MS))
    cases[f"{len(many)} runs × {points:,}, full range, as our page asks: means of {PAGE_PX} px"] = (
        question(many, KEY, px=PAGE_PX, draw="mean"),
        None,
    )

    new_ms = read_once_ms(site, _zooms(copies[:RUNS], points, len(zooms)))

    plain, mlflow = _baselines(house, database, sizes.of(100_000, 10_000))
    for (what, (body, target)), inside in zip(
        cases.items(), _in_process(site, [body for body, _ in cases.values()], times), strict=True
    ):
        (binary,) = read_ms(site, [body], times=times)
        (as_json,) = read_ms(site, [body], times=times, accept=JSON)
        table.figures.append(Figure(what, binary, "ms", target))
        table.figures.append(Figure(f"{what}, JSON", as_json, "ms"))
        table.figures.append(Figure(f"{what}, in process", sum(inside), "ms"))
    new = f"{RUNS} runs × {points:,}, {len(zooms)} zooms, each for the first time"
    table.figures += [Figure(f"{new}: median", median(new_ms), "ms"), Figure(f"{new}: worst", max(new_ms), "ms")]
    table.figures += _flatness(house, site, ten, points, times, plain, mlflow)
    table.figures += waiting
    table.notes.append(f"{PX} px; each figure is the median of {times} reads on a warm server.")
    return table


def _zooms(runs: list[str], points: int, count: int) -> list[bytes]:
    """Ranges of random widths, as many narrow as wide ones, at random places."""
    chance = random.Random(1)
    made = []
    for _ in range(count):
        width = int(points ** chance.uniform(0.4, 1.0))
        begin = chance.randrange(0, points - width + 1)
        made.append(question(runs, KEY, px=PX, **{"from": begin, "to": begin + width - 1}))
    return made


def _check_spikes(site: Site, run: str, points: int) -> None:
    """The spikes of a run are in the answer; a fast answer without them would not count."""
    body = orjson.loads(ask(site, question([run], KEY, px=PX), accept=JSON))
    line = body["answers"][0]["runs"][0]
    values = noisy_loss(points, 0)
    spikes = np.flatnonzero(values > 6)
    assert len(spikes), "no spikes"
    assert set(spikes.tolist()) <= set(line["x"]), "a spike is missing"
    assert points < 1_000_000 or line["level"] > 0, "read from points, not from a level"


def _in_process(site: Site, questions: list[bytes], times: int) -> list[list[float]]:
    task = json.dumps({"times": times, "questions": [orjson.loads(body) for body in questions]})
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks.in_process"],
        input=task,
        env=site.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(ended.stderr[-3_000:])
    found: list[list[float]] = json.loads(ended.stdout)
    return found


def _baselines(house: House, database: str, points: int) -> tuple[float, float | None]:
    """ms to get RUNS × points out of the plain table, and the sample of them out of MLflow."""
    with house.plain_table(database) as table:
        for number in range(RUNS):
            table.insert(number, range(points), {KEY: noisy_loss(points, number).tolist()})
        took = []
        for _ in range(3):
            began = time.perf_counter()
            for number in range(RUNS):
                assert len(table.read(number, KEY)[0]) == points
            took.append((time.perf_counter() - began) * 1e3)
    if not house.with_mlflow:
        return median(took), None
    server = house.mlflow(database)
    runs = server.drive(do="create", runs=RUNS)
    server.fill(runs, KEY, [noisy_loss(points, seed) for seed in range(RUNS)])
    theirs = []
    for _ in range(4):
        began = time.perf_counter()
        server.chart(runs, KEY)
        theirs.append((time.perf_counter() - began) * 1e3)
    return median(took), median(theirs[1:])


def _flatness(
    house: House, site: Site, ten: list[str], points: int, times: int, plain: float, mlflow: float | None
) -> list[Figure]:
    """The full range of RUNS runs of more and more points each."""
    compared = house.sizes.of(100_000, 10_000)
    found: dict[int, float] = {}
    for size in house.sizes_of_runs:
        if size == points:
            runs = ten
        else:
            run = fill(site, {KEY: noisy_loss(size, size)})
            runs = [run, *clone(site, run, RUNS - 1)]
        (found[size],) = read_ms(site, [question(runs, KEY, px=PX)], times=times)
    figures = []
    for size, value in found.items():
        what = f"{RUNS} runs × {size:,}, full range, for flatness"
        if size != compared:
            figures.append(Figure(what, value, "ms"))
            continue
        figures.append(Figure(what, value, "ms", None, plain_table.NAME, plain))
        if mlflow is not None:
            figures.append(Figure(what, value, "ms", None, f"{mlflow_server.NAME}, sampled", mlflow))
    slowest = max(found.values()) / min(found.values())
    first, last = min(found), max(found)
    figures.append(Figure(f"slowest over fastest, {first:,} to {last:,} a run", slowest, "×", ("<=", FLAT)))
    return figures


def _waiting(house: House, site: Site, times: int) -> list[Figure]:
    """One run's 10,000 one-row batches of 10 keys, read before and after the worker gets to them."""
    rows = house.sizes.of(10_000, 1_000)
    keys = (KEY, *(f"metric/{number}" for number in range(9)))
    variants = [orjson.dumps(dict(zip(keys, noisy_loss(10, seed, 0).tolist(), strict=True))) for seed in range(97)]
    (run,) = make_runs(site, 1, "waiting")
    each = rows // WRITERS
    asked = question([run], KEY, px=PX)
    with workers_down(site):
        writers = [
            load.Rows(history_path(run), site.admin_key, f"w{place}", keys, variants, each, place * each)
            for place in range(WRITERS)
        ]
        load.run(site.port, writers)
        waiting = read_ms(site, [asked], times=times)[0], sum(_in_process(site, [asked], times)[0])
        before = ask(site, asked, accept=JSON)
    wait_until_compacted(site)
    after = ask(site, asked, accept=JSON)
    ours, settled = orjson.loads(before)["answers"][0]["runs"][0], orjson.loads(after)["answers"][0]["runs"][0]
    assert (ours["x"], ours["y"], ours["stored"]) == (settled["x"], settled["y"], rows), "compaction changed an answer"
    compacted = read_ms(site, [asked], times=times)[0], sum(_in_process(site, [asked], times)[0])
    figures = []
    for how, one, other, target in (
        ("", waiting[0], compacted[0], ("<=", WAITING * compacted[0])),
        (", in process", waiting[1], compacted[1], None),
    ):
        what = f"1 run, {rows:,} one-row batches waiting, worker frozen{how}"
        figures.append(Figure(what, one, "ms", target, "the same, compacted", other))
    return figures
