"""How much of a drawn curve is right: the answer of a chart read against the raw polyline of a million points.

    python -m benchmarks drawn_lines

Four curves with one-step spikes are sent to the server, read back as a chart of 800 and 400 pixels reads them, and
painted 300 pixels high. Error: pixels painted in one picture only, as a share of those the raw polyline paints.
Baseline in the same run: a random sample of 1,500 of the points, as other trackers keep or send them.

The rasteriser paints a polyline without antialiasing and exactly: a polyline that moves only to the right crosses each
pixel column in one unbroken stretch, so the column's painted pixels are all those from the lowest to the highest y the
line takes inside it. That is the lowest and highest of the points in the column and of the line where it enters and
leaves. Pixels are placed as the page places them: x over [first step, last step], y over [lowest, highest raw value].
"""

import numpy as np
from scipy.ndimage import maximum_filter1d

from benchmarks.house import SQLITE, House
from benchmarks.tables import Figure, Table
from benchmarks.trainings import ask, fill, question
from tests.panels.binary import read_binary
from tests.services.site import Site

HEIGHT = 300
TARGETS = {800: 2.6, 400: 3.5}
SAMPLE = 1_500
SPIKES = 10
HELD = 20_000  # evaluations, each held for points / HELD steps


def curves(points: int, seed: int) -> dict[str, np.ndarray]:
    """Noise, a smooth curve, a random walk and an accuracy: rounded and held for a while; each with spikes."""
    chance = np.random.default_rng(seed)
    at = np.arange(points) / points
    evaluations = np.arange(HELD) / HELD
    accuracy = np.round(1 - np.exp(-5 * evaluations) + chance.normal(size=HELD) * 0.01, 3)
    result = {
        "noise": chance.normal(size=points),
        "smooth": np.exp(-3 * at) + 0.1 * np.sin(20 * at),
        "random walk": np.cumsum(chance.normal(size=points)),
        "rounded, held accuracy": np.repeat(accuracy, points // HELD),
    }
    for values in result.values():
        middle, span = float(np.median(values)), float(values.max() - values.min())
        up = np.where(np.arange(SPIKES) % 2, 0.75, -0.75)
        values[chance.choice(points, SPIKES, replace=False)] = middle + span * up
    return result


def painted(x: np.ndarray, y: np.ndarray, frame: tuple[float, float, float, float], width: int) -> np.ndarray:
    """The picture, bool (HEIGHT, width), of the polyline through x (n,) increasing and y (n,) finite.

    frame: x of the left edge, x of the right edge, y of the lower edge, y of the upper edge.
    """
    left, right, low, high = frame
    across = (x - left) / (right - left) * width
    up = (y - low) / (high - low) * HEIGHT
    columns = np.clip(across.astype(np.int64), 0, width - 1)
    edges = np.interp(np.arange(width + 1), across, up)
    lowest, highest = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    np.minimum.at(lowest, columns, up)
    np.maximum.at(highest, columns, up)
    first = np.clip(np.floor(lowest), 0, HEIGHT - 1)
    last = np.clip(np.floor(highest), 0, HEIGHT - 1)
    rows = np.arange(HEIGHT)[:, None]
    inside = (np.arange(width) + 1 > across[0]) & (np.arange(width) <= across[-1])
    return (rows >= first) & (rows <= last) & inside


def wrong_percent(raw: np.ndarray, other: np.ndarray) -> float:
    """Pixels painted in one picture only, in percent of those of the raw one."""
    return float((raw ^ other).sum() / raw.sum() * 100)


def extremes_lost(values: np.ndarray, drawn: np.ndarray, width: int) -> int:
    """How many extremes are missing: points as low or high as any within a pixel column to the left and right.

    values: of steps 0, 1, 2, …; drawn: the steps in the answer, increasing. Of equals one is enough.
    """
    reach = -(-len(values) // width)
    lost = 0
    for side in (values, -values):
        tops = np.flatnonzero(side == maximum_filter1d(side, 2 * reach + 1))
        for step in tops[np.diff(tops, prepend=-2) > 1]:  # a held value once
            near = drawn[np.searchsorted(drawn, step - reach) : np.searchsorted(drawn, step + reach, "right")]
            lost += not (side[near] == side[step]).any()
    return lost


def measure(house: House) -> list[Table]:
    points, seeds = house.sizes.of(1_000_000, 100_000), house.sizes.of(3, 1)
    site = house.site(SQLITE if SQLITE in house.databases else house.databases[0])
    found: dict[tuple[str, int], list[list[float]]] = {}
    for seed in range(seeds):
        made = curves(points, seed)
        run = fill(site, made, name="drawn")
        for width in TARGETS:
            for name, values in made.items():
                found.setdefault((name, width), []).append(_compared(site, run, name, values, width))
    table = Table("Drawn against raw", "python -m benchmarks drawn_lines")
    for (name, width), several in found.items():
        ours, sampled, lost, sample_lost = (float(one) for one in np.mean(several, axis=0))
        what = f"{name}, {width} px"
        theirs = f"random {SAMPLE:,} points"
        table.figures.append(Figure(f"{what}: wrong pixels", ours, "%", ("<=", TARGETS[width]), theirs, sampled))
        table.figures.append(Figure(f"{what}: extremes lost", lost, "", ("<=", 0), theirs, sample_lost))
    table.notes.append(
        f"{points:,} points a curve, {SPIKES} one-step spikes at random places in each, {HEIGHT} px high; "
        f"mean of {seeds} curves of each kind."
    )
    return [table]


def _compared(site: Site, run: str, name: str, values: np.ndarray, width: int) -> list[float]:
    """Percent of pixels wrong in the answer and in a random sample, and how many extremes each lost."""
    steps = np.arange(len(values))
    frame = (0.0, float(len(values) - 1), float(values.min()), float(values.max()))
    raw = painted(steps, values, frame, width)
    (answer,) = read_binary(ask(site, question([run], name, px=width)))
    line = answer["runs"][0]
    sample = np.sort(np.random.default_rng(width).choice(len(values), SAMPLE, replace=False))
    return [
        wrong_percent(raw, painted(line["x"], line["y"], frame, width)),
        wrong_percent(raw, painted(sample, values[sample], frame, width)),
        extremes_lost(values, line["x"], width),
        extremes_lost(values, sample, width),
    ]
