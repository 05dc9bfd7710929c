"""Levels keep every spike and spare the chunks: what a chart of a million points reads."""

import numpy as np
import pytest

from apps.core.ids import new_id
from apps.history import chunks, jobs, queries
from apps.history.batches import Batch, Group
from apps.history.charts import Question, answers
from apps.history.models import SeriesChunk
from apps.history.services import append_batch

pytestmark = pytest.mark.django_db(transaction=True)
POINTS = 1_000_000
SPIKES = (3, 123_456, 500_000, 777_777, 999_990)


@pytest.fixture
def long_run() -> int:
    run_id = new_id()
    value = np.random.default_rng(7).normal(size=POINTS)
    value[list(SPIKES)] = [50.0, 60.0, -70.0, 80.0, 90.0]
    step = np.arange(POINTS, dtype=np.int64)
    for seq, lo in enumerate(range(0, POINTS, 250_000)):
        part = slice(lo, lo + 250_000)
        group = Group(step[part], step[part] * 7, ["loss"], value[None, part])
        append_batch(run_id=run_id, attempt=1, writer="w", seq=seq, batch=Batch([group]))
    jobs.settle_run(run_id)
    return run_id


def test_a_spike_of_one_step_is_drawn_at_every_zoom_without_reading_the_points(long_run, monkeypatch):
    read: list[int] = []
    decode = chunks.decode_points

    def counted(*blobs):
        read.append(1)
        return decode(*blobs)

    monkeypatch.setattr(chunks, "decode_points", counted)
    total = SeriesChunk.objects.filter(run_id=long_run, level=0).count()
    assert total >= POINTS // chunks.POINTS_PER_CHUNK
    for width in (POINTS, 700_001, 400_003, 150_001, 100_001, 12_345, 1_001, 101):
        for spike in SPIKES:
            start = max(0, spike - width // 2)
            read.clear()
            (answer,) = answers([Question((long_run,), "loss", start=start, end=start + width - 1)])
            (line,) = answer.lines
            if start <= spike < start + width:
                assert spike in line.x.tolist()
                assert abs(line.y).max() >= 50
            if width == POINTS and start == 0:
                assert line.level > 0
                assert len(read) < total / 100
            elif width > 4 * 800 * 32:  # cells of 32 steps, which no level holds, are never asked for
                assert line.level > 0
                assert len(read) <= 4  # the edges


def test_levels_get_coarser_until_few_buckets_are_left(long_run):
    sizes: dict[int, int] = {}
    for level, size in SeriesChunk.objects.filter(run_id=long_run).values_list("level", "size"):
        sizes[level] = sizes.get(level, 0) + size
    assert sizes[0] == POINTS
    assert {level: sizes[level] for level in sorted(sizes) if level} == {
        level: -(-POINTS // 2**level) for level in (6, 8, 10, 12)
    }


def test_a_series_that_grows_gets_its_levels_extended():
    run_id = new_id()
    rng = np.random.default_rng(3)
    for seq in range(12):
        step = np.arange(seq * 20_000, (seq + 1) * 20_000, dtype=np.int64)
        batch = Batch([Group(step, step, ["loss"], rng.normal(size=(1, 20_000)))])
        append_batch(run_id=run_id, attempt=1, writer="w", seq=seq, batch=batch)
        jobs.settle_run(run_id)
    levels = set(SeriesChunk.objects.filter(run_id=run_id).values_list("level", flat=True))
    assert levels == {0, 6, 8, 10}
    assert queries.heads([run_id])[run_id]["loss"].points == 240_000


def test_storage_stays_within_its_budget_for_noise_and_for_float32_values():
    rng = np.random.default_rng(5)
    n = 400_000
    step = np.arange(n, dtype=np.int64)
    time = 1_700_000_000_000 + np.cumsum(rng.integers(8, 13, n))
    kinds = {
        "noise": rng.normal(size=n),
        "float32": np.cumsum(rng.normal(size=n) * 0.01).astype(np.float32).astype(float),
    }
    for name, budget in (("noise", 8.5), ("float32", 5.0)):
        run_id = new_id()
        batch = Batch([Group(step, time, ["loss"], kinds[name][None, :])])
        append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=batch)
        jobs.settle_run(run_id)
        stored = sum(
            len(shape) + len(times) + len(sums) + 150
            for shape, times, sums in SeriesChunk.objects.filter(run_id=run_id).values_list("shape", "times", "sums")
        )
        assert stored / n <= budget, name
