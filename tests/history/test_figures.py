"""Heads, means and envelopes equal a plain computation; an ETag moves with points and not with compaction."""

import math

import numpy as np
import pytest

from apps.core.ids import new_id
from apps.history import jobs, queries
from apps.history.batches import Batch, Group
from apps.history.charts import Question, answers, etag
from apps.history.services import append_batch
from tests.history import naive

pytestmark = pytest.mark.django_db(transaction=True)


def send(run_id: int, seq: int, step: list[int], value: list[float], attempt: int = 1) -> None:
    at = np.array(step, np.int64)
    group = Group(at, at * 10, ["loss"], np.array([value], float))
    append_batch(run_id=run_id, attempt=attempt, writer="w", seq=seq, batch=Batch([group]))


@pytest.mark.parametrize("settled", ["no", "all", "half"])
def test_a_head_counts_finite_and_other_points(settled):
    run_id = new_id()
    send(run_id, 1, [1, 2, 3], [1.0, math.nan, 5.0])
    if settled != "no":
        jobs.settle_run(run_id)
    send(run_id, 2, [4, 5, 6, 7], [-2.0, math.inf, -math.inf, math.nan])
    if settled == "all":
        jobs.settle_run(run_id)
    head = queries.heads([run_id])[run_id]["loss"]
    assert head.mean == pytest.approx(4 / 3, rel=1e-12)
    assert head._replace(mean=None) == queries.Head("loss", 7, 0, 1, 7, -2.0, 40, -2.0, 5.0, None, 2, 1, 1)


@pytest.mark.parametrize("settled", [False, True])
def test_a_newer_attempt_hides_what_it_did_again(settled):
    run_id = new_id()
    send(run_id, 1, [0, 10, 20, 30], [9.0, 8.0, 100.0, -100.0])
    send(run_id, 2, [20, 30, 40], [7.0, 6.0, 5.0], attempt=2)
    if settled:
        jobs.settle_run(run_id)
    head = queries.heads([run_id])[run_id]["loss"]
    assert (head.points, head.superseded, head.first_step, head.last_step) == (5, 2, 0, 40)
    assert (head.last, head.min, head.max, head.mean) == (5.0, 5.0, 9.0, 7.0)
    assert [(attempt, points.size) for attempt, points in queries.points_of(run_id, "loss")] == [(1, 4), (2, 3)]


def test_a_series_without_finite_points_has_no_figures():
    run_id = new_id()
    send(run_id, 1, [1, 2], [math.nan, math.inf])
    head = queries.heads([run_id])[run_id]["loss"]
    assert (head.points, head.last, head.min, head.max, head.mean) == (2, None, None, None, None)


def test_a_sum_near_the_largest_number_does_not_overflow():
    run_id = new_id()
    send(run_id, 1, list(range(100)), [1.7e308] * 100)
    jobs.settle_run(run_id)
    send(run_id, 2, list(range(100, 200)), [1.7e308] * 99 + [1.0])
    assert queries.heads([run_id])[run_id]["loss"].mean == pytest.approx(1.7e308 * (199 / 200), rel=1e-9)


@pytest.mark.parametrize("x", ["step", "time"])
@pytest.mark.parametrize("settled", [False, True])
def test_means_and_envelopes_equal_a_plain_computation(x, settled):
    run_id = new_id()
    rng = np.random.default_rng(2)
    n, px = 60_000, 200
    value = rng.normal(size=n) * 10.0 ** rng.integers(-3, 6, n)
    value[rng.integers(0, n, 500)] = math.nan
    send(run_id, 1, list(range(n)), value.tolist())
    if settled:
        jobs.settle_run(run_id)
    (answer,) = answers([Question((run_id,), "loss", x, px=px, draw="mean")])
    (line,) = answer.lines
    points = [(1, i, i * 10, v) for i, v in enumerate(value.tolist())]
    start, end = (0, n - 1) if x == "step" else (0, (n - 1) * 10)
    cells = (
        naive.step_cells(points, start, end, px, sharp=False)
        if x == "step"
        else naive.time_cells(points, start, end, px)
    )
    axis = 1 if x == "step" else 2
    columns: dict[int, list[naive.Point]] = {}
    for cell in cells:
        good = naive.finite(cell)
        if good:
            columns.setdefault(naive.column(naive.place(good[0], axis), start, end, px), []).extend(good)
    assert line.method == "mean"
    assert line.low is not None
    assert line.high is not None
    assert len(line.x) == len(columns) == px
    for i, column in enumerate(sorted(columns)):
        some = [p[3] for p in columns[column]]
        assert line.low[i] == min(some)
        assert line.high[i] == max(some)
        assert abs(line.y[i] - math.fsum(some) / len(some)) <= 1e-9 * max(map(abs, some))


def test_an_etag_moves_with_points_and_not_with_compaction():
    run_id, other = new_id(), new_id()
    question = [Question((run_id,), "loss")]
    send(run_id, 1, [1], [1.0])
    first = etag(question)
    jobs.settle_run(run_id)
    send(other, 1, [1], [1.0])
    assert etag(question) == first
    assert etag([Question((run_id,), "loss", px=100)]) != first
    send(run_id, 2, [2], [1.0])
    assert etag(question) != first
