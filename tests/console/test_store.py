"""What becomes of lines: stored once, numbered for good, read the same before and after chunks are joined."""

import random
import threading

import pytest
from django.db import connections
from django.utils import timezone

from apps.console import jobs, queries, store
from apps.console.chunks import CHUNK_BYTES, CHUNK_LINES
from apps.console.errors import BatchDiffers
from apps.console.lines import Sent
from apps.console.models import PendingRun
from apps.console.queries import Shown
from apps.console.services import Receipt, append_lines, delete_lines
from apps.console.writers import batch_digest
from apps.core import series_sql
from apps.core.ids import new_id
from apps.core.marks import MAX_GAPS, Marks, TooManyGaps
from apps.runs.services import delete_run
from tests.factories import make_run

pytestmark = pytest.mark.django_db(transaction=True)


def send(run_id: int, seq: int, *lines: str | Sent, attempt: int = 1, writer: str = "w") -> Receipt:
    batch = [line if isinstance(line, Sent) else Sent(1_000 * seq, 0, line) for line in lines]
    digest = batch_digest([(line.time, line) for line in batch])
    return append_lines(run_id=run_id, attempt=attempt, writer=writer, seq=seq, lines=batch, digest=digest)


def all_lines(run_id: int) -> list[Shown]:
    found: list[Shown] = []
    while True:
        page = queries.page(run_id, start=len(found) + 1, limit=1_000)
        found += page.lines
        if not page.more:
            assert [line.n for line in found] == list(range(1, page.total + 1))
            return found


def texts(run_id: int) -> list[str]:
    return [line.text for line in all_lines(run_id)]


def chunk_sizes(run_id: int) -> list[int]:
    return [head.lines for head in store.heads(run_id, 1, 2**62, 10**6)]


def test_lines_are_numbered_in_the_order_they_arrived():
    run_id = new_id()
    assert send(run_id, 0, "a", "b") == Receipt(2, False, 2)
    assert send(run_id, 0, "c", writer="other") == Receipt(1, False, 3)
    assert send(run_id, 1, "d", attempt=2) == Receipt(1, False, 4)
    assert send(run_id, 2, "late") == Receipt(1, False, 5)
    assert send(run_id, 1, "later still") == Receipt(1, False, 6)
    lines = all_lines(run_id)
    assert [line.text for line in lines] == ["a", "b", "c", "d", "late", "later still"]
    assert [line.attempt for line in lines] == [1, 1, 1, 2, 1, 1]


def test_a_batch_sent_again_stores_nothing_also_after_chunks_were_joined():
    run_id = new_id()
    for seq in range(40):
        send(run_id, seq, f"line {seq}")
    assert send(run_id, 3, "line 3") == Receipt(0, True, 40)
    jobs.settle_run(run_id)
    assert send(run_id, 3, "line 3") == Receipt(0, True, 40)
    assert send(run_id, 39, "line 39") == Receipt(0, True, 40)
    assert texts(run_id) == [f"line {seq}" for seq in range(40)]


def test_other_lines_under_a_recent_name_are_refused():
    run_id = new_id()
    send(run_id, 0, "a")
    with pytest.raises(BatchDiffers, match="Batch 0 of writer w is stored with other lines"):
        send(run_id, 0, "b")
    assert texts(run_id) == ["a"]


def test_two_clients_that_write_one_run_at_once_lose_and_double_nothing():
    run_id = new_id()
    receipts: list[Receipt] = []

    def client(name: str) -> None:
        try:
            for seq in range(25):
                for _ in range(2):  # each batch comes twice
                    receipts.append(send(run_id, seq, f"{name} {seq} a", f"{name} {seq} b", writer=name))
        finally:
            connections.close_all()

    def worker() -> None:
        try:
            while len(receipts) < 200:
                jobs.settle_run(run_id)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=(name,)) for name in ("p", "q", "r", "s")]
    threads.append(threading.Thread(target=worker))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(receipt.accepted for receipt in receipts) == 200
    lines = texts(run_id)
    for name in ("p", "q", "r", "s"):
        own = [line for line in lines if line.startswith(name)]
        assert own == [f"{name} {seq} {half}" for seq in range(25) for half in "ab"]


