"""Archives that are damaged, or made to harm: refused with words that help, and nothing of them stays."""

import io
import json
import time
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from apps.accounts.models import Team
from apps.artifacts.models import RunFile
from apps.console.models import ConsoleChunk
from apps.history.models import HistoryBatch, Series, SeriesChunk
from apps.runs.models import Project, Run
from apps.tables.models import LoggedTable, TableKey
from apps.transfer import api, importing
from apps.transfer.errors import BadArchive
from apps.transfer.formats import SCHEMA
from apps.transfer.models import ImportedRun
from apps.transfer.verification import Problem, verified
from tests.factories import api_client, make_team, make_user
from tests.transfer.projects import archive_of, full_project, lines_of, manifest_of, members_of, packed, with_line
from tests.transfer.test_project_transfer import send

pytestmark = pytest.mark.django_db(transaction=True)

HISTORY = "history/000001.parquet"
STORED = (HistoryBatch, Series, SeriesChunk, Run, RunFile, ConsoleChunk, LoggedTable, TableKey)


@pytest.fixture
def archive() -> bytes:
    return archive_of(full_project())


@pytest.fixture
def makers() -> Team:
    return make_team("makers", admin=make_user("maker"))


def refused(archive: bytes, makers: Team, status: int = 400, code: str = "bad_archive") -> str:
    """What the refusal says, once it is sure that nothing stayed."""
    before = [model.objects.count() for model in STORED]
    answer = send(archive, "makers/new", api_client(makers.members.get()))
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert [model.objects.count() for model in STORED] == before
    assert not Project.objects.filter(team=makers).exists()
    assert not ImportedRun.objects.exists()
    message: str = answer.json()["message"]
    return message


def problem(archive: bytes, max_points: int = 10**9, max_bytes: int = 10**9) -> str:
    """What the verifying process says, without the process."""
    with pytest.raises(Problem) as found:
        verified(io.BytesIO(archive), max_points, max_bytes)
    return str(found.value)


