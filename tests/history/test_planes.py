"""The rules of the series plane: keyed by run id alone, whatever the databases."""

import re
import threading

import numpy as np
import pytest
from django.apps import apps
from django.db import connections, models, router, transaction

from apps.core import series_sql
from apps.core.ids import new_id
from apps.core.planes import SeriesModel, series_alias
from apps.core.transactions import in_series_write, series_snapshot
from apps.history import decoded, jobs, queries, store
from apps.history.batches import Batch, Group
from apps.history.charts import Question, answers, etag
from apps.history.models import HistoryBatch, PendingRun
from apps.history.services import append_batch, delete_history

SERIES_MODELS = [model for model in apps.get_models() if issubclass(model, SeriesModel)]


def test_there_are_series_models():
    assert {model._meta.db_table for model in SERIES_MODELS} >= {
        "history_batch",
        "history_run",
        "series",
        "series_chunk",
    }


@pytest.mark.parametrize("model", SERIES_MODELS, ids=lambda model: model.__name__)
def test_a_series_table_is_keyed_by_run_id(model: type[models.Model]):
    key = model._meta.pk
    names = list(key.field_names) if isinstance(key, models.CompositePrimaryKey) else [key.name]
    assert names[0] == "run_id"
    for unique in [*model._meta.unique_together, *(rule.fields for rule in model._meta.total_unique_constraints)]:
        assert next(iter(unique)) == "run_id"
    for index in model._meta.indexes:
        assert index.fields[0] == "run_id"
    for field in model._meta.get_fields():
        assert not field.is_relation, f"{field} crosses the planes"
        assert not isinstance(field, models.AutoField | models.BigAutoField), f"{field} counts by itself"


def test_models_go_to_the_database_of_their_plane():
    assert router.db_for_write(HistoryBatch) == series_alias()
    assert router.db_for_read(PendingRun) == "default"


def some_batch(step: int, keys: int = 3) -> Batch:
    at = np.arange(step, step + 50, dtype=np.int64)
    return Batch([Group(at, at, [f"k{i}" for i in range(keys)], np.random.default_rng(1).normal(size=(keys, 50)))])


@pytest.mark.django_db(transaction=True)
def test_every_statement_names_run_id_and_every_write_one_run(monkeypatch):
    statements: list[str] = []
    monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: statements.append(sql)])
    runs = [new_id(), new_id()]
    for run_id in runs:
        for seq in range(5):
            append_batch(run_id=run_id, attempt=1 + seq // 3, writer="w", seq=seq, batch=some_batch(seq * 10))
        jobs.roll_up(run_id, at_least=2)
        append_batch(run_id=run_id, attempt=1, writer="w", seq=9, batch=some_batch(400))
        jobs.settle_run(run_id)
    for x in ("step", "time"):
        answers([Question(tuple(runs), key, x, 30, 60) for key in ("k0", "k1")])
    etag([Question(tuple(runs), "k0")])
    queries.heads(runs)
    delete_history(runs[0])
    assert len(set(statements)) > 15
    for sql in statements:
        assert "run_id" in sql
        if not sql.startswith(("SELECT", "WITH")):
            assert not re.search(r"run_id IN", sql), sql


@pytest.mark.django_db(transaction=True)
def test_many_runs_cost_as_many_statements_as_two(monkeypatch):
    runs = [new_id() for _ in range(10)]
    for run_id in runs:
        append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=some_batch(0))
        jobs.settle_run(run_id)
        append_batch(run_id=run_id, attempt=1, writer="w", seq=2, batch=some_batch(50))

    def counted(some: list[int], keys: int) -> int:
        decoded.keeper.clear()
        statements: list[str] = []
        monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: statements.append(sql)])
        answers([Question(tuple(some), f"k{i}") for i in range(keys)])
        queries.heads(some)
        return len(statements)

    assert counted(runs, 3) == counted(runs[:2], 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("x", ["step", "time"])
@pytest.mark.parametrize("ends", [(30, 60), (200, 300), (-300, -200)])
def test_a_zoom_into_many_runs_costs_as_many_statements_as_into_two(monkeypatch, x, ends):
    """Also where runs lie wholly beside the range, so that their nearest points must be looked for."""
    runs = [new_id() for _ in range(10)]
    for run_id in runs:
        append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=some_batch(0))
        jobs.settle_run(run_id)

    def counted(some: list[int]) -> int:
        decoded.keeper.clear()
        statements: list[str] = []
        monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: statements.append(sql)])
        (answer,) = answers([Question(tuple(some), "k0", x, *ends)])
        assert all(line.drawn for line in answer.lines)
        return len(statements)

    assert counted(runs) == counted(runs[:2])


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_does_not_see_what_is_written_meanwhile():
    run_id = new_id()
    append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=some_batch(0))

    def write() -> None:
        try:
            append_batch(run_id=run_id, attempt=1, writer="w", seq=2, batch=some_batch(50))
            jobs.settle_run(run_id)
        finally:
            connections.close_all()

    with series_snapshot():
        before = queries.run_totals([run_id])
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
        assert queries.run_totals([run_id]) == before
        assert queries.heads([run_id])[run_id]["k0"].points == 50
    assert queries.heads([run_id])[run_id]["k0"].points == 100


