"""A chart read equals a naive computation over all points, whatever was sent, in whatever order, compacted or not."""

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.core.ids import new_id
from apps.history import jobs
from apps.history.batches import Batch, Group
from apps.history.charts import Line, Question, answers
from apps.history.services import append_batch
from tests.history import naive

pytestmark = pytest.mark.django_db(transaction=True)

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


def send_in_pieces(
    run_id: int, points: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]], chance: random.Random, settle: str
) -> None:
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


def as_answered(line: Line | None) -> dict[str, Any] | None:
    if line is None:
        return None
    return {
        "x": line.x.tolist(),
        "y": [None if math.isnan(y) else y for y in line.y.tolist()],
        "stored": line.stored,
        "drawn": line.drawn,
        "superseded": line.superseded,
        "method": line.method,
        "nonfinite": line.nonfinite,
    }


def asked(run_ids: list[int], question: dict[str, Any]) -> dict[int, dict[str, Any] | None]:
    (answer,) = answers([Question(tuple(run_ids), "loss", **question)])
    return {line.run_id: as_answered(line) for line in answer.lines}


@settings(
    max_examples=60,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_an_answer_equals_the_naive_one(data: st.DataObject):
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    settle = data.draw(st.sampled_from(["never", "during", "after", "roll up"]), label="settle")
    runs: dict[int, list[naive.Point]] = {}
    for _ in range(data.draw(st.integers(1, 3), label="runs")):
        run_id = new_id()
        columns: list[Any] = []
        attempts = data.draw(st.sampled_from([1, 1, 2, 3]), label="attempts")
        for attempt in range(1, attempts + 1):
            n = data.draw(st.sampled_from([1, 2, 40, 900, 9_000, 20_000, 40_000]), label="points")
            step = steps_of(rng, data.draw(st.sampled_from(SHAPES), label="steps"), n).astype(np.int64)
            if attempt > 1:
                step = step + len(columns[-1][1]) // 2 if step.max() < 2**60 else step
            time = times_of(rng, data.draw(st.sampled_from(TIMES), label="times"), n).astype(np.int64)
            columns.append((attempt, step, time, values_of(rng, data.draw(st.sampled_from(VALUES)), n)))
        send_in_pieces(run_id, columns, chance, settle)
        runs[run_id] = [
            (attempt, *point)
            for attempt, step, time, value in columns
            for point in zip(step.tolist(), time.tolist(), value.tolist(), strict=True)
        ]
        if settle == "after":
            jobs.settle_run(run_id)
        if settle == "roll up":
            jobs.roll_up(run_id, at_least=1)
    for _ in range(3):
        x = data.draw(st.sampled_from(["step", "time"]), label="x")
        px = data.draw(st.sampled_from([16, 100, 333, 800]), label="px")
        axis = 1 if x == "step" else 2
        shown = [p for points in runs.values() for p in naive.visible(points)]
        least, most = min(naive.place(p, axis) for p in shown), max(naive.place(p, axis) for p in shown)
        start, end = least, most
        question: dict[str, Any] = {"x": x, "px": px}
        if data.draw(st.booleans(), label="zoomed"):
            ends = sorted(naive.place(chance.choice(shown), axis) + chance.randrange(-3, 4) for _ in range(2))
            start, end = (min(max(one, -(2**63)), 2**63 - 1) for one in ends)
            question |= {"start": start, "end": end}
        expected = {run_id: naive.line(points, x, start, end, px) for run_id, points in runs.items()}
        assert asked(list(runs), question) == expected
        if settle == "never" and data.draw(st.booleans(), label="then compact"):
            for run_id in runs:
                jobs.settle_run(run_id)
            assert asked(list(runs), question) == expected


def dense_run(value: np.ndarray) -> tuple[int, list[naive.Point]]:
    """A run with a value at each step from 0 on, waiting; and its points."""
    run_id, step = new_id(), np.arange(len(value))
    append_batch(run_id=run_id, attempt=1, writer="w", seq=0, batch=Batch([Group(step, step, ["loss"], value[None])]))
    return run_id, [(1, *point) for point in zip(step.tolist(), step.tolist(), value.tolist(), strict=True)]


def test_a_range_that_would_need_cells_of_32_steps_has_those_of_64():
    run_id, points = dense_run(np.cumsum(np.random.default_rng(5).normal(size=40_000)))
    expected = naive.line(points, "step", 0, 39_999, 200)
    assert asked([run_id], {"px": 200}) == {run_id: expected}
    jobs.settle_run(run_id)
    assert asked([run_id], {"px": 200}) == {run_id: expected}


def test_spikes_in_wide_cells_across_a_border_are_cut_around_64_steps_and_the_worst_exactly():
    px, n = 200, 300_000  # cells of 256 steps
    value = np.random.default_rng(6).normal(size=n)
    borders = [-(-column * n // px) for column in range(1, px)]
    across = [border for border in borders if 70 < border % 256 < 190 and 5 < border % 64 < 59]
    sides = (1, 64, -64, 64, 3, -4)
    for height, border, side in zip((70, 60, 50, 40, 30, 20), across[::7], sides, strict=False):
        value[border + side] = height
    run_id, points = dense_run(value)
    expected = naive.line(points, "step", 0, n - 1, px)
    for _ in range(2):
        assert asked([run_id], {"px": px}) == {run_id: expected}
        jobs.settle_run(run_id)
