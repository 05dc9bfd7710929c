"""A chart read equals a naive computation over all points, whatever was sent, in whatever order, compacted or not."""

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
from tests.history import naive
from tests.history.made_up import attempt_columns, points_of, searched, send_in_pieces

pytestmark = pytest.mark.django_db(transaction=True)


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


@searched(20)
@given(data=st.data())
def test_an_answer_equals_the_naive_one(data: st.DataObject):
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    settle = data.draw(st.sampled_from(["never", "during", "after", "roll up"]), label="settle")
    runs: dict[int, list[naive.Point]] = {}
    for _ in range(data.draw(st.integers(1, 3), label="runs")):
        run_id = new_id()
        columns: list[Any] = []
        for _ in range(data.draw(st.sampled_from([1, 1, 2, 3]), label="attempts")):
            columns.append(attempt_columns(data, rng, columns, sizes=[1, 2, 40, 900, 9_000, 20_000, 40_000]))
        send_in_pieces(run_id, columns, chance, settle)
        runs[run_id] = points_of(columns)
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


def test_a_growing_answer_has_the_columns_of_the_next_power_of_two_and_half_as_many_again():
    run_id, points = dense_run(np.cumsum(np.random.default_rng(7).normal(size=40_000)))
    expected = naive.line(points, "step", 0, 2**16 - 1, 300)
    assert asked([run_id], {"px": 200, "growing": True}) == {run_id: expected}
    (answer,) = answers([Question((run_id,), "loss", px=200, growing=True)])
    assert (answer.start, answer.end) == (0, 39_999)
    assert asked([run_id], {"px": 200, "growing": True, "end": 999}) == asked([run_id], {"px": 200, "end": 999})
