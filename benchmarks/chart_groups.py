"""What bands, smoothing and other x axes add to a chart read, through `POST /api/v1/series/query`, warm.

    python -m benchmarks chart_groups

100 runs × 1M points of a noisy loss: means of every run as our page asks for 100 runs, against the same runs as bands
of 10 groups, over the full range and a 1 % zoom. 10 runs × 1M points: plain lines, against the same smoothed and the
same over another metric that is logged at every step. Runs beyond the first ten are copies made inside the database.
"""

import numpy as np
import orjson

from benchmarks.chart_read import PAGE_PX, PX
from benchmarks.house import House
from benchmarks.tables import Figure, Table
from benchmarks.trainings import ask, clone, fill, noisy_loss, question, read_ms
from tests.services.site import Site

KEY, EPOCH = "loss", "epoch"
GROUPS, SEEDS = 10, 10
BAND_PX = 400


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    points, times = house.sizes.of(1_000_000, 50_000), house.sizes.of(15, 5)
    site = house.site(database)
    table = Table(f"Bands, smoothing and other axes on {database}", "python -m benchmarks chart_groups")
    epoch = np.arange(points) / 1_000
    sources = [fill(site, {KEY: noisy_loss(points, seed), EPOCH: epoch}) for seed in range(SEEDS)]
    groups = [sources, *map(list, zip(*(clone(site, run, GROUPS - 1) for run in sources), strict=True))]
    runs = [run for group in groups for run in group]
    bands = {"draw": "band", "groups": [{"name": f"group {at}", "runs": group} for at, group in enumerate(groups)]}
    _check(site, sources, points)
    for what, part in (("full range", {}), ("1 % zoom", _zoom(points))):
        means = question(runs, KEY, px=PAGE_PX, draw="mean", **part)
        base, band = read_ms(site, [means, question(runs, KEY, px=BAND_PX, **bands, **part)], times=times)
        name = f"{GROUPS} groups × {SEEDS} runs × {points:,} as bands of {BAND_PX} px, {what}"
        table.figures.append(Figure(name, band, "ms", None, f"{len(runs)} means of {PAGE_PX} px", base))
        plain = question(sources, KEY, px=PX, **part)
        smooth = [
            question(sources, KEY, px=PX, smooth=half_life, **part) for half_life in (points / 1_000, points / 20)
        ]
        over = {"from": points / 3_000, "to": points / 3_000 + points / 100_000} if part else {}
        joined = question(sources, KEY, px=PX, x={"key": EPOCH}, **over)
        base, short, long, other = read_ms(site, [plain, *smooth, joined], times=times)
        for how, took in (
            ("smoothed, half-life 0.1 % of the run", short),
            ("smoothed, half-life 5 % of the run", long),
            ("over another metric", other),
        ):
            name = f"{SEEDS} runs × {points:,}, {what}, {how}"
            table.figures.append(Figure(name, took, "ms", None, "plain lines", base))
    table.notes.append(f"Each figure is the median of {times} reads on a warm server.")
    return table


def _zoom(points: int) -> dict[str, int]:
    return {"from": points // 3, "to": points // 3 + points // 100 - 1}


def _check(site: Site, runs: list[str], points: int) -> None:
    """The band has the mean of all runs; a fast answer with another would not count."""
    body = orjson.loads(ask(site, question(runs, KEY, px=BAND_PX, draw="band"), accept="application/json"))
    (band,) = body["answers"][0]["bands"]
    cell = band["cell"]
    expected = np.mean([noisy_loss(points, seed)[:cell].mean() for seed in range(SEEDS)])
    assert abs(band["y"][0] - expected) < 1e-9 * 20, "not the mean"
