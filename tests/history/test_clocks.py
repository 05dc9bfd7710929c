"""Time counted from a run's start, with and without the gaps between its attempts, and smoothing, equal naive ones."""

import math
import random
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.ids import new_id
from apps.history import jobs
from apps.history.charts import Question, answers
from tests.history import naive, naive_bands
from tests.history.made_up import (
    SHAPES,
    VALUES,
    attempt_columns,
    points_of,
    searched,
    send_in_pieces,
    steps_of,
    times_of,
    values_of,
)
from tests.history.test_chart_read import as_answered

pytestmark = pytest.mark.django_db(transaction=True)


@searched(20)
@given(data=st.data())
def test_relative_and_active_time_equal_naive_ones(data: st.DataObject):
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    settle = data.draw(st.sampled_from(["never", "during", "after"]), label="settle")
    runs: dict[int, list[naive.Point]] = {}
    starts: list[tuple[int, int, int]] = []
    for _ in range(data.draw(st.integers(1, 3), label="runs")):
        run_id = new_id()
        columns: list[Any] = []
        begin = 1_700_000_000_000 + chance.randrange(10**6)
        for attempt in range(1, 1 + data.draw(st.sampled_from([1, 2, 3]), label="attempts")):
            starts.append((run_id, attempt, begin))
            _, step, time, value = attempt_columns(data, rng, columns, sizes=[1, 40, 900, 9_000])
            time = np.where(time > 0, time - 1_700_000_000_000 + begin, time)
            columns.append((attempt, step, time, value))
            begin += data.draw(st.sampled_from([-5_000, 0, 3_000, 10**7]), label="gap")
        send_in_pieces(run_id, columns, chance, settle)
        runs[run_id] = points_of(columns)
        if settle == "after":
            jobs.settle_run(run_id)
    for x in ("relative", "active"):
        px = data.draw(st.sampled_from([16, 100, 333]), label="px")
        moved = {}
        for run_id, points in runs.items():
            of_run = {attempt: start for run, attempt, start in starts if run == run_id}
            ends = {attempt: max(p[2] for p in points if p[0] == attempt) for attempt in of_run}
            moved[run_id] = naive_bands.clocked(points, of_run, ends if x == "active" else None)
        shown = [p for points in moved.values() for p in naive.visible(points)]
        start, end = min(p[2] for p in shown), max(p[2] for p in shown)
        question: dict[str, Any] = {"x": x, "px": px, "starts": tuple(starts)}
        if data.draw(st.booleans(), label="zoomed"):
            start, end = sorted(chance.choice(shown)[2] + chance.randrange(-3, 4) for _ in range(2))
            question |= {"start": start, "end": end}
        expected = {run_id: naive.line(points, "time", start, end, px) for run_id, points in moved.items()}
        (answer,) = answers([Question(tuple(runs), "loss", **question)])
        assert {line.run_id: as_answered(line) for line in answer.lines} == expected


def test_active_time_leaves_out_the_gap_but_not_the_work_that_was_lost():
    run_id = new_id()
    first = np.arange(5), np.arange(5) * 1_000, np.arange(5.0)
    again = np.arange(3, 6), 100_000 + np.arange(3) * 1_000, np.arange(3.0)
    send_in_pieces(run_id, [(1, *first), (2, *again)], random.Random(1), "never")
    question = Question((run_id,), "loss", "active", starts=((run_id, 1, 0), (run_id, 2, 99_500)))
    assert answers([question])[0].lines[0].x.tolist() == [0, 1_000, 2_000, 4_500, 5_500, 6_500]


def test_times_at_the_end_of_int64_stay_there():
    run_id = new_id()
    time = np.array([-(2**63), 0, 2**63 - 1])
    send_in_pieces(run_id, [(1, np.arange(3), time, np.ones(3))], random.Random(1), "never")
    for start, expected in ((10, [-(2**63), -10, 2**63 - 11]), (-10, [10 - 2**63, 10, 2**63 - 1])):
        question = Question((run_id,), "loss", "relative", starts=((run_id, 1, start),))
        assert answers([question])[0].lines[0].x.tolist() == expected


