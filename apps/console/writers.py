"""What is remembered of a writer beside its seqs: its newest batches, and its unfinished lines. No Django."""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from apps.console.lines import STREAMS, Line, Sent

RECENT = 32  # batches whose content is remembered, to tell a retry from another client with the same name
_ENTRY = struct.Struct("<q8s")


def batch_digest(batch: Sequence[tuple[int | None, Sent]]) -> bytes:
    """8 bytes that tell a batch's content from another's. batch: lines as they came, with the time they came with."""
    content = hashlib.blake2b(digest_size=8)
    for time, line in batch:
        text = line.text.encode(errors="surrogatepass")
        content.update(struct.pack("<?qB?q", time is None, time or 0, line.stream, line.unfinished, len(text)))
        content.update(text)
    return content.digest()


def recent_digest(recent: bytes, seq: int) -> bytes | None:
    """The digest of a batch, if it is among the newest of its writer."""
    return dict(_ENTRY.iter_unpack(recent)).get(seq)


def with_recent(recent: bytes, seq: int, digest: bytes) -> bytes:
    """The newest batches with one more."""
    return (recent + _ENTRY.pack(seq, digest))[-RECENT * _ENTRY.size :]


class Unfinished(NamedTuple):
    """The last line of one stream of a writer, in the batch of this seq. line: None when it was finished."""

    seq: int
    line: Line | None


def decode_unfinished(blob: bytes) -> dict[int, Unfinished]:
    """The unfinished lines of a writer by stream."""
    found: dict[int, Unfinished] = {}
    for name, (seq, time, text) in orjson.loads(blob or b"{}").items():
        stream = STREAMS.index(name)
        found[stream] = Unfinished(seq, None if text is None else Line(time, stream, text.encode()))
    return found


def with_unfinished(blob: bytes, seq: int, came: Mapping[int, Line | None]) -> bytes:
    """The unfinished lines of a writer after a batch; one that arrives late does not take the place of a newer one."""
    known = decode_unfinished(blob)
    for stream, line in came.items():
        if stream not in known or known[stream].seq <= seq:
            known[stream] = Unfinished(seq, line)
    return encode_unfinished(known)


def encode_unfinished(known: Mapping[int, Unfinished]) -> bytes:
    written: dict[str, Any] = {}
    for stream, (seq, line) in known.items():
        written[STREAMS[stream]] = [seq, None, None] if line is None else [seq, line.time, line.text.decode()]
    return orjson.dumps(written)
