"""The spool: what was appended is read back once, whatever a crash or the disk did meanwhile."""

import os
from pathlib import Path

import pytest
from paceline import spool as module
from paceline.spool import BATCH, BATCH_HEAD, CHANGE, Spool, spools_in


def make(tmp_path: Path, limit: int = 1 << 20) -> Spool:
    return Spool.create(tmp_path, "one", {"create": {}}, limit)


def batch(seq: int, size: int = 100) -> bytes:
    return BATCH_HEAD.pack(seq, 10) + b"x" * size


def drained(spool: Spool) -> list[int]:
    found = []
    while (record := spool.first()) is not None:
        found.append(BATCH_HEAD.unpack_from(record.payload)[0])
        spool.acknowledge(record)
    return found


def reopened(spool: Spool) -> Spool:
    spool.release()
    assert spool.folder is not None
    return Spool.open(spool.folder)


def test_frames_come_back_in_order_over_segments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 1_000)
    spool = make(tmp_path)
    assert all(spool.append(BATCH, batch(seq)) for seq in range(50))
    assert spool.waiting()[:2] == (50, 500)
    first = [spool.first() for _ in range(2)]
    assert first[0] == first[1]
    assert drained(spool) == list(range(50))
    assert spool.append(BATCH, batch(50))
    assert drained(spool) == [50]
    assert len(list((tmp_path / "one").glob("*.seg"))) <= 2  # what is acknowledged is deleted
    assert spool.waiting()[:2] == (0, 0)


def test_another_process_goes_on_where_the_first_was(tmp_path: Path) -> None:
    spool = make(tmp_path)
    for seq in range(10):
        spool.append(BATCH, batch(seq))
    for _ in range(4):
        record = spool.first()
        assert record is not None
        spool.acknowledge(record)
    again = reopened(spool)
    assert again.waiting()[:2] == (6, 60)
    assert drained(again) == [4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("cut", [1, 5, 9, 50, 110])
def test_a_torn_last_frame_ends_the_spool(tmp_path: Path, cut: int) -> None:
    spool = make(tmp_path)
    for seq in range(3):
        spool.append(BATCH, batch(seq))
    path = tmp_path / "one" / "000001.seg"
    spool.release()
    os.truncate(path, path.stat().st_size - cut)
    again = Spool.open(tmp_path / "one")
    assert drained(again) == [0, 1]
    assert again.damaged > 0


def test_a_damaged_segment_does_not_hide_the_next_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 200)
    spool = make(tmp_path)
    for seq in range(6):
        spool.append(BATCH, batch(seq))
    path = tmp_path / "one" / "000001.seg"
    content = bytearray(path.read_bytes())
    content[40] ^= 0xFF
    path.write_bytes(content)
    assert drained(reopened(spool)) == [2, 3, 4, 5]


def test_a_full_spool_takes_no_more_batches_until_some_are_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 500)
    spool = make(tmp_path, limit=2_000)
    taken = [spool.append(BATCH, batch(seq)) for seq in range(40)]
    assert 10 < sum(taken) < 20
    assert spool.append(CHANGE, b"{}")  # the run's end must not get lost
    assert sum(path.stat().st_size for path in (tmp_path / "one").glob("*.seg")) < 2_100
    record = spool.first()
    while record is not None and record.kind == BATCH:
        spool.acknowledge(record)
        record = spool.first()
    assert spool.append(BATCH, batch(99))


def test_what_the_disk_refuses_waits_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = make(tmp_path)
    spool.append(BATCH, batch(0))

    def full(descriptor: int, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, "_write_all", full)
        assert spool.append(BATCH, batch(1))
    assert spool.append(BATCH, batch(2))
    assert sorted(drained(spool)) == [0, 1, 2]


def test_a_spool_without_a_folder_holds_a_bounded_amount(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY_BYTES", 1_000)
    spool = Spool(None, 1 << 20)
    taken = [spool.append(BATCH, batch(seq)) for seq in range(20)]
    assert 5 < sum(taken) < 10
    assert drained(spool) == list(range(sum(taken)))


def test_a_spool_belongs_to_one_process(tmp_path: Path) -> None:
    spool = make(tmp_path)
    assert spools_in(tmp_path) == [tmp_path / "one"]
    other = Spool.open(tmp_path / "one")
    assert not other.lock()
    spool.release()
    assert other.lock()
    other.release()


def test_refused_frames_are_kept_with_their_reason(tmp_path: Path) -> None:
    spool = make(tmp_path)
    spool.append(BATCH, batch(0))
    record = spool.first()
    assert record is not None
    assert spool.set_aside(record, "w-0", {"reason": "bad"})
    assert spool.first() is None
    spool.remove()
    assert [path.name for path in (tmp_path / "one" / "refused").iterdir()] == ["w-0.json"]


def test_what_is_put_off_comes_back_in_order_and_what_was_sent_meanwhile_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SEGMENT_BYTES", 500)
    spool = make(tmp_path)
    for seq in range(20):
        spool.append(BATCH, batch(seq))
    sent = []
    while (record := spool.first()) is not None:
        seq = BATCH_HEAD.unpack_from(record.payload)[0]
        if seq in (3, 4, 17):
            assert spool.put_off(record)
        else:
            sent.append(seq)
            spool.acknowledge(record)
    assert sent == [seq for seq in range(20) if seq not in (3, 4, 17)]
    assert spool.waiting()[:2] == (3, 30)
    assert not spool.empty()
    assert len(list((tmp_path / "one").glob("*.seg"))) == 3  # two that hold what waits, and the newest
    spool.append(BATCH, batch(20))
    spool.take_up()
    assert spool.waiting()[:2] == (4, 40)
    assert drained(spool) == [3, 4, 17, 20]
    assert spool.empty()
    assert len(list((tmp_path / "one").glob("*.seg"))) <= 2


def test_what_was_put_off_is_there_for_the_next_process(tmp_path: Path) -> None:
    spool = make(tmp_path)
    for seq in range(3):
        spool.append(BATCH, batch(seq))
    record = spool.first()
    assert record is not None
    assert spool.put_off(record)
    assert drained(spool) == [1, 2]
    assert drained(reopened(spool)) == [0, 1, 2]  # sent again, what the server has is stored once
