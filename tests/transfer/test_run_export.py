"""A run's points as a Parquet file: all of them, exactly, and always the same bytes."""

import io
import threading
import tracemalloc
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from django.db import connections

from apps.core.ids import new_id
from apps.history import decoded, jobs, queries, store
from apps.history.services import settle
from apps.runs.models import Run, Visibility
from apps.transfer import exporting
from apps.transfer.formats import ENOUGH_ROWS, ROWS_AT_ONCE
from tests.factories import ApiClient, api_client, make_project, make_run, make_user, team_admin
from tests.transfer.histories import ODD, expected_rows, log, rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def export(run: Run, query: str = "", client: ApiClient | None = None, **headers: Any):
    """The answer, with all of its body read into .body."""
    answer: Any = (client or api_client(team_admin(run))).get(f"/api/v1/runs/{run.slug}/export/{query}", **headers)
    answer.body = answer.getvalue()
    return answer


def exported(run: Run, query: str = "") -> bytes:
    answer = export(run, query)
    assert answer.status_code == 200, answer.content
    assert len(answer.body) == int(answer["Content-Length"])
    return answer.body


def test_every_point_is_in_it_exactly_and_hidden_ones_are_marked():
    run = make_run(attempt=3)
    log(
        run,
        {"loss": ODD, "损失/α β": ODD},
        step=[2**53 + 1, -(2**63), 2**63 - 1, 5, 5, 5, 6],
        time=[0, -1, 2**62, 3, 3, 3, 3],
    )
    log(run, {"loss": [1.0, 2.0]}, step=[6, 7], attempt=3, seq=1)
    log(run, {"loss": [3.0]}, step=[4], attempt=2, seq=1)
    rows = rows_of(exported(run))
    assert rows == expected_rows(run, "loss", "损失/α β")
    assert len(rows) == 17
    assert sum(row[-1] for row in rows) > 3
    assert {row[:3] for row in rows} >= {("loss", 1, 2**53 + 1), ("loss", 1, 2**63 - 1), ("loss", 2, 4)}
    nan = np.array([np.nan]).view(np.int64)[0]
    assert sum(row[4] == nan for row in rows) == 2


def test_it_is_the_same_to_the_byte_however_the_points_arrived():
    random = np.random.default_rng(3)
    steps, values = random.integers(0, 5_000, 30_000), random.normal(size=30_000).round(1)
    names = ["a", "b"]
    bodies = []
    for parts in (1, 7):
        run = make_run()
        order = random.permutation(30_000) if parts > 1 else np.arange(30_000)
        for seq, some in enumerate(np.array_split(order, parts)):
            log(run, dict.fromkeys(names, values[some]), step=steps[some], time=steps[some] // 2, seq=seq)
            if seq % 3 == 2:
                settle(run.id)
        bodies.append(exported(run))
    assert bodies[0] == bodies[1]


def test_what_waits_is_merged_into_what_is_stored():
    """Without the settling that comes before an export: the walk itself is right with no worker at all."""
    run = make_run()
    random = np.random.default_rng(5)
    for seq in range(4):
        steps = random.integers(0, 3, 9_000) if seq % 2 else random.integers(0, 20_000, 9_000)
        log(run, {"a": random.integers(0, 4, 9_000)}, step=steps, time=random.integers(0, 3, 9_000), seq=seq)
        if seq == 1:
            settle(run.id)
    walked = [stretch.points for stretch in queries.all_points(run.id)]
    assert len(walked) > 2
    ((_, points),) = queries.points_of(run.id, "a")
    for column, expected in zip(zip(*walked, strict=True), points, strict=True):
        assert np.array_equal(np.concatenate(column), expected)


def test_a_walk_takes_little_memory_and_keeps_nothing():
    run_id = new_id()
    run = Run(id=run_id)
    for seq in range(8):
        log(
            run,
            {"a": np.random.default_rng(seq).normal(size=250_000)},
            step=np.arange(250_000) + seq * 250_000,
            seq=seq,
        )
    jobs.settle_run(run_id)
    decoded.keeper.clear()
    tracemalloc.start()
    count = sum(stretch.points.size for stretch in queries.all_points(run_id))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2_000_000
    assert peak < 12_000_000  # 48,000,000 bytes of points
    assert decoded.keeper.size == 0


def test_row_groups_follow_the_series():
    run = make_run()
    log(run, {"big": np.arange(ROWS_AT_ONCE + ENOUGH_ROWS)})
    for name in ("a", "b", "z"):
        log(run, {name: np.arange(10)}, seq=ord(name))
    file = pq.ParquetFile(io.BytesIO(exported(run)))
    assert [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)] == [
        ROWS_AT_ONCE,
        ENOUGH_ROWS + 20,
        10,
    ]
    assert file.schema_arrow.names == ["key", "attempt", "step", "time", "value", "superseded"]
    assert str(file.schema_arrow.field("time").type) == "timestamp[ms, tz=UTC]"


def test_keys_can_be_chosen_and_unknown_ones_are_refused():
    run = make_run()
    log(run, {"a": [1.0], "b/c d": [2.0], "e": [3.0]})
    assert [row[0] for row in rows_of(exported(run, "?key=b/c%20d&key=a"))] == ["a", "b/c d"]
    answer = export(run, "?key=a&key=nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert "'nothing'" in answer.json()["message"]


def test_a_run_without_points_is_an_empty_table():
    assert rows_of(exported(make_run())) == []


def test_the_tag_moves_with_points_and_not_with_compaction():
    run = make_run(name="Größe/10 %")
    log(run, {"a": [1.0]})
    first = export(run)
    assert first["Content-Disposition"] == f'attachment; filename="groe10-{run.slug}.parquet"'
    assert first["Content-Type"] == "application/vnd.apache.parquet"
    settle(run.id)
    assert export(run, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    assert export(run, "?key=a", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200
    log(run, {"a": [2.0]}, seq=1)
    assert export(run, HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_points_that_take_long_to_compact_are_asked_for_again(monkeypatch):
    run = make_run()
    log(run, {"a": [1.0]})
    monkeypatch.setattr(exporting.settle_all, "__defaults__", (-1.0,))
    answer = export(run)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_settled")
    assert int(answer["Retry-After"]) > 0
    settle(run.id)
    assert export(run).status_code == 200


def test_an_export_sees_one_state_while_points_come_in(monkeypatch):
    run = make_run()
    log(run, {"a": np.arange(20_000), "b": np.arange(20_000)})
    settle(run.id)
    fetch = store.chunk_blobs

    def meanwhile(*arguments):
        monkeypatch.setattr(store, "chunk_blobs", fetch)

        def write() -> None:
            try:
                log(run, {"b": np.arange(20_000)}, seq=1)
                jobs.settle_run(run.id)
            finally:
                connections.close_all()

        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        return fetch(*arguments)

    monkeypatch.setattr(store, "chunk_blobs", meanwhile)
    assert len(rows_of(exported(run))) == 40_000
    assert len(rows_of(exported(run))) == 60_000


def test_who_may_not_read_the_run_may_not_export_it():
    run = make_run()
    assert export(run, client=api_client(make_user())).status_code == 404
    assert export(run, client=ApiClient()).status_code == 401
    public = make_run(make_project(visibility=Visibility.PUBLIC))
    assert export(public, client=ApiClient()).status_code == 200
