"""Files in: whole and durable, or not at all; equal bytes once; on a folder and in a bucket."""

import gzip
import io
import tempfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import zstandard
from django.core.files.storage import storages
from django.db import connections
from django.utils import timezone

from apps.artifacts import jobs, receiving, services, storage
from apps.artifacts.errors import DigestDiffers, StorageUnavailable
from apps.artifacts.models import Blob, RunFile
from apps.artifacts.queries import run_file
from apps.core.bodies import BodyIncomplete
from apps.runs.errors import RunArchived
from tests.artifacts.files import arriving, body_of, file_path, png, put, sha256, stored_names
from tests.factories import api_client, make_run, team_admin

pytestmark = pytest.mark.django_db


def store(run, path, body, **more):
    return services.put_file(run, path, io.BytesIO(body), **more)


def content(run, path):
    file = run_file(run, path)
    assert file is not None
    with file.open() as stored:
        return stored.read()


@pytest.mark.usefixtures("place")
class TestEveryStorage:
    """What holds whether files lie in a folder or in a bucket."""

    def test_a_file_comes_back_as_it_was_sent(self):
        run, body = make_run(), bytes(range(256)) * 5_000
        client = api_client(team_admin(run))
        answer = put(client, run, "models/weights.bin", body, X_Content_SHA256=sha256(body))
        assert answer.status_code == 201, answer.content
        facts = answer.json()
        assert (facts["path"], facts["size"], facts["sha256"]) == ("models/weights.bin", len(body), sha256(body))
        assert facts["media_type"] == "application/octet-stream"
        assert facts["url"] == f"http://testserver{file_path(run, 'models/weights.bin')}"
        back = client.get(file_path(run, "models/weights.bin"))
        assert (back.status_code, back["Content-Length"]) == (200, str(len(body)))
        assert body_of(back) == body
        assert content(run, "models/weights.bin") == body
        assert arriving() == []

    def test_an_empty_file_is_a_file(self):
        run = make_run()
        client = api_client(team_admin(run))
        assert put(client, run, "empty.txt", b"").status_code == 201
        assert body_of(client.get(file_path(run, "empty.txt"))) == b""
        assert content(run, "empty.txt") == b""

    def test_the_same_bytes_again_change_nothing_and_equal_bytes_are_stored_once(self):
        run = make_run()
        client = api_client(team_admin(run))
        assert put(client, run, "a.bin", b"same").status_code == 201
        before = RunFile.objects.get().changed_at
        assert put(client, run, "a.bin", b"same").status_code == 200
        assert RunFile.objects.get().changed_at == before
        assert put(client, run, "b.bin", b"same").status_code == 201
        store(make_run(), "c.bin", b"same")
        assert RunFile.objects.count() == 3
        assert len(stored_names()) == Blob.objects.count() == 1

    def test_other_bytes_at_a_path_replace_those_before(self):
        run = make_run()
        store(run, "notes.txt", b"old")
        store(run, "notes.txt", b"new!")
        assert RunFile.objects.count() == 1
        assert content(run, "notes.txt") == b"new!"

    @pytest.mark.parametrize("encoding", ["gzip", "zstd", "x-gzip"])
    def test_packed_files_are_stored_unpacked(self, encoding):
        run, body = make_run(), b"0123456789" * 200_000
        client = api_client(team_admin(run))
        if encoding == "zstd":
            packer = zstandard.ZstdCompressor()
            sent = packer.compress(body[:1_000_000]) + packer.compress(body[1_000_000:])  # two frames
        else:
            sent = gzip.compress(body[:7]) + gzip.compress(body[7:])  # two members
        answer = put(client, run, "log.bin", sent, Content_Encoding=encoding, X_Content_SHA256=sha256(body))
        assert answer.status_code == 201, answer.content
        assert content(run, "log.bin") == body

    def test_a_part_is_read_without_the_rest(self):
        run, body = make_run(), bytes(range(256)) * 4_000
        client = api_client(team_admin(run))
        put(client, run, "film.bin", body)
        answer = client.get(file_path(run, "film.bin"), HTTP_RANGE="bytes=100000-100009")
        assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes 100000-100009/{len(body)}")
        assert body_of(answer) == body[100_000:100_010]

    def test_a_sweep_removes_a_day_later_what_nothing_names(self):
        run, now = make_run(), timezone.now()
        store(run, "kept.bin", b"kept")
        store(run, "gone.bin", b"gone")
        services.delete_file(team_admin(run), run, "gone.bin")
        assert jobs.sweep(now) == 0  # can be restored
        assert jobs.sweep(now + timedelta(hours=2)) == 0  # noted as unnamed
        assert RunFile.objects.count() == 1
        assert jobs.sweep(now + timedelta(hours=25)) == 0
        assert len(stored_names()) == 2
        assert jobs.sweep(now + timedelta(hours=27)) == 1
        assert stored_names() == [Blob.objects.get().name]
        assert content(run, "kept.bin") == b"kept"

    def test_bytes_that_are_named_again_before_the_sweep_stay(self):
        run, now = make_run(), timezone.now()
        store(run, "a.bin", b"bytes")
        services.remove_run_files(run.id)
        jobs.sweep(now)
        store(run, "b.bin", b"bytes")
        assert jobs.sweep(now + timedelta(days=3)) == 0
        assert content(run, "b.bin") == b"bytes"

    def test_bytes_that_were_condemned_come_back_under_another_name(self):
        run = make_run()
        first = store(run, "a.bin", b"bytes").blob.name
        services.remove_run_files(run.id)
        Blob.objects.update(condemned_at=timezone.now())
        assert store(run, "a.bin", b"bytes").blob.name != first
        assert jobs.sweep() == 1
        assert content(run, "a.bin") == b"bytes"

    def test_a_storage_knows_what_it_holds(self):
        name = store(make_run(), "a.bin", b"bytes").blob.name
        assert storages["files"].exists(name)
        assert storages["files"].size(name) == 5
        storages["files"].delete(name)
        assert not storages["files"].exists(name)
        storages["files"].delete(name)

    def test_bytes_that_a_storage_lost_are_said_to_be_away(self):
        run = make_run()
        client = api_client(team_admin(run))
        put(client, run, "a.bin", b"bytes")
        storages["files"].delete(Blob.objects.get().name)
        answer = client.get(file_path(run, "a.bin"))
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


