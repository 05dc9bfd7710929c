"""Points as an Arrow IPC stream: what is read, what is refused. Streams are written by pyarrow, or broken by hand."""

import gzip
import struct

import numpy as np
import pyarrow as pa
import pytest
import zstandard

from apps.core.bodies import MAX_BODY_BYTES
from apps.history.queries import points_of, run_totals
from apps.ingest.arrow import MEDIA_TYPE, decode_arrow
from apps.ingest.errors import BadBatch, TooManyPoints
from tests.factories import api_client, history_path, make_run, team_admin

ADDRESS = {"writer": "w", "seq": "0"}
WIDE = {
    "step": pa.array([1, 2, 3], pa.int64()),
    "time": pa.array([10, 20, 30], pa.int64()),
    "loss": pa.array([0.5, None, float("nan")], pa.float64()),
    "acc": pa.array([1, 2, 3], pa.int32()),
}
POINTS = [("acc", 1, 10, 1.0), ("acc", 2, 20, 2.0), ("acc", 3, 30, 3.0), ("loss", 1, 10, 0.5), ("loss", 3, 30, "nan")]


def stream(table, *, at_once=None, options=None):
    """The bytes of a stream. at_once: rows of each record batch."""
    table = table if isinstance(table, pa.Table) else pa.table(table)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=at_once)
    return sink.getvalue().to_pybytes()


def found(body, asked=ADDRESS, arrival=77):
    """Every point: sorted (key, step, time, value), NaN as "nan"."""
    result = []
    for group in decode_arrow(body, asked).stamped(arrival).groups:
        for name, row in zip(group.keys, group.values.tolist(), strict=True):
            for step, time, value in zip(group.step.tolist(), group.time.tolist(), row, strict=True):
                result.append((name, step, time, "nan" if value != value else value))
    return sorted(result, key=str)


def refused(body, asked=ADDRESS):
    with pytest.raises(BadBatch) as problem:
        decode_arrow(body, asked)
    return problem.value.fields


def test_a_wide_stream_is_read_and_null_is_not_logged():
    assert found(stream(WIDE)) == POINTS


@pytest.mark.parametrize(
    "text", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string())]
)
def test_a_long_stream_is_the_same_points(text):
    keys = pa.array(["acc", "loss", "acc", "loss", "loss", "acc"]).cast(text)
    body = {
        "key": keys,
        "step": pa.array([1, 1, 2, 2, 3, 3]),
        "time": pa.array([10, 10, 20, 20, 30, 30]),
        "value": pa.array([1.0, 0.5, 2.0, None, float("nan"), 3.0]),
    }
    assert found(stream(body)) == POINTS
    assert found(stream(body, at_once=2)) == POINTS


def test_dictionaries_and_several_batches_make_no_difference():
    table = pa.table(WIDE)
    encoded = table.set_column(2, "loss", table["loss"].dictionary_encode())
    encoded = encoded.set_column(0, "step", encoded["step"].dictionary_encode())
    for rows in (None, 1, 2):
        assert found(stream(encoded, at_once=rows)) == POINTS
    assert found(stream(table, at_once=1)) == POINTS


@pytest.mark.parametrize(
    ("unit", "raw"),
    [("s", [-1, 2]), ("ms", [-1000, 2000]), ("us", [-1_000_999, 2_000_999]), ("ns", [-(10**9) - 1, 2 * 10**9 + 1])],
)
def test_timestamps_of_every_unit_are_ms_with_the_fraction_cut(unit, raw):
    for zone in (None, "Europe/Berlin"):
        time = pa.array(raw, pa.int64()).cast(pa.timestamp(unit, zone))
        assert [one[2] for one in found(stream({"step": [1, 2], "time": time, "a": [1.0, 2.0]}))] == [-1000, 2000]


def test_times_may_be_missing_or_floats():
    assert found(stream({"step": [1], "a": [1.0]})) == [("a", 1, 77, 1.0)]
    body = {"step": [1, 2, 3], "time": pa.array([5.9, None, -5.9]), "a": [1.0, 2.0, 3.0]}
    assert [one[2] for one in found(stream(body))] == [5, 77, -5]


