"""What a process keeps of decoded chunks: it spares queries, stays within its bytes and never gives old points."""

import numpy as np
import pytest

from apps.core import series_sql
from apps.core.ids import new_id
from apps.history import decoded, jobs
from apps.history.batches import Batch, Group
from apps.history.charts import Question, answers
from apps.history.services import append_batch

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = 60_000


@pytest.fixture
def keeper(monkeypatch) -> decoded.Keeper:
    fresh = decoded.Keeper(2**28)
    monkeypatch.setattr(decoded, "keeper", fresh)
    return fresh


@pytest.fixture
def chunk_queries(monkeypatch) -> list[str]:
    """The statements that read chunks."""
    statements: list[str] = []

    def observe(sql, parameters):
        if "series_chunk" in sql:
            statements.append(sql)

    monkeypatch.setattr(series_sql, "observers", [observe])
    return statements


def a_run() -> int:
    run_id = new_id()
    add(run_id, 0, POINTS)
    return run_id


def add(run_id: int, begin: int, end: int) -> None:
    step = np.arange(begin, end)
    value = np.random.default_rng(begin).normal(size=(1, end - begin))
    append_batch(run_id=run_id, attempt=1, writer="w", seq=begin, batch=Batch([Group(step, step, ["loss"], value)]))
    jobs.settle_run(run_id)


def drawn(run_ids: list[int], start: int = 0, end: int = POINTS - 1, px: int = 100, **more) -> list:
    (answer,) = answers([Question(tuple(run_ids), "loss", start=start, end=end, px=px, **more)])
    return [(line.stored, line.level, line.x.tolist(), line.y.tolist()) for line in answer.lines]


@pytest.mark.parametrize("more", [{}, {"x": "time"}, {"draw": "mean"}])
def test_the_same_question_reads_no_chunk_again(keeper, chunk_queries, more):
    run_id = a_run()
    first = drawn([run_id], **more)
    assert chunk_queries
    chunk_queries.clear()
    assert drawn([run_id], **more) == first
    assert chunk_queries == []
    keeper.clear()
    assert drawn([run_id], **more) == first
    assert chunk_queries


def test_a_range_inside_one_of_the_same_level_reads_no_chunk(keeper, chunk_queries):
    run_id = a_run()
    drawn([run_id], 10_000, 29_999, px=800)
    for start, end in ((12_000, 21_000), (10_000, 15_000), (19_999, 29_999)):
        chunk_queries.clear()
        warm = drawn([run_id], start, end, px=800)
        assert chunk_queries == []
        keeper.clear()
        assert drawn([run_id], start, end, px=800) == warm
        assert chunk_queries
        drawn([run_id], 10_000, 29_999, px=800)


def test_points_that_were_added_are_in_the_next_answer(keeper):
    run_id = a_run()
    assert drawn([run_id], end=2 * POINTS)[0][0] == POINTS
    add(run_id, POINTS, POINTS + 5_000)
    assert drawn([run_id], end=2 * POINTS)[0][0] == POINTS + 5_000


@pytest.mark.parametrize("at_most", [0, 1_000_000])
def test_no_more_is_kept_than_the_bytes_given(monkeypatch, keeper, at_most):
    run_ids = [a_run() for _ in range(4)]
    expected = [drawn(run_ids, start, px=400) for start in (0, 20_000, 40_000)]
    assert keeper.size > 1_000_000
    small = decoded.Keeper(at_most)
    monkeypatch.setattr(decoded, "keeper", small)
    sizes = []
    for _ in range(2):
        for start, answer in zip((0, 20_000, 40_000), expected, strict=True):
            assert drawn(run_ids, start, px=400) == answer
            sizes.append(small.size)
    assert max(sizes) <= at_most
    assert (max(sizes) > 0) == (at_most > 0)


def test_what_is_replaced_and_forgotten_is_no_longer_counted(keeper):
    run_id = a_run()
    drawn([run_id], 10_000, 20_000, px=800)
    drawn([run_id], 5_000, 30_000, px=800)
    one = keeper.size
    drawn([run_id], 10_000, 20_000, px=800)
    assert keeper.size == one
    add(run_id, POINTS, POINTS + 10)
    drawn([run_id], 10_000, 20_000, px=800)
    assert keeper.size < one
    keeper.clear()
    assert keeper.size == 0


def test_many_places_of_one_series_do_not_pile_up(keeper):
    run_id = a_run()
    for start in range(0, POINTS, 500):
        drawn([run_id], start, start + 50)
    (level,) = [one for name, one in keeper._levels.items() if name[1] == 0]
    assert len(level.segments) <= decoded.SEGMENTS
