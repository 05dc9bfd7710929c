"""What an outlook says of curves whose end is known, and that it says nothing where there is nothing to tell."""

import numpy as np
import pytest

from apps.history.outlook import COVERAGE, outlook
from benchmarks.outlook import Curve, held, made_curves

STEPS = np.arange(300.0)


def noisy(y, size=0.01, seed=0):
    return y + np.random.default_rng(seed).normal(0, size, len(y))


@pytest.mark.parametrize("ratio", [2.0, 1.4])
def test_ranges_of_eighty_percent_hold_about_so_often(ratio):
    found = held(list(made_curves(140, seed=5)), ratio)
    assert found.told > 0.8
    assert COVERAGE - 0.08 <= found.share <= 0.96
    assert found.width < 0.3


def test_ranges_hold_for_real_trainings():
    from sklearn.datasets import load_digits
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import log_loss

    pixels, labels = load_digits(return_X_y=True)
    pixels = pixels / 16
    curves = []
    for seed in range(4):
        rate = (1e-3, 1e-2)[seed % 2]
        model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=rate, random_state=seed)
        losses = []
        for _ in range(60):
            model.partial_fit(pixels[:600], labels[:600], classes=np.arange(10))
            losses.append(
                [log_loss(labels[part], model.predict_proba(pixels[part])) for part in (slice(600), slice(600, None))]
            )
        curves += [Curve(np.arange(1.0, 61), column) for column in np.array(losses).T]
    found = held(curves, 2.0)
    assert found.told >= 0.75
    assert found.share >= 0.6


def test_a_power_law_without_noise_is_continued():
    found = outlook(STEPS, 0.3 + 2 * (STEPS + 1) ** -0.5, 600)
    assert found.verdict == "falling"
    assert found.low <= 0.3 + 2 * 601**-0.5 <= found.high
    assert found.high - found.low < 0.05
    assert found.path.shape[0] == 4
    assert (found.path[0, 0], found.path[0, -1]) == (299.0, 600.0)


def test_an_accuracy_rises():
    assert outlook(STEPS, noisy(0.9 - 0.6 * (STEPS + 1) ** -0.3, 0.002), 600).verdict == "rising"


def test_a_curve_that_fell_and_stays_is_flat_since_then():
    found = outlook(STEPS, noisy(0.3 + np.exp(-STEPS / 20), 0.005), 600)
    assert found.verdict == "flat"
    assert found.low <= 0.3 <= found.high
    assert found.since is not None
    assert 40 < found.since < 140
    constant = outlook(STEPS, np.full(300, 0.1), 600)
    assert (constant.verdict, constant.low, constant.high) == ("flat", pytest.approx(0.1), pytest.approx(0.1))


def test_noise_alone_tells_nothing():
    told = [outlook(STEPS, noisy(np.zeros(300), 1.0, seed), 600).verdict for seed in range(40)]
    assert set(told) == {"unknown"}


def test_a_random_walk_mostly_tells_nothing():
    walks = [np.cumsum(noisy(np.zeros(300), 1.0, seed)) for seed in range(40)]
    assert sum(outlook(STEPS, walk, 600).verdict == "unknown" for walk in walks) >= 30


@pytest.mark.parametrize(
    ("x", "y", "at", "why"),
    [
        (STEPS, np.exp(STEPS / 20), 600, "running away"),
        (STEPS, np.where(STEPS < 280, 1 / (STEPS + 1), STEPS), 600, "running away"),
        (STEPS[:10], STEPS[:10], 20, "at least 24"),
        (STEPS[:0], STEPS[:0], 20, "at least 24"),
        (STEPS, STEPS, 299, "nothing beyond"),
        (np.zeros(300), STEPS, 600, "nothing beyond"),
        (STEPS, 1 / (STEPS + 1), 901, "3 times as far"),
        (STEPS, STEPS * 1e155, 600, "too large"),
        (STEPS, np.full(300, np.nan), 600, "at least 24"),
    ],
)
def test_it_says_why_it_cannot_tell(x, y, at, why):
    found = outlook(x, y, at)
    assert found.verdict == "unknown"
    assert why in found.reason
    assert np.isnan([found.low, found.middle, found.high]).all()


def test_a_curve_with_many_values_that_are_not_finite_tells_nothing():
    y = 1 / (STEPS + 1)
    assert "not finite" in outlook(STEPS, y, 600, points=300, lost=40).reason
    assert outlook(STEPS, y, 600, points=300, lost=20).verdict == "falling"
    y[::20] = np.inf
    assert outlook(STEPS, y, 600).verdict == "falling"


def test_steps_that_repeat_and_leap_do_no_harm():
    random = np.random.default_rng(3)
    for number in range(60):
        x = np.sort(random.integers(0, (3, 30, 10**15)[number % 3], 200)).astype(np.float64)
        y = (1 / (1 + np.arange(200)), random.normal(0, 1, 200), np.where(x > x[100], 1.0, 0.0))[number % 3]
        found = outlook(x, y, float(x[-1] * 2))
        if found.verdict != "unknown":
            assert found.low <= found.middle <= found.high


def test_what_was_never_negative_stays_so_and_units_do_not_matter():
    y = noisy(np.exp(-STEPS / 60), 0.002) ** 2
    found = outlook(STEPS, y, 600)
    assert found.path[1:].min() >= 0
    large = outlook(STEPS * 1e6, y * 1e9, 600e6)
    assert large.verdict == found.verdict
    assert large.high == pytest.approx(found.high * 1e9, rel=1e-6)