@pytest.mark.django_db(transaction=True)
def test_a_compactor_that_was_overtaken_changes_nothing(monkeypatch):
    run_id = new_id()
    append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=some_batch(0))
    compute = jobs._add

    def overtaken(*arguments):
        monkeypatch.setattr(jobs, "_add", compute)
        jobs.settle_run(run_id)  # another worker is faster
        return compute(*arguments)

    monkeypatch.setattr(jobs, "_add", overtaken)
    jobs.settle_run(run_id)
    assert store.run_version(run_id) == (1, 150)
    assert queries.heads([run_id])[run_id]["k0"].points == 50
    assert [points.size for _, points in queries.points_of(run_id, "k0")] == [50]


@pytest.mark.django_db(transaction=True)
def test_a_training_that_goes_on_does_not_keep_the_compactor(monkeypatch):
    """What comes while a run is compacted waits for the next hint; a round for each row would never end."""
    run_id = new_id()
    append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=some_batch(0))
    compute = jobs._add
    rounds: list[int] = []

    def meanwhile(*arguments):
        rounds.append(len(rounds) + 2)
        append_batch(run_id=run_id, attempt=1, writer="w", seq=rounds[-1], batch=some_batch(50 * len(rounds)))
        return compute(*arguments)

    monkeypatch.setattr(jobs, "_add", meanwhile)
    jobs.settle_run(run_id)
    assert rounds == [2]
    assert [seq for _, _, seq, _ in store.batch_names(run_id, 10)] == [2]
    monkeypatch.setattr(jobs, "BATCHES_AT_ONCE", 1)  # more waits than one round takes: all of it is compacted
    monkeypatch.setattr(jobs, "_add", compute)
    append_batch(run_id=run_id, attempt=1, writer="w", seq=3, batch=some_batch(100))
    jobs.settle_run(run_id)
    assert store.batch_names(run_id, 10) == []
    assert queries.heads([run_id])[run_id]["k0"].points == 150


@pytest.mark.django_db(transaction=True)
def test_a_write_that_fails_leaves_nothing_behind():
    run_id = new_id()

    def half() -> None:
        store.insert_batch(run_id, 1, "w", 1, 1, b"", b"")
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        in_series_write(half)
    assert store.batch_names(run_id, 1) == []
    assert not transaction.get_connection(series_alias()).in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_the_sweep_compacts_what_no_task_did_and_forgets_quiet_runs():
    run_id = new_id()
    append_batch(run_id=run_id, attempt=1, writer="w", seq=1, batch=some_batch(0))
    jobs.sweep()
    assert store.batch_names(run_id, 1) == []
    assert PendingRun.objects.filter(run_id=run_id).exists()
    PendingRun.objects.update(marked_at="2020-01-01T00:00:00Z")
    jobs.sweep()
    assert not PendingRun.objects.filter(run_id=run_id).exists()
