"""Made-up histories for property tests: odd steps, times and values, sent in odd ways."""

import itertools
import math
import os
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from apps.history import jobs
from apps.history.batches import Batch, Group
from apps.history.services import append_batch

Columns = tuple[int, np.ndarray, np.ndarray, np.ndarray]  # attempt, step, time, value
Point = tuple[int, int, int, float]

SHAPES = ("dense", "sparse", "repeated", "backwards", "huge", "one step", "tiny", "strided")
TIMES = ("regular", "jittered", "constant", "shuffled", "ancient")
VALUES = ("noise", "walk", "few", "odd", "extreme", "only odd", "zeros")


def steps_of(rng: np.random.Generator, shape: str, n: int) -> np.ndarray:
    if shape == "dense":
        return np.arange(n) + rng.integers(-1000, 1000)
    if shape == "sparse":
        return np.cumsum(rng.integers(0, 1000, n)) - 50_000
    if shape == "repeated":
        return np.repeat(np.arange(n // 7 + 1), 7)[:n]
    if shape == "backwards":
        return np.concatenate([np.arange(n // 2), np.arange(n - n // 2) + n // 4])[::-1]
    if shape == "huge":
        return np.sort(rng.integers(-(2**63), 2**63 - 1, n))
    if shape == "one step":
        return np.where(rng.random(n) < 0.9, 77, np.arange(n))
    if shape == "strided":
        return np.arange(n) * 50 + 7
    return np.arange(n) % 5


def times_of(rng: np.random.Generator, shape: str, n: int) -> np.ndarray:
    start = 1_700_000_000_000
    if shape == "regular":
        return start + np.arange(n) * 10
    if shape == "jittered":
        return start + np.cumsum(rng.integers(0, 25, n))
    if shape == "constant":
        return np.full(n, start)
    if shape == "ancient":
        return -(2**62) + np.arange(n) * 1_000
    return start + rng.integers(0, 1_000_000, n)


def values_of(rng: np.random.Generator, shape: str, n: int) -> np.ndarray:
    if shape == "noise":
        value = rng.normal(size=n)
        value[rng.integers(0, n, 3)] = 50.0
        return value
    if shape == "walk":
        return np.cumsum(rng.normal(size=n))
    if shape == "few":
        return rng.integers(0, 3, n) / 2
    if shape == "zeros":
        return np.where(rng.random(n) < 0.5, 0.0, -0.0)
    if shape == "extreme":
        return rng.choice([1e308, -1e308, 5e-324, 1.0, 1.7e308], n)
    if shape == "only odd":
        return rng.choice([math.nan, math.inf, -math.inf], n)
    value = rng.normal(size=n)
    odd = rng.random(n) < rng.choice([0.001, 0.05, 0.7])
    value[odd] = rng.choice([math.nan, math.inf, -math.inf], int(odd.sum()))
    return value


def send_in_pieces(run_id: int, points: Sequence[Columns], chance: random.Random, settle: str) -> None:
    """Send (attempt, step, time, value) columns in random batches of random writers, in random order, some twice."""
    batches = []
    seqs = {"rank-0": 0, "rank-1": 0}
    for attempt, step, time, value in points:
        cuts = sorted({0, len(step), *(chance.randrange(len(step)) for _ in range(chance.randrange(6)))})
        for lo, hi in itertools.pairwise(cuts):
            writer = chance.choice(["rank-0", "rank-1"])
            seqs[writer] += chance.choice([1, 1, 3])
            group = Group(step[lo:hi], time[lo:hi], ["loss"], value[None, lo:hi])
            batches.append((attempt, writer, seqs[writer], Batch([group])))
    chance.shuffle(batches)
    batches += chance.sample(batches, min(2, len(batches)))
    for attempt, writer, seq, batch in batches:
        append_batch(run_id=run_id, attempt=attempt, writer=writer, seq=seq, batch=batch)
        if settle == "during" and chance.random() < 0.5:
            jobs.settle_run(run_id)


def searched(examples: int) -> Callable[[Any], Any]:
    """Settings of a property test with a database: so many examples, none made smaller, which would take hours.

    A quarter of them on PostgreSQL, where only the statements are others.
    """
    return settings(
        max_examples=examples if os.environ.get("PACELINE_TEST_ON", "sqlite") == "sqlite" else examples // 4,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


def attempt_columns(
    data: st.DataObject,
    rng: np.random.Generator,
    earlier: Sequence[Columns],
    *,
    sizes: Sequence[int],
    shapes: Sequence[str] = SHAPES,
) -> Columns:
    """The next attempt of a run: it goes on in the middle of the one before."""
    n = data.draw(st.sampled_from(sizes), label="points")
    step = steps_of(rng, data.draw(st.sampled_from(shapes), label="steps"), n).astype(np.int64)
    if earlier:
        step = step + len(earlier[-1][1]) // 2 if step.max() < 2**60 else step
    time = times_of(rng, data.draw(st.sampled_from(TIMES), label="times"), n).astype(np.int64)
    return len(earlier) + 1, step, time, values_of(rng, data.draw(st.sampled_from(VALUES)), n)


def points_of(columns: Sequence[Columns]) -> list[Point]:
    """The same points one by one: (attempt, step, time, value)."""
    return [
        (attempt, *point)
        for attempt, step, time, value in columns
        for point in zip(step.tolist(), time.tolist(), value.tolist(), strict=True)
    ]
