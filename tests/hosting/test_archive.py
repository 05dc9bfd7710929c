"""The file a backup is: whole, or refused."""

import io
from pathlib import Path

import pytest

from apps.hosting.archive import Damaged, Writer, checked, members


def written(path: Path) -> Path:
    writer = Writer(path)
    for name, content in (("a.zst", b"first" * 5_000), ("files/sha256/b", b"second" * 5_000)):
        writer.add(name, io.BytesIO(content), len(content))
    writer.finish({"begun_at": "now"})
    return path


def test_what_was_written_is_read_back(tmp_path):
    path = written(tmp_path / "x.tar")
    assert set(checked(path)["members"]) == {"a.zst", "files/sha256/b"}
    assert [(name, stream.read()[:6]) for name, stream in members(path)] == [
        ("a.zst", b"firstf"),
        ("files/sha256/b", b"second"),
    ]
    assert path.stat().st_mode & 0o077 == 0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("cut", [0, 100, 600, 20_000, 30_000, 57_000])
def test_a_file_that_was_cut_short_is_refused(tmp_path, cut):
    path = written(tmp_path / "x.tar")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(Damaged):
        checked(path)


@pytest.mark.parametrize("at", [5, 700, 20_000, 27_000, 50_000])
def test_a_changed_byte_is_found(tmp_path, at):
    path = written(tmp_path / "x.tar")
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged):
        checked(path)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "x.tar"
    path.write_text("no backup")
    with pytest.raises(Damaged, match="cannot be read as a backup"):
        checked(path)
    with pytest.raises(Damaged):
        checked(tmp_path / "missing.tar")


def test_an_abandoned_backup_leaves_nothing(tmp_path):
    writer = Writer(tmp_path / "x.tar")
    with pytest.raises(OSError, match="end"):
        writer.add("short", io.BytesIO(b"abc"), 10)
    writer.abandon()
    assert list(tmp_path.iterdir()) == []