def test_the_same_batch_from_many_threads_is_stored_once():
    run_id = new_id()
    receipts: list[Receipt] = []

    def once() -> None:
        try:
            receipts.append(send(run_id, 1, "a", "b"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=once) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(receipt.accepted for receipt in receipts) == [0] * 11 + [2]
    assert texts(run_id) == ["a", "b"]


def test_joining_changes_no_line_and_leaves_few_chunks():
    run_id = new_id()
    chance = random.Random(3)
    sent = []
    for seq in range(400):
        lines = ["x" * chance.randrange(3_000) + f" {seq}.{place}" for place in range(chance.randrange(4))]
        sent += lines
        send(run_id, seq, *lines)
        if seq % 60 == 0:
            jobs.settle_run(run_id)
            assert texts(run_id) == sent
    many = len(chunk_sizes(run_id))
    before = all_lines(run_id)
    jobs.settle_run(run_id)
    assert all_lines(run_id) == before
    assert len(chunk_sizes(run_id)) < 12 < many
    held = store.held(run_id)
    assert held.lines == len(sent)
    jobs.settle_run(run_id)
    assert store.held(run_id).version == held.version


def test_a_large_batch_arrives_in_chunks_of_bounded_size_that_stay():
    run_id = new_id()
    send(run_id, 0, *["y" * 1_000 for _ in range(2_000)], *["" for _ in range(40_000)])
    heads = store.heads(run_id, 1, 2**62, 1_000)
    assert max(head.size for head in heads) <= CHUNK_BYTES
    assert max(head.lines for head in heads) <= CHUNK_LINES
    jobs.settle_run(run_id)
    assert len(store.heads(run_id, 1, 2**62, 1_000)) <= len(heads)
    assert len(texts(run_id)) == 42_000


def test_a_worker_that_was_overtaken_changes_nothing(monkeypatch):
    run_id = new_id()
    for seq in range(6):
        send(run_id, seq, f"{seq}")
    join = jobs._joined

    def overtaken(*arguments):
        joined = join(*arguments)
        monkeypatch.setattr(jobs, "_joined", join)
        thread = threading.Thread(target=_closing, args=(lambda: jobs.settle_run(run_id),))
        thread.start()
        thread.join()
        return joined

    monkeypatch.setattr(jobs, "_joined", overtaken)
    jobs.settle_run(run_id)
    assert store.held(run_id).version == 1
    assert texts(run_id) == ["0", "1", "2", "3", "4", "5"]


def _closing(work):
    try:
        return work()
    finally:
        connections.close_all()


def test_more_small_chunks_than_one_round_takes_are_all_joined(monkeypatch):
    monkeypatch.setattr(jobs, "CHUNKS_AT_ONCE", 5)
    run_id = new_id()
    for seq in range(23):
        send(run_id, seq, f"{seq}")
    jobs.settle_run(run_id)
    assert chunk_sizes(run_id) == [23]
    assert texts(run_id) == [str(seq) for seq in range(23)]


def test_a_writer_with_too_many_gaps_is_refused():
    run_id = new_id()
    send(run_id, 0, "a")
    marks = Marks()
    marks.add(list(range(0, 2 * (MAX_GAPS + 1), 2)))
    known = store.writer(run_id, 1, "w")
    assert known is not None
    store.save_writer(run_id, 1, "w", known._replace(ranges=marks.to_bytes()))
    with pytest.raises(TooManyGaps, match=r"4,096 gaps; at most 4,096"):
        send(run_id, 1, "b")
    assert not send(run_id, 1, "b", writer="other").duplicate
    assert texts(run_id) == ["a", "b"]


def test_a_progress_bar_is_one_line_below_the_others_until_it_is_finished():
    run_id = new_id()
    send(run_id, 0, "start", Sent(1, 1, "10%", unfinished=True))
    send(run_id, 1, Sent(2, 1, "20%", unfinished=True))
    page = queries.page(run_id, start=None, limit=10)
    assert [line.text for line in page.lines] == ["start"]
    assert page.unfinished == [Shown(None, 2, 1, 1, "20%")]
    send(run_id, 3, Sent(4, 1, "40%", unfinished=True))
    send(run_id, 2, Sent(3, 1, "30%", unfinished=True))  # late
    assert [line.text for line in queries.page(run_id, start=None, limit=10).unfinished] == ["40%"]
    assert queries.page(run_id, start=None, limit=10, stream=0).unfinished == []
    assert b"".join(queries.text_of(run_id)) == b"start\n40%\n"
    send(run_id, 4, Sent(5, 1, "100%"))
    page = queries.page(run_id, start=None, limit=10)
    assert ([line.text for line in page.lines], page.unfinished) == (["start", "100%"], [])


def test_what_an_attempt_left_unfinished_becomes_a_line_when_the_next_begins():
    run_id = new_id()
    send(run_id, 0, "start", Sent(1, 1, "10%", unfinished=True))
    send(run_id, 0, "again", attempt=2, writer="other")
    page = queries.page(run_id, start=None, limit=10)
    assert [(line.text, line.attempt) for line in page.lines] == [("start", 1), ("10%", 1), ("again", 2)]
    assert page.unfinished == []
    send(run_id, 0, "third", attempt=3, writer="third")
    assert texts(run_id) == ["start", "10%", "again", "third"]


def test_times_streams_and_text_of_every_kind_come_back():
    run_id = new_id()
    sent = [Sent(2**62, 0, ""), Sent(-(2**62), 1, "ü🙂\u2028\t\x1b[31m"), Sent(0, 0, " "), Sent(5, 1, "")]
    send(run_id, 0, *sent)
    jobs.settle_run(run_id)
    lines = all_lines(run_id)
    assert [(line.time, line.stream, line.text) for line in lines] == [(one.time, one.stream, one.text) for one in sent]


def test_the_sweep_joins_what_no_task_did_and_forgets_quiet_runs():
    run_id = new_id()
    for seq in range(5):
        send(run_id, seq, "x")
    assert PendingRun.objects.filter(run_id=run_id).exists()
    jobs.sweep()
    assert chunk_sizes(run_id) == [5]
    PendingRun.objects.update(marked_at="2020-01-01T00:00:00Z")
    jobs.sweep()
    assert not PendingRun.objects.filter(run_id=run_id).exists()


def test_without_a_worker_the_server_joins_when_many_wait():
    run_id = new_id()
    for seq in range(6):
        send(run_id, seq, "x")
    jobs.settle_if_many(run_id, 7)
    assert len(chunk_sizes(run_id)) == 6
    jobs.settle_if_many(run_id, 6)
    assert chunk_sizes(run_id) == [6]


def test_removal_takes_everything_in_bounded_steps_and_leaves_other_runs(monkeypatch):
    monkeypatch.setattr(store, "REMOVED_AT_ONCE", 2)
    run_id, other = new_id(), new_id()
    for seq in range(5):
        send(run_id, seq, "x", Sent(1, 1, "bar", unfinished=True))
        send(other, seq, "y")
    delete_lines(run_id)
    assert queries.page(run_id, start=None, limit=9) == queries.Page([], 0, 1, False, [])
    assert queries.totals([run_id, other]).keys() == {other}
    assert texts(other) == ["y"] * 5
    delete_lines(run_id)
    assert not send(run_id, 0, "new").duplicate
    assert texts(run_id) == ["new"]


def test_a_removal_while_chunks_are_joined_brings_nothing_back(monkeypatch):
    run_id = new_id()
    for seq in range(5):
        send(run_id, seq, "x")
    join = jobs._joined

    def removed(*arguments):
        joined = join(*arguments)
        thread = threading.Thread(target=_closing, args=(lambda: delete_lines(run_id),))
        thread.start()
        thread.join()
        return joined

    monkeypatch.setattr(jobs, "_joined", removed)
    jobs.settle_run(run_id)
    assert chunk_sizes(run_id) == []


def test_every_statement_names_run_id_and_every_write_one_run(monkeypatch):
    statements: list[str] = []
    monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: statements.append(sql)])
    run_id = new_id()
    for seq in range(4):
        send(run_id, seq, "x", Sent(1, 1, "bar", unfinished=True), attempt=1 + seq // 2)
    jobs.settle_run(run_id)
    texts(run_id)
    queries.totals([run_id, new_id()])
    delete_lines(run_id)
    assert len(set(statements)) > 12
    for sql in statements:
        assert "run_id" in sql
        assert sql.startswith("SELECT") or "run_id IN" not in sql, sql


def test_a_window_costs_as_many_statements_in_a_long_log_as_in_a_short_one(monkeypatch):
    short, long = new_id(), new_id()
    send(short, 0, *["x" * 100] * 2_000)
    for seq in range(20):
        send(long, seq, *["x" * 100] * 2_000)

    def counted(run_id: int, start: int) -> int:
        statements: list[str] = []
        monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: statements.append(sql)])
        assert len(queries.page(run_id, start=start, limit=100).lines) == 100
        return len(statements)

    assert counted(short, 500) == counted(long, 500) == counted(long, 30_500) == counted(long, 39_901)


def test_one_live_batch_costs_few_statements(monkeypatch):
    run_id = new_id()
    send(run_id, 0, "a")
    statements: list[str] = []
    monkeypatch.setattr(series_sql, "observers", [lambda sql, parameters: statements.append(sql)])
    send(run_id, 1, "b", "c")
    assert len(statements) <= 5


def test_deleting_a_run_removes_its_lines():
    run = make_run(archived_at=timezone.now())
    send(run.id, 0, "x")
    delete_run(run.id)
    assert queries.totals([run.id]) == {}