def bad_line(archive: bytes) -> str:
    """What is said of a line of runs.jsonl."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file, pytest.raises(BadArchive) as found:
        importing._sources(file, verified(io.BytesIO(archive), 10**9, 10**9))
    return found.value.message


def parquet(table: pa.Table, **settings: Any) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **settings)
    return sink.getvalue().to_pybytes()


def rows(count: int, **columns: Any) -> pa.Table:
    at = pa.array(np.arange(count), pa.int64())
    given = {
        "key": pa.array(["loss"] * count),
        "attempt": pa.array([1] * count, pa.int32()),
        "step": at,
        "time": at.cast(pa.timestamp("ms", "UTC")),
        "value": pa.array(np.zeros(count)),
        "superseded": pa.array([False] * count),
        **columns,
    }
    return pa.Table.from_arrays([given[name] for name in SCHEMA.names], schema=SCHEMA)


def test_the_archive_itself_is_taken(archive, makers):
    assert verified(io.BytesIO(archive), 4_017, 10**6)["histories"][HISTORY] == {
        "points": 4_014,
        "series": 4,
        "attempt": 3,
    }
    assert send(packed(members_of(archive)), "makers/new", api_client(makers.members.get())).status_code == 201


def test_one_that_was_cut_off_is_refused(archive, makers):
    assert "no whole zip" in refused(archive[: len(archive) // 2], makers)
    for end in (0, 1, 100, len(archive) - 1):
        assert "no whole zip" in problem(archive[:end])
    assert "no whole zip" in problem(b"PK\x05\x06" + bytes(10))


def test_one_with_a_changed_byte_is_refused_or_equal(archive):
    random = np.random.default_rng(1)
    good = verified(io.BytesIO(archive), 10**9, 10**9)
    for place in random.integers(0, len(archive), 150).tolist():
        broken = bytearray(archive)
        broken[place] ^= 1 << int(random.integers(8))
        try:
            assert verified(io.BytesIO(bytes(broken)), 10**9, 10**9) == good  # a byte of no meaning, such as a time
        except Problem:
            pass


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x", "/etc/passwd", "history/../x.md", "C:\\x", "runs.jsonl/", "a\0b"]
)
def test_names_that_lead_elsewhere_are_refused(archive, name):
    assert "none of ours" in problem(packed({**members_of(archive), name: b"x"}))


def test_members_that_are_there_twice_or_encrypted_are_refused(archive):
    members = members_of(archive)
    sink = io.BytesIO(packed(members))
    with zipfile.ZipFile(sink, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("runs.jsonl", b"")
    assert "twice" in problem(sink.getvalue())
    body = bytearray(packed(members))
    body[body.rindex(b"PK\x01\x02") + 8] |= 1
    assert "not read" in problem(bytes(body))


def test_counts_that_are_not_true_are_refused(archive):
    members = members_of(archive)
    manifest = manifest_of(archive)
    for name, number in (("points", 4_018), ("series", 4)):
        assert f"says {number}" in problem(
            packed(members, {**manifest, "counts": {**manifest["counts"], name: number}})
        )
    wrong = {**manifest, "counts": {**manifest["counts"], "runs": 4}}
    assert "other runs" in bad_line(packed(members, wrong))
    assert "other points" in bad_line(with_line(archive, 0, lambda line: {**line, "points": 1}))
    assert "differ in" in problem(
        packed({name: body for name, body in members.items() if name != HISTORY}, manifest, listed=False)
    )
    assert "SHA-256" in problem(packed({**members, "reports/000001.md": b"other"}, manifest, listed=False))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "short"},
        {"name": "x" * 251},
        {"name": "a\0b"},
        {"name": 5},
        {"state": "unknown"},
        {"attempt": 0},
        {"attempt": True},
        {"attempt": 2},
        {"lost_points": -1},
        {"created_at": "yesterday"},
        {"created_at": "2024-01-01T00:00:00"},
        {"config": []},
        {"config": {"x": "\udc80"}},
        {"tags": [1]},
        {"attempts": [{"number": 9, "started_at": "2024-01-01T00:00:00Z"}]},
        {"history": "../x"},
        {"history": None},
        {"console": "history/000001.parquet"},
        {
            "files": [
                {"path": "../x", "member": None, "media_type": "", "sha256": "", "changed_at": "2024-01-01T00:00:00Z"}
            ]
        },
        {"files": [{"path": "x"}]},
    ],
)
def test_a_line_that_cannot_be_stored_is_named(archive, change):
    assert "Line 1 of runs.jsonl" in bad_line(with_line(archive, 0, lambda line: {**line, **change}))


def test_a_run_that_is_there_twice_is_refused(archive):
    first = lines_of(archive)[0]
    assert "of another line" in bad_line(with_line(archive, 2, lambda line: {**line, "id": first["id"]}))
    assert "of another line" in bad_line(with_line(archive, 2, lambda line: {**line, "client_id": "abc"}))


def test_a_config_that_is_too_large_is_refused_after_all(archive, makers):
    line = refused(with_line(archive, 1, lambda line: {**line, "config": {"x": "y" * 2**20}}), makers, code="invalid")
    assert "1,048,576" in line


def test_a_report_that_cannot_be_stored_is_refused(archive, makers):
    members = members_of(archive)
    assert "reports.jsonl" in refused(packed({**members, "reports/000001.md": b"a\xff"}), makers)
    assert "reports.jsonl" in refused(
        packed({**members, "reports.jsonl": b'{"member": "reports/000009.md"}\n'}), makers
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"PAR1 is how they begin", "damaged"),
        (parquet(pa.table({"key": ["a"]})), "other columns"),
        (parquet(rows(2, attempt=pa.array([0, 1], pa.int32()))), "attempt below 1"),
        (parquet(rows(1, key=pa.array(["k" * 251]))), "cannot be stored"),
        (parquet(rows(1, key=pa.array(["a\0b"]))), "cannot be stored"),
        (parquet(rows(1, time=pa.array([-(2**63)]).cast(pa.timestamp("ms", "UTC")))), "time that cannot"),
        (parquet(rows(300_000), row_group_size=300_000), "larger than any of ours"),
    ],
)
def test_points_that_are_not_ours_are_refused(archive, body, words):
    assert words in problem(packed({**members_of(archive), HISTORY: body}))


def test_a_manifest_from_the_future_says_so(archive):
    manifest = {**manifest_of(archive), "version": 2}
    assert "Update the site" in problem(packed(members_of(archive), manifest))
    assert "not one of a project" in problem(packed(members_of(archive), {**manifest, "format": "zip"}))
    broken: Any
    for broken in (
        [],
        {"format": "paceline-project", "version": 1},
        {**manifest, "version": 1, "counts": {"points": "1"}},
    ):
        members = {**members_of(archive)}
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as file:
            for name, body in members.items():
                file.writestr(name, body if name != "manifest.json" else json.dumps(broken))
        assert "manifest.json" in problem(sink.getvalue())


def test_more_bytes_than_may_be_unpacked_are_refused(archive):
    assert "unpacked" in problem(archive, max_bytes=1_000)


def test_a_line_of_output_that_cannot_be_stored_is_refused(archive, makers):
    members = members_of(archive)
    line = {"time": 1, "stream": "stdout", "attempt": 9, "text": "x"}
    changed = {**members, "console/000001.jsonl": json.dumps(line).encode() + b"\n"}
    assert "attempt 9" in refused(packed(changed), makers)
    two = members["console/000001.jsonl"].splitlines(keepends=True)[:2]
    assert "2 lines where" in refused(packed({**members, "console/000001.jsonl": b"".join(two)}), makers)


def test_a_bomb_of_lines_is_refused_in_little_time(archive):
    sink = io.BytesIO()
    members = members_of(archive)
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as file:
        for name, body in members.items():
            how = zipfile.ZIP_STORED if name.startswith("history/") else zipfile.ZIP_DEFLATED
            file.writestr(name, body if name != "runs.jsonl" else bytes(100 * 2**20), how)
    assert len(sink.getvalue()) < 2**20
    began = time.monotonic()
    assert "SHA-256" in problem(sink.getvalue())
    assert time.monotonic() - began < 5


def test_a_declared_bomb_of_points_ends_only_the_process_that_reads_it(archive, makers):
    """Page headers of Parquet that say more bytes than come out of them."""
    body = parquet(rows(10_000), compression="zstd", use_dictionary=False)
    said = _zigzag(80_000)
    assert body.count(said) >= 3
    longer = _zigzag(2**19 + 80_000)
    assert len(longer) == len(said)
    assert "damaged" in refused(packed({**members_of(archive), HISTORY: body.replace(said, longer)}), makers)


def _zigzag(number: int) -> bytes:
    """An integer as Thrift's compact protocol writes it."""
    number = number << 1
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def test_a_reader_that_dies_is_a_refusal(archive, makers, monkeypatch):
    monkeypatch.setattr(api, "MAX_IMPORT_POINTS", "no number")
    assert "cannot be read" in refused(archive, makers)


def test_too_much_for_http_names_the_command(archive, makers, monkeypatch):
    monkeypatch.setattr(api, "MAX_IMPORT_POINTS", 4_016)
    assert "left to import" in refused(archive, makers)
    monkeypatch.setattr(api, "MAX_IMPORT_BYTES", 1_000)
    message = refused(archive, makers, 413, "body_too_large")
    assert "at most 1,000 are" in message
    assert "manage.py import_project" in message


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"classes": ["a", "a"]}, "One thing of this table cannot be taken"),
        ({"attempt": 4}, "no attempt 4"),
        ({"logged_at": "now"}, "logged at a time"),
        ({"key": "k" * 251}, "cannot be taken"),
        ({"kind": "confusion"}, "cannot be taken"),
        ({"kind": "predictions"}, "a later release may have written it"),
    ],
)
def test_a_table_that_no_site_would_take_is_refused(archive, makers, change, what):
    lines = [json.loads(line) for line in members_of(archive)["tables/000001.jsonl"].splitlines()]
    lines[1] |= change
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    assert what in refused(packed({**members_of(archive), "tables/000001.jsonl": body}), makers)
