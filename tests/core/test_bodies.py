"""Bodies within bounds. No database."""

import gzip
import io
import math
import os
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from apps.core.bodies import (
    MAX_BODY_BYTES,
    BodyIncomplete,
    BodyTooLarge,
    BodyUnreadable,
    LengthRequired,
    NumberTooLarge,
    UnknownEncoding,
    decompress,
    parse_json,
    read_body,
)

TEXT = b'{"a": [1, 2, 3]}' * 1000


def zstd_of(data, **options):
    return zstandard.ZstdCompressor(**options).compress(data)


def zstd_stream_of(data):
    """Without the content's size in the frame, as a stream writes it."""
    packer = zstandard.ZstdCompressor(write_checksum=True, write_content_size=False).compressobj()
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize("data", [b"", b"x", TEXT, os.urandom(300_000), bytes(MAX_BODY_BYTES)])
def test_each_encoding_gives_the_body_back(data):
    assert decompress(data, "") == decompress(data, "identity") == data
    assert decompress(gzip.compress(data, 1), "gzip") == data
    assert decompress(zstd_of(data), "zstd") == decompress(zstd_stream_of(data), "ZSTD ") == data


def test_a_body_may_be_several_members_or_frames():
    assert decompress(gzip.compress(b"ab") + gzip.compress(b"cd"), "gzip") == b"abcd"
    skipped = b"\x50\x2a\x4d\x18" + (3).to_bytes(4, "little") + b"xyz"
    assert decompress(zstd_of(b"ab") + skipped + zstd_stream_of(b"cd"), "zstd") == b"abcd"


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 2**28])
def test_a_bomb_is_refused_before_it_unpacks(size):
    packer = zlib.compressobj(9, wbits=31)
    piece = bytes(2**20)
    bomb = b"".join(packer.compress(piece) for _ in range(size // 2**20)) + packer.compress(bytes(size % 2**20))
    bomb += packer.flush()
    for body, encoding in ((bomb, "gzip"), (zstd_stream_of(bytes(size)), "zstd"), (zstd_of(bytes(size)), "zstd")):
        assert len(body) < 2**20 + 2**16
        with pytest.raises(BodyTooLarge, match="33,554,432"):
            decompress(body, encoding)


def test_a_bomb_in_many_members_is_refused():
    member = gzip.compress(bytes(2**20))
    with pytest.raises(BodyTooLarge):
        decompress(member * 33, "gzip")
    with pytest.raises(BodyTooLarge):
        decompress(zstd_of(bytes(2**20)) * 33, "zstd")


@given(st.integers(1, 2000))
def test_a_truncated_body_is_said_to_be(cut):
    for packed, encoding in (
        (gzip.compress(TEXT + bytes(range(256))), "gzip"),
        (zstd_of(TEXT + bytes(range(256))), "zstd"),
        (zstd_stream_of(TEXT + bytes(range(256))), "zstd"),
    ):
        short = packed[: max(1, len(packed) - cut)]
        with pytest.raises((BodyIncomplete, BodyUnreadable)):
            decompress(short, encoding)


@given(st.binary(min_size=1, max_size=200))
def test_noise_is_no_archive(noise):
    for encoding in ("gzip", "zstd"):
        with pytest.raises((BodyIncomplete, BodyUnreadable)):
            decompress(noise, encoding)


def test_an_unknown_encoding_is_named():
    with pytest.raises(UnknownEncoding, match="br"):
        decompress(b"x", "br")


def test_a_body_ends_where_its_length_says():
    assert read_body(io.BytesIO(b"abcdef"), {"CONTENT_LENGTH": "3"}) == b"abc"
    assert read_body(io.BytesIO(b""), {}) == b""
    with pytest.raises(BodyIncomplete, match="2 of 3 bytes"):
        read_body(io.BytesIO(b"ab"), {"CONTENT_LENGTH": "3"})
    with pytest.raises(LengthRequired):
        read_body(io.BytesIO(b"ab"), {"HTTP_TRANSFER_ENCODING": "chunked"})


def test_a_body_over_the_limit_is_refused_by_its_length():
    class Endless:
        taken = 0

        def read(self, size=-1):
            self.taken += size
            return bytes(size)

    stream = Endless()
    with pytest.raises(BodyTooLarge, match="34,603,008 bytes"):
        read_body(stream, {"CONTENT_LENGTH": str(33 * 2**20)})
    assert stream.taken == 33 * 2**20  # thrown away, so that the client reads the answer
    with pytest.raises(BodyTooLarge):
        read_body(stream, {"CONTENT_LENGTH": str(2**50)})
    assert stream.taken < 200 * 2**20


def test_json_may_hold_bare_non_finite_numbers():
    assert parse_json(b'{"a": [NaN, Infinity, -Infinity, 1]}')["a"][1:] == [math.inf, -math.inf, 1]
    assert math.isnan(parse_json(b"[NaN]")[0])


def test_numbers_no_float_can_hold_are_marked():
    for text in (b"1e309", b"-1e999", b"1" + b"0" * 400):
        (number,) = parse_json(b"[" + text + b"]")
        assert isinstance(number, NumberTooLarge)
    assert parse_json(b"[18446744073709551616, NaN]")[0] == 2.0**64
    assert parse_json(b"[9223372036854775807, NaN]")[0] == 2**63 - 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"a": 1', b"\xff", b'"\xff NaN"', b"[" * 5000, b"[NaN" + b"[" * 100_000, b"nan", b"1 2", b"{'a': 1}"],
)
def test_what_is_no_json_is_said_to_be(body):
    with pytest.raises(BodyUnreadable):
        parse_json(body)
