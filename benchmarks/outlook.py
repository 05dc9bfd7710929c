"""How often the ranges of learning-curve outlooks hold, and what one costs.

    python -m benchmarks outlook

Curves are cut, their outlook is asked for where they end, and what came is compared with the range: the mean of the
last 32nd of the curve. Made: seven kinds with white and correlated noise, some that no fitted family contains (a
schedule's wave, a rise after the fall). Trained: classifiers of scikit-learn on its digits, as the demo trains them.
The baseline is who expects nothing to change: the mean of the last quarter, 1.28 of its standard deviations around it.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from apps.history.outlook import COVERAGE, Floats, outlook
from apps.workspace.demo.trainings import Training, train
from benchmarks.house import House
from benchmarks.tables import Figure, Table

UNCHANGED = "nothing changes"
Z = 1.2816  # of COVERAGE
METRICS = ("train/loss", "val/loss", "train/accuracy", "val/accuracy")


class Curve(NamedTuple):
    x: Floats
    y: Floats


class Held(NamedTuple):
    """Shares of the curves of which something was told, and of the ranges that held; their median width, in ranges."""

    told: float
    share: float
    width: float


def measure(house: House) -> list[Table]:
    made = list(made_curves(house.sizes.of(600, 40)))
    trained = list(_trained(house.sizes.of(18, 1)))
    figures = []
    for name, curves in (("made curves", made), ("trained classifiers", trained)):
        for ratio in (2.0, 1.5):
            ours, theirs = held(curves, ratio), _unchanged(curves, ratio)
            of = f"{name} × {ratio:g}"
            figures += [
                Figure(
                    f"{of}: ranges of 80 % that held", 100 * ours.share, "%", None, f"{UNCHANGED}: {theirs.share:.0%}"
                ),
                Figure(
                    f"{of}: their median width", ours.width, "of the curve", None, f"{UNCHANGED}: {theirs.width:.3g}"
                ),
                Figure(f"{of}: curves of which something was told", 100 * ours.told, "%"),
            ]
    began = time.thread_time()
    for curve in made[:40]:
        outlook(curve.x, curve.y, curve.x[-1] * 2)
    each = (time.thread_time() - began) / 40 * 1000
    figures.append(Figure("one outlook", each, "ms", ("<=", 50.0)))
    return [Table("Outlooks of learning curves", "python -m benchmarks outlook", figures, [])]


def held(curves: list[Curve], ratio: float) -> Held:
    """How outlooks of curves that were cut at 1/ratio of their length did."""
    hits, widths = [], []
    for x, y in curves:
        seen = x <= x[0] + (x[-1] - x[0]) / ratio
        found = outlook(x[seen], y[seen], float(x[-1]))
        if found.verdict != "unknown":
            hits.append(found.low <= _came(y) <= found.high)
            widths.append((found.high - found.low) / np.ptp(y[seen]))
    return Held(len(hits) / len(curves), float(np.mean(hits)), float(np.median(widths)))


def _came(y: Floats) -> float:
    return float(y[-max(3, len(y) // 32) :].mean())


def _unchanged(curves: list[Curve], ratio: float) -> Held:
    hits, widths = [], []
    for x, y in curves:
        seen = y[x <= x[0] + (x[-1] - x[0]) / ratio]
        late = seen[-len(seen) // 4 :]
        hits.append(abs(late.mean() - _came(y)) <= Z * late.std())
        widths.append(2 * Z * late.std() / np.ptp(seen))
    return Held(1.0, float(np.mean(hits)), float(np.median(widths)))


def made_curves(count: int, seed: int = 1) -> Iterator[Curve]:
    """Curves of seven kinds, of 120 and 800 points."""
    random = np.random.default_rng(seed)
    for number in range(count):
        size = (120, 800)[number % 2]
        x = np.arange(1.0, size + 1)
        low, drop, power = random.uniform(0, 1), random.uniform(0.3, 3), random.uniform(0.2, 1)
        share = x / size
        y = (
            low + drop * x**-power,
            low + drop * np.exp(-share * random.uniform(1, 16)),
            1 - 0.3 * low - 0.3 * drop * (x + 5) ** -power,
            low + drop / np.log(x + 5),
            low + drop * ((x + random.uniform(1, 20)) ** -0.5 - 0.015 * np.sin(share * random.uniform(2, 6))),
            low + drop * (np.exp(-8 * share) + 0.15 * share),
            low + drop * x**-0.4,
        )[number % 7]
        noise = random.normal(0, drop * 10 ** random.uniform(-3.5, -1.2), size)
        kept = (0.0, 0.5, 0.8)[number % 3]
        for place in range(1, size):
            noise[place] = kept * noise[place - 1] + np.sqrt(1 - kept**2) * noise[place]
        yield Curve(x, y + noise)


def _trained(count: int) -> Iterator[Curve]:
    """Losses and accuracies of real trainings."""
    settings = [("mlp", rate, batch) for rate in (3e-4, 2e-3, 2e-2) for batch in (16, 128)]
    settings += [("sgd", rate, 1) for rate in (1e-3, 1e-2, 1e-1)]
    for number in range(count):
        model, rate, batch = settings[number % len(settings)]
        rows: list[tuple[int, list[float]]] = []
        train(
            Training(model, rate, batch, seed=100 + number),
            lambda metrics, epoch, rows=rows: rows.append((epoch, [metrics[name] for name in METRICS])),  # type: ignore[misc]
        )
        x = np.array([epoch for epoch, _ in rows], np.float64)
        for column in np.array([values for _, values in rows]).T:
            if np.ptp(column[: len(column) // 2]) > 0:
                yield Curve(x, column)


assert COVERAGE == 0.8  # what Z belongs to