@searched(20)
@given(data=st.data())
def test_a_smoothed_line_is_within_its_bound_of_the_naive_average_at_every_zoom(data: st.DataObject):
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    run_id = new_id()
    n = data.draw(st.sampled_from([1, 40, 9_000, 40_000]), label="points")
    step = steps_of(rng, data.draw(st.sampled_from(SHAPES), label="steps"), n).astype(np.int64)
    time = np.sort(times_of(rng, "jittered", n))[np.argsort(np.argsort(step, kind="stable"))]
    value = values_of(rng, data.draw(st.sampled_from([one for one in VALUES if one != "extreme"])), n)
    send_in_pieces(run_id, [(1, step, time, value)], chance, data.draw(st.sampled_from(["never", "during"])))
    if data.draw(st.booleans(), label="settled"):
        jobs.settle_run(run_id)
    x = data.draw(st.sampled_from(["step", "time"]), label="x")
    place = step if x == "step" else time
    points = [(at, y) for at, y in zip(place.tolist(), value.tolist(), strict=True) if math.isfinite(y)]
    for _ in range(3):
        start, end = int(place.min()), int(place.max())
        question: dict[str, Any] = {"x": x, "px": data.draw(st.sampled_from([16, 100, 333]), label="px")}
        if data.draw(st.booleans(), label="zoomed"):
            start, end = sorted(int(chance.choice(place)) for _ in range(2))
            question |= {"start": start, "end": end}
        half_life = float(data.draw(st.sampled_from([0.5, 3, 100, 5_000, 2**40]), label="half-life"))
        (line,) = answers([Question((run_id,), "loss", smooth=half_life, **question)])[0].lines
        (plain,) = answers([Question((run_id,), "loss", **question)])[0].lines
        assert line.x.tolist() == plain.x.tolist()
        assert line.smooth is not None
        xs, ys = line.smooth.x.tolist(), line.smooth.y.tolist()
        assert xs == sorted(xs)
        if line.smooth.cell > 16 * half_life:
            continue  # the bound says nothing there
        for i in sorted(chance.sample(range(len(xs)), min(5, len(xs)))):
            if i == len(xs) - 1 and xs[i] > end:
                continue  # goes on to the next point: some of its step, not all
            so_far = [y for at, y in points if at <= xs[i]]
            bound = (2 ** (line.smooth.cell / half_life) - 1) * (max(so_far) - min(so_far))
            near = 1e-9 * max(map(abs, so_far))
            assert abs(ys[i] - naive_bands.average(points, xs[i], half_life)) <= bound + near
        assert all(start <= one <= end for one in xs[1:-1])


def test_zooming_does_not_move_a_smoothed_line_and_its_first_point_is_not_pulled_to_zero():
    run_id = new_id()
    n, half_life = 60_000, 2_000.0
    value = 5 + np.random.default_rng(4).normal(size=n)
    send_in_pieces(run_id, [(1, np.arange(n), np.arange(n), value)], random.Random(1), "never")
    jobs.settle_run(run_id)

    def smooth(**question: Any) -> Any:
        (line,) = answers([Question((run_id,), "loss", smooth=half_life, **question)])[0].lines
        return line.smooth

    whole, part = smooth(), smooth(start=30_000, end=30_500)
    assert 3 < whole.y[0] < 7
    bound = 2 * (2 ** (max(whole.cell, part.cell) / half_life) - 1) * np.ptp(value)
    zoomed = np.interp(whole.x, part.x, part.y)
    inside = (whole.x >= 30_000) & (whole.x <= 30_500)
    assert inside.sum() > 3
    assert np.abs(zoomed - whole.y)[inside].max() <= min(bound, 0.02)
    exact = naive_bands.average(list(enumerate(value.tolist())), int(part.x[5]), half_life)
    assert abs(part.y[5] - exact) < 0.005


def test_large_numbers_and_far_steps_are_smoothed():
    run_id = new_id()
    step = np.array([-(2**63), 0, 2**63 - 2, 2**63 - 1])
    value = np.array([1.7e308, -1.7e308, 1.7e308, 1.7e308])
    send_in_pieces(run_id, [(1, step, np.arange(4), value)], random.Random(1), "never")
    (line,) = answers([Question((run_id,), "loss", smooth=2.0)])[0].lines
    assert line.smooth is not None
    assert line.smooth.y[-1] == pytest.approx(1.7e308)
    assert np.isfinite(line.smooth.y).all()


@pytest.mark.parametrize("x", ["step", "time"])
def test_the_point_left_of_a_range_is_smoothed_like_all_others(x: Literal["step", "time"]):
    """It looks back as far as they do, though it is nearly 64 half-lives away from the range itself."""
    run_id = new_id()
    place = np.array([0, 1, 2, 3, 4, 100, 101])
    value = np.array([9.0, 1.0, 7.0, 2.0, 8.0, 5.0, 6.0])
    send_in_pieces(run_id, [(1, place, place, value)], random.Random(1), "never")
    points = list(zip(place.tolist(), value.tolist(), strict=True))
    for half_life, left in ((1.51, 4), (1.4, 100)):  # further than 64 half-lives before the range nothing is drawn
        (line,) = answers([Question((run_id,), "loss", x, 100, 101, 100, smooth=half_life)])[0].lines
        assert line.smooth is not None
        assert line.smooth.x[0] == left
        assert line.smooth.y[0] == pytest.approx(naive_bands.average(points, left, half_life), abs=1e-12)
