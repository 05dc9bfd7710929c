"""What becomes of a batch that is sent: stored once, refused whole, counted."""

import threading
import time

import numpy as np
import pytest
from django.db import connection, connections, transaction

from apps.core.ids import new_id
from apps.core.marks import MAX_GAPS, Marks, TooManyGaps
from apps.core.memory import Memory
from apps.core.planes import series_alias
from apps.history import batches, jobs, queries, services, store, totals
from apps.history.batches import Batch, Group
from apps.history.errors import BatchDiffers, KeyCollision, TooManyKeys
from apps.history.models import Series
from apps.history.services import Receipt, append_batch, delete_history

pytestmark = pytest.mark.django_db(transaction=True)


def batch_of(*steps: int, keys: tuple[str, ...] = ("loss",), value: float = 0.5) -> Batch:
    step = np.array(steps, np.int64)
    return Batch([Group(step, step * 10, list(keys), np.full((len(keys), len(steps)), value))])


def send(run_id: int, seq: int, batch: Batch, attempt: int = 1, writer: str = "w") -> Receipt:
    return append_batch(run_id=run_id, attempt=attempt, writer=writer, seq=seq, batch=batch)


def stored_steps(run_id: int, key: str = "loss") -> list[int]:
    return [int(step) for _, points in queries.points_of(run_id, key) for step in points.step]


def test_a_batch_sent_again_stores_nothing():
    run_id = new_id()
    assert send(run_id, 1, batch_of(1, 2)) == Receipt(2, False, 2)
    assert send(run_id, 1, batch_of(1, 2)) == Receipt(0, True, 2)
    assert stored_steps(run_id) == [1, 2]


def test_a_batch_sent_again_after_compaction_stores_nothing():
    run_id = new_id()
    send(run_id, 1, batch_of(1, 2))
    jobs.settle_run(run_id)
    assert send(run_id, 1, batch_of(1, 2)) == Receipt(0, True, 2)
    assert stored_steps(run_id) == [1, 2]


def test_a_batch_sent_again_after_a_roll_up_stores_nothing():
    run_id = new_id()
    for seq in range(300):
        send(run_id, seq, batch_of(seq))
    assert jobs.roll_up(run_id)
    assert len(store.batch_names(run_id, 1_000)) == 1
    assert send(run_id, 7, batch_of(7)) == Receipt(0, True, 300)
    assert stored_steps(run_id) == list(range(300))
    jobs.settle_run(run_id)
    assert stored_steps(run_id) == list(range(300))


def test_other_content_under_the_same_name_is_refused_and_leaves_no_trace():
    run_id = new_id()
    send(run_id, 1, batch_of(1, 2))
    with pytest.raises(BatchDiffers):
        send(run_id, 1, batch_of(1, 2, keys=("loss", "other")))
    assert stored_steps(run_id) == [1, 2]
    assert list(queries.heads([run_id])[run_id]) == ["loss"]
    assert Series.objects.filter(run_id=run_id).count() == 1


def test_a_row_that_came_back_after_compaction_is_not_read_and_not_compacted_again():
    run_id = new_id()
    send(run_id, 1, batch_of(1, 2))
    payload = store.batch_payloads(run_id, (1, "w", 1), (1, "w", 1))[0][3]
    jobs.settle_run(run_id)
    store.insert_batch(run_id, 1, "w", 1, 2, b"", bytes(payload))  # what a racing retry may leave behind
    assert stored_steps(run_id) == [1, 2]
    jobs.settle_run(run_id)
    assert stored_steps(run_id) == [1, 2]
    assert store.batch_names(run_id, 10) == []


def test_the_same_batch_from_many_threads_is_stored_once():
    run_id = new_id()
    receipts: list[Receipt] = []
    threads = [
        threading.Thread(target=lambda: receipts.append(_closing(lambda: send(run_id, 1, batch_of(1, 2, 3)))))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.accepted for receipt in receipts) == [0] * 19 + [3]
    assert stored_steps(run_id) == [1, 2, 3]


def _closing(work):
    from django.db import connections

    try:
        return work()
    finally:
        connections.close_all()


def test_seqs_may_come_in_any_order_with_gaps():
    run_id = new_id()
    for seq in (9, 3, 5):
        send(run_id, seq, batch_of(seq))
        jobs.settle_run(run_id)
    assert send(run_id, 3, batch_of(3)).duplicate
    assert not send(run_id, 4, batch_of(4)).duplicate
    assert stored_steps(run_id) == [3, 4, 5, 9]