# --- what is refused leaves nothing ---


def assert_nothing_stayed():
    jobs.sweep()
    assert RunFile.objects.count() == Blob.objects.count() == 0
    assert stored_names() == []
    assert arriving() == []


@pytest.mark.usefixtures("place")
def test_bytes_that_changed_on_the_way_are_refused():
    run = make_run()
    answer = put(api_client(team_admin(run)), run, "a.bin", b"arrived", X_Content_SHA256=sha256(b"sent"))
    assert (answer.status_code, answer.json()["code"]) == (400, "digest_differs")
    assert sha256(b"arrived") in answer.json()["fields"]["X-Content-SHA256"]
    assert_nothing_stayed()


@pytest.mark.parametrize("text", ["abc", "z" * 64, "é" * 64])
def test_a_digest_that_is_none_is_refused(text):
    run = make_run()
    answer = put(api_client(team_admin(run)), run, "a.bin", b"x", X_Content_SHA256=text)
    assert answer.status_code == 400
    assert "64 hex digits" in answer.json()["message"]


def test_a_file_over_the_limit_is_refused_by_its_length_and_by_what_it_unpacks_to(settings, tmp_path):
    settings.MAX_FILE_BYTES = 1_000_000
    run = make_run()
    client = api_client(team_admin(run))
    plain = put(client, run, "a.bin", b"x" * 1_000_001)
    bomb = put(client, run, "a.bin", gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")
    for answer in (plain, bomb):
        assert (answer.status_code, answer.json()["code"]) == (413, "file_too_large")
        assert "at most 1,000,000 bytes" in answer.json()["message"]
    assert "1,000,001 bytes" in plain.json()["message"]
    assert put(client, run, "a.bin", b"x" * 1_000_000).status_code == 201


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (b"not packed", "gzip", "body_unreadable"),
        (b"not packed", "zstd", "body_unreadable"),
        (gzip.compress(b"x" * 10_000, mtime=0)[:-9], "gzip", "body_incomplete"),
        (zstandard.compress(b"x" * 10_000)[:-3], "zstd", "body_incomplete"),
        (zlib.compress(b"x"), "deflate", "unknown_encoding"),
    ],
)
def test_what_cannot_be_unpacked_is_refused(place, body, encoding, code):
    run = make_run()
    answer = put(api_client(team_admin(run)), run, "a.bin", body, Content_Encoding=encoding)
    assert answer.json()["code"] == code
    assert_nothing_stayed()


