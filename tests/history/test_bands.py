"""Bands equal a naive computation at every zoom, and do not change when other groups are shown or hidden."""

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.ids import new_id
from apps.history import jobs
from apps.history.bands import Band
from apps.history.charts import Groups, Question, answers
from tests.history import naive_bands
from tests.history.made_up import SHAPES, attempt_columns, points_of, searched, send_in_pieces

pytestmark = pytest.mark.django_db(transaction=True)

CLOSE = 1e-9  # of the largest |value| in the cell


def asked(groups: Groups, **question: Any) -> list[Band]:
    run_ids = tuple(dict.fromkeys(run_id for _, of_group in groups for run_id in of_group))
    (answer,) = answers([Question(run_ids, "loss", draw="band", groups=groups, **question)])
    return answer.bands


def same(band: Band, expected: dict[str, Any]) -> None:
    columns = expected["columns"]
    assert (band.cell, band.shown, band.stored) == (expected["cell"], expected["shown"], expected["stored"])
    assert band.superseded == expected["superseded"]
    assert band.nonfinite == expected["nonfinite"]
    assert band.x.tolist() == [column["x"] for column in columns]
    assert band.n.tolist() == [column["n"] for column in columns]
    for i, column in enumerate(columns):
        if not column["n"]:
            assert all(math.isnan(one[i]) for one in (band.mean, band.std, band.stderr, band.low, band.high))
            continue
        assert (band.low[i], band.high[i]) == (column["low"], column["high"])
        near = max(CLOSE * column["size"], 5e-324)
        assert abs(band.mean[i] - column["mean"]) <= near
        for name, value in (("std", band.std[i]), ("stderr", band.stderr[i])):
            if column["n"] == 1:
                assert math.isnan(value)
            elif math.isinf(column[name]) or math.isinf(value):  # a spread wider than any float
                assert max(value, column[name]) == math.inf
                assert min(value, column[name]) > 1.7e308
            else:
                assert abs(value - column[name]) <= near


@searched(16)
@given(data=st.data())
def test_a_band_equals_the_naive_one_whatever_other_groups_are_shown(data: st.DataObject):
    seed = data.draw(st.integers(0, 2**32 - 1), label="seed")
    rng, chance = np.random.default_rng(seed), random.Random(seed)
    settle = data.draw(st.sampled_from(["never", "during", "after"]), label="settle")
    runs: dict[int, list[naive_bands.Point]] = {}
    alike = data.draw(st.sampled_from([*SHAPES, None]), label="steps of all")
    shapes = SHAPES if alike is None else [alike]
    for _ in range(data.draw(st.integers(1, 5), label="runs")):
        run_id = new_id()
        columns: list[Any] = []
        for _ in range(data.draw(st.sampled_from([1, 1, 1, 2]), label="attempts")):
            columns.append(attempt_columns(data, rng, columns, sizes=[1, 40, 900, 9_000, 20_000], shapes=shapes))
        send_in_pieces(run_id, columns, chance, settle)
        runs[run_id] = points_of(columns)
        if settle == "after":
            jobs.settle_run(run_id)
    run_ids = list(runs)
    cut = chance.randrange(1, len(run_ids) + 1)
    groups: Groups = (("first", tuple(run_ids[:cut])), ("rest", tuple(run_ids[cut:])), ("all", tuple(run_ids)))
    for _ in range(3):
        question: dict[str, Any] = {"px": data.draw(st.sampled_from([16, 100, 333]), label="px")}
        steps = [point[1] for points in runs.values() for point in points]
        start = end = None
        if data.draw(st.booleans(), label="zoomed"):
            ends = sorted(chance.choice(steps) + chance.randrange(-3, 4) for _ in range(2))
            start, end = (min(max(one, -(2**63)), 2**63 - 1) for one in ends)
            question |= {"start": start, "end": end}
        together = asked(groups, **question)
        for band, (name, of_group) in zip(together, groups, strict=True):
            assert (band.name, band.run_ids) == (name, of_group)
            same(band, naive_bands.band([runs[run_id] for run_id in of_group], start, end, question["px"]))
            (alone,) = asked(((name, of_group),), **question)
            np.testing.assert_equal(vars(alone), vars(band))


def test_cells_are_no_narrower_than_the_widest_median_gap():
    often, seldom = new_id(), new_id()
    step, value = np.arange(4000), np.ones(4000)
    send_in_pieces(often, [(1, step, step, value)], random.Random(1), "never")
    send_in_pieces(seldom, [(1, step[::100], step[::100], value[::100])], random.Random(1), "never")
    bands = asked((("both", (often, seldom)), ("often", (often,))), px=1000)
    assert [band.cell for band in bands] == [128, 4]
    assert set(bands[0].n[:-1].tolist()) == {2}


def test_a_group_without_points_has_an_empty_band():
    (band,) = asked((("nobody", (new_id(),)),))
    assert (band.shown, band.x.tolist(), band.stored) == (0, [], 0)