def test_every_kind_of_number_is_a_value():
    kinds = [pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.bool_(), pa.null()]
    values = [[1], [2**64 - 1], np.array([0.5], np.float16), [0.1], [float("-inf")], [True], [None]]
    columns = {f"k{i}": pa.array(value, kind) for i, (kind, value) in enumerate(zip(kinds, values, strict=True))}
    result = found(stream({"step": [2**63 - 1], "time": [0], **columns}))
    assert [value for _, _, _, value in result] == [1.0, 2.0**64, 0.5, float(np.float32(0.1)), float("-inf"), 1.0]


def test_the_address_is_in_the_url_or_in_the_metadata():
    table = pa.table(WIDE).replace_schema_metadata({"writer": "meta", "seq": "7", "attempt": "2"})
    assert decode_arrow(stream(table), {})[:3] == (2, "meta", 7)
    assert decode_arrow(stream(table), {"seq": "8", "writer": "url"})[:3] == (2, "url", 8)
    assert set(refused(stream(WIDE), {})) == {"writer", "seq"}
    assert set(refused(stream(WIDE), {"writer": "w", "seq": "-1"})) == {"seq"}
    assert set(refused(stream(table.replace_schema_metadata({"writer": b"\xff", "seq": "1"})), {})) == {"writer"}


@pytest.mark.parametrize(
    ("columns", "fields"),
    [
        ({"a": [1.0]}, {"step"}),
        ({"step": [1.5], "a": [1.0]}, {"step"}),
        ({"step": pa.array([1, None, None]), "a": [1.0, 2.0, 3.0]}, {"step[1]", "step[2]"}),
        ({"step": pa.array([1, 2**63], pa.uint64()), "a": [1.0, 2.0]}, {"step[1]"}),
        ({"step": [1], "a": ["high"], "b": [[1.0]]}, {"columns.a", "columns.b"}),
        ({"step": [1], "time": ["now"], "a": [1.0]}, {"time"}),
        ({"step": [1, 2], "time": [0.0, float("nan")], "a": [1.0, 1.0]}, {"time[1]"}),
        ({"step": [1], "k" * 251: [1.0]}, {"columns." + "k" * 59 + "…"}),
        ({"step": [1], "": [1.0]}, {"columns."}),
        ({"key": ["a"], "step": [1]}, {"value"}),
        ({"key": ["a"], "step": [1], "value": [1.0], "loss": [1.0]}, {"columns.loss"}),
        ({"key": ["a", None], "step": [1, 2], "value": [1.0, 2.0]}, {"key[1]"}),
        ({"key": ["a", ""], "step": [1, 2], "value": [1.0, 2.0]}, {"key "}),
    ],
)
def test_what_cannot_be_taken_is_named(columns, fields):
    assert set(refused(stream(columns))) == fields


def test_a_column_that_is_there_twice_is_refused():
    table = pa.Table.from_arrays([pa.array([1]), pa.array([1.0]), pa.array([2.0])], names=["step", "a", "a"])
    assert refused(stream(table)) == {"columns.a": "is there twice"}


def test_a_stream_cut_anywhere_is_refused():
    body = stream(WIDE, at_once=1)
    for end in range(len(body)):
        assert set(refused(body[:end])) == {"body"}
    assert set(refused(body + b"more")) == {"body"}


def test_a_stream_with_any_byte_changed_is_read_or_refused():
    body = bytearray(stream({"key": pa.array(["a", "b"]).dictionary_encode(), "step": [1, 2], "value": [1.0, 2.0]}))
    for place in range(len(body)):
        for flip in (0x01, 0x80, 0xFF):
            broken = bytes(body[:place]) + bytes([body[place] ^ flip]) + bytes(body[place + 1 :])
            try:
                decode_arrow(broken, ADDRESS)
            except (BadBatch, TooManyPoints):
                pass


def test_another_format_is_refused_by_its_name():
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, pa.table(WIDE).schema) as writer:
        writer.write_table(pa.table(WIDE))
    assert "stream format" in refused(sink.getvalue().to_pybytes())["body"]
    assert set(refused(b"{}")) == set(refused(b"")) == {"body"}