def test_an_upload_that_breaks_off_leaves_nothing(place):
    run = make_run()
    client = api_client(team_admin(run))
    broken: dict[str, Any] = {"CONTENT_LENGTH": "400000", "wsgi.input": io.BytesIO(b"x" * 300_000)}
    answer = client.generic("PUT", file_path(run, "a.bin"), **broken)
    assert (answer.status_code, answer.json()["code"]) == (400, "body_incomplete")
    assert "300,000 of 400,000 bytes" in answer.json()["message"]
    assert_nothing_stayed()


def test_a_connection_that_dies_leaves_nothing(place):
    class Dying:
        def read(self, size: int = 0, /) -> bytes:
            raise OSError("reset")

    with pytest.raises(BodyIncomplete):
        services.put_file(make_run(), "a.bin", Dying())
    assert_nothing_stayed()


def test_a_length_is_needed():
    run = make_run()
    answer = api_client(team_admin(run)).generic(
        "PUT", file_path(run, "a.bin"), b"", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_an_archived_run_takes_no_file():
    run = make_run(archived_at=timezone.now())
    answer = put(api_client(team_admin(run)), run, "a.bin", b"x")
    assert (answer.status_code, answer.json()["code"]) == (409, "run_archived")
    with pytest.raises(RunArchived):
        store(run, "a.bin", b"x")


def test_a_digest_is_checked_before_the_storage_is_asked(place):
    with pytest.raises(DigestDiffers):
        store(make_run(), "a.bin", b"x", sha256=sha256(b"y"))
    assert_nothing_stayed()


# --- a storage in trouble ---


class FullStorage(storage.FolderStorage):
    """A folder on a disk that is full: the kernel says so at the write."""

    def _save(self, name, content):
        with Path("/dev/full").open("wb", buffering=0) as disk:
            for piece in content.chunks():
                disk.write(piece)
        raise AssertionError("the disk was not full")


def test_a_disk_that_fills_while_a_file_is_stored_answers_503_and_loses_nothing(settings, tmp_path):
    run = make_run()
    client = api_client(team_admin(run))
    put(client, run, "a.bin", b"old")
    kept = settings.STORAGES
    full = {**kept["files"], "BACKEND": f"{__name__}.FullStorage"}
    settings.STORAGES = {**kept, "files": full}
    answer = put(client, run, "a.bin", b"new")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "no space left" in answer.json()["message"]
    assert int(answer["Retry-After"]) > 0
    assert arriving() == []
    assert content(run, "a.bin") == b"old"
    settings.STORAGES = kept
    assert put(client, run, "a.bin", b"new").status_code == 201
    assert content(run, "a.bin") == b"new"


def test_a_disk_that_fills_while_a_file_arrives_answers_503(monkeypatch, place):
    class Full(io.FileIO):
        """A temporary file on a full disk."""

        def __init__(self, path):
            super().__init__("/dev/full", "w")
            self.name = path

    run = make_run()
    real = tempfile.NamedTemporaryFile

    def on_a_full_disk(**options):
        with real(**options) as file:
            return Full(file.name)

    with monkeypatch.context() as patch:
        patch.setattr("tempfile.NamedTemporaryFile", on_a_full_disk)
        answer = put(api_client(team_admin(run)), run, "a.bin", b"x" * 1_000_000)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert_nothing_stayed()


def test_a_bucket_that_is_away_answers_503(s3_environment, monkeypatch, settings, tmp_path):
    from tests.artifacts.conftest import use

    run = make_run()
    for name, value in s3_environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    use(settings, s3_environment["PACELINE_FILES"], tmp_path)
    answer = put(api_client(team_admin(run)), run, "a.bin", b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert "bucket" in answer.json()["message"]
    assert RunFile.objects.count() == 0
    assert arriving() == []
    bucket: Any = storages["files"]
    bucket._client.close()


# --- many at once ---


@pytest.mark.django_db(transaction=True)
def test_uploads_beside_sweeps_never_name_bytes_that_are_gone(place):
    run = make_run()
    bodies = [bytes([number]) * 1_000 for number in range(3)]

    def stored_at_last(path, body):
        """As a client does: days pass here between two statements, so that sweeps may win every try of one request."""
        for _ in range(20):
            with suppress(StorageUnavailable):
                return store(run, path, body)
        raise AssertionError("swept away twenty times")

    def work(number):
        try:
            for turn in range(6):
                path = f"f{number}-{turn % 2}.bin"
                stored_at_last(path, bodies[(number + turn) % 3])
                if turn % 3 == 2:
                    services.delete_file(None, run, path)
        finally:
            connections.close_all()

    def sweeping():
        try:
            later = timezone.now()
            for _ in range(12):
                later += timedelta(days=2)
                jobs.sweep(later)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(5) as threads:
        for task in [*(threads.submit(work, number) for number in range(4)), threads.submit(sweeping)]:
            task.result()
    found = list(RunFile.objects.select_related("blob").filter(deleted_at=None))
    assert found
    for file in found:
        with file.open() as stored:
            assert sha256(stored.read()) == file.sha256
    assert arriving() == []


# --- secrets ---


def test_the_diff_is_scrubbed_on_arrival(place):
    run = make_run()
    token = "ghp_" + "a1B2" * 9
    sent = f"+key = '{token}'\n".encode() + b"\xff\xfe is no UTF-8, \xc3\xa9 is\n"
    answer = put(api_client(team_admin(run)), run, "code/diff.patch", sent, X_Content_SHA256=sha256(sent))
    assert answer.status_code == 201
    kept = content(run, "code/diff.patch")
    assert token.encode() not in kept
    assert b"[hidden]" in kept
    assert kept.endswith(b"\xff\xfe is no UTF-8, \xc3\xa9 is\n")
    assert answer.json()["sha256"] == sha256(kept)
    assert put(api_client(team_admin(run)), run, "code/diff.patch", sent).status_code == 200


def test_a_private_key_across_the_pieces_of_a_long_diff_is_hidden(monkeypatch):
    run = make_run()
    monkeypatch.setattr(receiving, "LONGEST_TEXT_PIECE", 100)
    key = b"-----BEGIN PRIVATE KEY-----\n" + b"+MIIEvQIBADANBgkqhkiG9w0BAQEF\n" * 20 + b"-----END PRIVATE KEY-----\n"
    store(run, "code/diff.patch", b"+line of code\n" * 6 + key + b"+more code\n" * 20)
    kept = content(run, "code/diff.patch")
    assert b"MIIE" not in kept
    assert kept.endswith(b"+more code\n" * 20)


def test_a_picture_under_code_is_left_as_it_is(place):
    run = make_run()
    store(run, "code/plot.png", png())
    assert content(run, "code/plot.png") == png()


def test_a_storage_that_is_always_swept_gives_up(place, monkeypatch):
    run = make_run()
    monkeypatch.setattr(services, "_kept", lambda blob: False)
    with pytest.raises(StorageUnavailable):
        store(run, "a.bin", b"x")
