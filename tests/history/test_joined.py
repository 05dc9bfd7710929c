"""One metric over another: joined point by point when few, by cells when many, never off by a cell."""

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.ids import new_id
from apps.history import jobs
from apps.history.batches import Batch, Group
from apps.history.charts import Line, Question, answers
from apps.history.services import append_batch
from tests.history.made_up import SHAPES, VALUES, searched, steps_of, values_of

pytestmark = pytest.mark.django_db(transaction=True)

Series = list[tuple[int, float]]  # step, value


def send(run_id: int, key: str, step: np.ndarray, value: np.ndarray) -> Series:
    """Send points in order of step; those of one step in the order of their times."""
    order = np.argsort(step, kind="stable")
    step, value = step[order], value[order]
    group = Group(step, np.arange(len(step)), [key], value[None])
    append_batch(run_id=run_id, attempt=1, writer=key, seq=0, batch=Batch([group]))
    return list(zip(step.tolist(), value.tolist(), strict=True))


def naive_join(y: Series, x: Series) -> list[tuple[int, float, float]]:
    """(step, x, y) of every y point that has a finite x at its step or before."""
    known = [(step, value) for step, value in x if math.isfinite(value)]
    joined, place, now = [], 0, None
    for step, value in y:
        while place < len(known) and known[place][0] <= step:
            now = known[place][1]
            place += 1
        if now is not None:
            joined.append((step, now, value))
    return joined


def asked(run_id: int, **question: Any) -> tuple[Line, float, float]:
    (answer,) = answers([Question((run_id,), "acc", "key", x_key="epoch", **question)])
    return answer.lines[0], answer.start, answer.end


@searched(20)
@given(data=st.data())
def test_joined_points_equal_the_naive_ones_and_cells_are_never_far_off(data: st.DataObject):
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    run_id, px = new_id(), data.draw(st.sampled_from([16, 100, 333]), label="px")
    shape = data.draw(st.sampled_from(SHAPES), label="steps")
    n = data.draw(st.sampled_from([1, 40, 900, 20_000]), label="points")
    step = steps_of(rng, shape, n).astype(np.int64)
    y = send(run_id, "acc", step, values_of(rng, data.draw(st.sampled_from([v for v in VALUES if v != "extreme"])), n))
    every = data.draw(st.sampled_from([1, 7, 100]), label="x every")
    of_x = np.sort(step)[::every]
    wanted = data.draw(st.sampled_from(["epochs", "walk", "odd"]), label="x")
    x = send(
        run_id, "epoch", of_x, np.arange(len(of_x)) / 10 if wanted == "epochs" else values_of(rng, wanted, len(of_x))
    )
    if data.draw(st.booleans(), label="settled"):
        jobs.settle_run(run_id)
    joined = naive_join(y, x)
    for _ in range(2):
        span: tuple[float | None, float | None] = (None, None)
        zoomed: bool = data.draw(st.booleans(), label="zoomed")
        if joined and zoomed:
            low, high = sorted(chance.choice(joined)[1] for _ in range(2))
            span = (low, high)
        line, start, end = asked(run_id, px=px, span=span)
        inside = [(at, value) for _, at, value in joined if start <= at <= end]
        xs, ys = line.x.tolist(), line.y.tolist()
        assert xs == sorted(xs)
        if line.method == "raw":
            drawn = sorted(
                (at, value) for at, value in zip(xs, ys, strict=True) if start <= at <= end and value == value
            )
            assert drawn == sorted((at, value) for at, value in inside if math.isfinite(value))
            assert line.stored == len(inside)
            assert sum(n for _, _, n in line.nonfinite) == sum(not math.isfinite(value) for _, value in inside)
            continue
        assert len(y) > 4 * px or len(x) > 4 * px
        assert len(xs) <= 5 * px + 2
        steps_at: dict[float, list[int]] = {}
        for one, value in y:
            steps_at.setdefault(value, []).append(one)
        cell = 1
        width = max(step.tolist()) - min(step.tolist()) + 1
        while width // (cell * 2) + 1 >= 4 * px:
            cell *= 2
        cell = max(cell, 64) if cell >= 32 else cell
        known = [(one, value) for one, value in x if math.isfinite(value)]
        places: dict[float, list[int]] = {}
        for (one, value), (after, _) in itertools.pairwise([*known, (2**63, 0.0)]):
            places.setdefault(value, []).extend([one, after])
        for at, value in chance.sample(list(zip(xs, ys, strict=True)), min(20, len(xs))):
            if value != value:
                continue
            begins, ends = places[at][::2], places[at][1::2]
            assert any(
                begin - cell < one < end + cell
                for one in steps_at[value]
                for begin, end in zip(begins, ends, strict=True)
            )
        if span == (None, None):
            finite = [value for _, _, value in joined if math.isfinite(value)]
            if finite:
                highest, lowest = np.nanmax(line.y), np.nanmin(line.y)
                if wanted == "odd":  # a cell may hold steps whose x is not finite beside those that have a place
                    assert highest >= max(finite)
                    assert lowest <= min(finite)
                    assert {highest, lowest} <= set(steps_at)
                else:
                    assert (highest, lowest) == (max(finite), min(finite))
            assert line.stored + line.unplaced == len(y)


def test_a_value_logged_seldom_holds_until_the_next_one():
    run_id = new_id()
    send(run_id, "acc", np.arange(6), np.arange(6.0))
    send(run_id, "epoch", np.array([1, 4]), np.array([0.5, 1.5]))
    line, start, end = asked(run_id)
    assert (line.x.tolist(), line.y.tolist()) == ([0.5, 0.5, 0.5, 1.5, 1.5], [1.0, 2.0, 3.0, 4.0, 5.0])
    assert (start, end, line.unplaced, line.stored, line.method) == (0.5, 1.5, 1, 5, "raw")


def test_a_run_without_the_other_metric_has_nothing_placed():
    run_id = new_id()
    send(run_id, "acc", np.arange(6), np.arange(6.0))
    line, start, end = asked(run_id)
    assert (line.x.tolist(), line.unplaced, start, end) == ([], 6, 0.0, 0.0)


def test_a_narrow_range_of_a_long_run_is_joined_point_by_point():
    run_id, n = new_id(), 60_000
    send(run_id, "acc", np.arange(n), np.random.default_rng(1).normal(size=n))
    send(run_id, "epoch", np.arange(n), np.arange(n) / 1000)
    jobs.settle_run(run_id)
    whole, _, _ = asked(run_id, px=200)
    assert whole.method == "m4-joined"
    line, _, _ = asked(run_id, px=200, span=(30.0, 30.1))
    assert (line.method, line.stored) == ("raw", 101)
    assert line.x.tolist()[0] < 30.0 < 30.1 < line.x.tolist()[-1]
