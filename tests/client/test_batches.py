"""Rows become batches: every point in exactly one of them."""

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from paceline import batches
from paceline.batches import Body, Rows, bodies, grouped, pack, unpack

Row = tuple[tuple[str, ...], int, int, list[float]]

keys = st.lists(st.sampled_from(["loss", "acc", "lr", "val/loss", 'a "b" \\ \U0001f600']), unique=True, min_size=1)
rows = st.lists(
    keys.flatmap(
        lambda names: st.tuples(
            st.just(tuple(names)),
            st.integers(-(2**63), 2**63 - 1),
            st.integers(0, 2**41),
            st.lists(st.floats(allow_nan=False), min_size=len(names), max_size=len(names)),
        )
    ),
    max_size=60,
)


def points(body: dict[str, Any]) -> Counter[tuple[str, int, int, float]]:
    found: Counter[tuple[str, int, int, float]] = Counter()
    for key, column in body["values"].items():
        for step, time, value in zip(body["step"], body["time"], column, strict=True):
            if value is not None:
                found[key, step, time, value] += 1
    return found


@settings(deadline=None)
@given(rows, st.integers(1, 40))
def test_every_point_is_in_exactly_one_batch(logged: list[Row], cells: int) -> None:
    expected = Counter(
        (key, step, time, value)
        for names, step, time, values in logged
        for key, value in zip(names, values, strict=True)
    )
    before = batches.CELLS
    batches.CELLS = cells
    try:
        made = list(bodies(grouped(logged)))
    finally:
        batches.CELLS = before
    found: Counter[tuple[str, int, int, float]] = Counter()
    for seq, body in enumerate(made):
        again = unpack(pack(body, writer="w", seq=seq), attempt=3)
        assert again[:2] == (seq, body.points)
        decoded = json.loads(again[2])
        assert (decoded["attempt"], decoded["writer"], decoded["seq"]) == (3, "w", seq)
        batch = points(decoded)
        assert batch.total() == body.points
        assert sum(len(column) for column in decoded["values"].values()) <= max(cells, 1)
        found += batch
    assert found == expected


def test_keys_logged_in_separate_calls_share_a_batch() -> None:
    logged: list[Row] = []
    for step in range(50):
        logged += [(("loss",), step, 0, [1.0]), (("lr", "acc"), step, 0, [0.1, 0.9])]
    assert len(list(bodies(grouped(logged)))) == 1


def test_many_keys_at_different_times_do_not_fill_a_batch_with_nulls() -> None:
    groups = [Rows((f"k{number}",), list(range(500)), [0] * 500, [[1.0] * 500]) for number in range(100)]
    made: list[Body] = list(bodies(groups))
    assert sum(body.points for body in made) == 50_000
    assert sum(body.json.count(b"null") for body in made) <= 4 * 50_000