def test_too_many_gaps_are_refused():
    run_id = new_id()
    marks = services.Marks()
    marks.add(list(range(0, 2 * (MAX_GAPS + 1), 2)))
    store.save_marks(run_id, [(1, "w", marks.to_bytes())])
    with pytest.raises(TooManyGaps, match=r"4,096 gaps; at most 4,096"):
        send(run_id, 1, batch_of(1))
    assert send(run_id, 2, batch_of(1)).duplicate
    assert not send(run_id, 1, batch_of(1), writer="other").duplicate


def test_a_run_has_at_most_10_000_keys_and_a_refused_batch_adds_none():
    run_id = new_id()
    send(run_id, 1, batch_of(1, keys=tuple(f"k{i}" for i in range(9_999))))
    with pytest.raises(TooManyKeys, match=r"10,001 metric keys; at most 10,000"):
        send(run_id, 2, batch_of(1, keys=("x", "y")))
    assert Series.objects.filter(run_id=run_id).count() == 9_999
    assert not send(run_id, 3, batch_of(1, keys=("x",))).duplicate


def test_a_hash_collision_inside_a_run_is_refused(monkeypatch):
    run_id = new_id()
    send(run_id, 1, batch_of(1))
    monkeypatch.setattr(Batch, "names", property(lambda self: {batches.key_id("loss"): "twin"}))
    services._known.forget(lambda _: True)
    with pytest.raises(KeyCollision, match="'twin' has the same 63-bit hash as 'loss'"):
        send(run_id, 2, batch_of(2, keys=("twin",)))
    assert stored_steps(run_id) == [1]


def test_the_receipt_counts_waiting_and_compacted_points():
    run_id = new_id()
    assert send(run_id, 1, batch_of(1, 2)).total == 2
    jobs.settle_run(run_id)
    assert send(run_id, 2, batch_of(3, 4, 5)).total == 5


def test_the_receipt_counts_what_another_process_stored_within_a_second(monkeypatch):
    run_id = new_id()
    assert send(run_id, 1, batch_of(1, 2)).total == 2
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(totals, "_counts", Memory(totals.COUNT_SECONDS, totals.MAX_RUNS))
        assert send(run_id, 1, batch_of(3), writer="elsewhere").total == 3
    assert send(run_id, 2, batch_of(4)).total == 3  # of 4: counted a moment ago
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + totals.COUNT_SECONDS)
    assert send(run_id, 3, batch_of(5)).total == 5


def test_writers_at_once_are_counted_once():
    """What is stored between another's store and its count is not added to that count again."""
    run_id = new_id()
    send(run_id, 1, batch_of(1))
    before = totals.current_count(run_id)
    send(run_id, 2, batch_of(2))
    totals.forget_count(run_id)
    assert totals.held_with(run_id, 0, None).all_points == 2
    assert totals.held_with(run_id, 1, before).all_points == 2  # seq 2 again: its count is older than the last


def test_a_deleted_history_is_gone():
    run_id = new_id()
    send(run_id, 1, batch_of(1, 2))
    jobs.settle_run(run_id)
    send(run_id, 2, batch_of(3))
    delete_history(run_id)
    assert queries.heads([run_id]) == {run_id: {}}
    assert queries.heads([run_id], []) == {run_id: {}}
    assert queries.heads([]) == {}
    assert queries.run_totals([run_id]) == {run_id: 0}


@pytest.mark.parametrize("keys_known", [True, False])
def test_a_retry_that_meets_the_compaction_of_its_batch_is_a_duplicate(keys_known: bool):
    """The compaction has marked the batch and deleted its row, but not committed, when the retry comes."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write in at a time")
    run_id = new_id()
    send(run_id, 0, batch_of(0))
    send(run_id, 1, batch_of(1, 2))
    if not keys_known:
        services._known.forget(lambda _: True)
    marks = Marks()
    marks.add([0, 1])
    receipts: list[Receipt] = []

    def retry() -> None:
        receipts.append(send(run_id, 1, batch_of(1, 2)))
        connections.close_all()

    thread = threading.Thread(target=retry)
    with transaction.atomic(using=series_alias()):
        store.save_marks(run_id, [(1, "w", marks.to_bytes())])
        store.delete_batches(run_id, [(1, "w", 0, 1)])
        thread.start()
        while not store.run("SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0]:
            assert thread.is_alive()
            time.sleep(0.01)
    thread.join()
    assert receipts == [Receipt(0, True, 0)]
    assert store.batch_names(run_id, 10) == []