@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_compressed_buffers_are_refused_before_they_are_unpacked(codec):
    table = pa.table({"step": np.arange(1000), "a": np.zeros(1000)})
    options = pa.ipc.IpcWriteOptions(compression=codec)
    assert "Content-Encoding" in refused(stream(table, options=options))["body"]
    keys = pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int8()), pa.array(["k" * 200] * 100))
    table = pa.table({"key": keys, "step": np.arange(1000), "value": np.zeros(1000)})
    assert "Content-Encoding" in refused(stream(table, options=options))["body"]


def test_rows_that_are_only_declared_are_not_made():
    """A column of nulls takes no bytes: two of 2^40 rows are a few hundred bytes."""
    schema = pa.schema([("step", pa.null()), ("a", pa.null())])
    rows = 1234
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_batch(pa.record_batch([pa.nulls(rows), pa.nulls(rows)], schema=schema))
    body = sink.getvalue().to_pybytes().replace(struct.pack("<q", rows), struct.pack("<q", 2**40))
    with pytest.raises(TooManyPoints) as problem:
        decode_arrow(body, ADDRESS)
    assert "8,000,000" in problem.value.message


def test_more_than_a_million_points_are_refused_and_nulls_do_not_count():
    steps = np.arange(600_000)
    values = np.zeros(600_000)
    with pytest.raises(TooManyPoints) as problem:
        decode_arrow(stream({"step": steps, "a": values, "b": values}), ADDRESS)
    assert "1,200,000" in problem.value.message
    half = pa.array(values, mask=steps % 2 == 0)
    assert decode_arrow(stream({"step": steps, "a": values, "b": half}), ADDRESS).batch.points == 900_000
    with pytest.raises(TooManyPoints):
        decode_arrow(stream({"key": ["a"] * 1_000_001, "step": [1] * 1_000_001, "value": [1] * 1_000_001}), ADDRESS)


# --- over HTTP ---


def send(client, run, body, seq=0, **more):
    path = f"{history_path(run)}?writer=w&seq={seq}"
    return client.generic("POST", path, body, content_type=MEDIA_TYPE, **more)


@pytest.mark.django_db
def test_a_stream_is_stored_once_and_answered_with_a_receipt():
    run = make_run()
    client = api_client(team_admin(run))
    answer = send(client, run, stream(WIDE))
    assert answer.json() == {"accepted": 5, "duplicate": False, "attempt": 1, "total": 5}
    assert send(client, run, stream(WIDE)).json() == {"accepted": 0, "duplicate": True, "attempt": 1, "total": 5}
    other = send(client, run, stream({**WIDE, "acc": pa.array([7, 8, 9])}))
    assert (other.status_code, other.json()["code"]) == (409, "batch_differs")
    assert [points.step.tolist() for _, points in points_of(run.id, "loss")] == [[1, 3]]
    json = {"writer": "w", "seq": 0, "step": [1, 2, 3], "time": [10, 20, 30]}
    json["values"] = {"acc": [1, 2, 3], "loss": [0.5, None, "NaN"]}
    assert client.send("POST", history_path(run), {**json, "seq": 1}).json()["accepted"] == 5


@pytest.mark.django_db
def test_a_retry_without_times_is_the_same_batch():
    run = make_run()
    client = api_client(team_admin(run))
    body = stream({"step": [1, 2], "a": [1.0, 2.0]})
    assert send(client, run, body).json()["accepted"] == 2
    assert send(client, run, body).json()["duplicate"]


@pytest.mark.django_db
@pytest.mark.parametrize(("pack", "encoding"), [(gzip.compress, "gzip"), (zstandard.compress, "zstd")])
def test_a_packed_stream_is_read_and_a_bad_one_stores_nothing(pack, encoding):
    run = make_run()
    client = api_client(team_admin(run))
    answer = send(client, run, pack(stream({"step": [1], "a": ["x"]})), HTTP_CONTENT_ENCODING=encoding)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_batch")
    assert run_totals([run.id])[run.id] == 0
    assert send(client, run, pack(stream(WIDE)), HTTP_CONTENT_ENCODING=encoding).json()["accepted"] == 5
    bomb = send(client, run, pack(bytes(MAX_BODY_BYTES + 1)), seq=1, HTTP_CONTENT_ENCODING=encoding)
    assert (bomb.status_code, bomb.json()["code"]) == (413, "body_too_large")
