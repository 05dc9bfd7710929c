"""What all codecs share: one Arrow record batch as an IPC stream, its buffers compressed by zstd. No Django."""

from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = b"1"
_FORMAT = b"paceline.format"


def packed(fields: Sequence[str], arrays: Sequence[Any], metadata: Mapping[bytes, bytes] | None = None) -> bytes:
    """Arrays of one length as a blob. metadata: of the schema."""
    import pyarrow as pa  # takes a tenth of a second, which a site without tables need not spend

    columns = [(field, array.type) for field, array in zip(fields, arrays, strict=True)]
    schema = pa.schema(columns, {_FORMAT: FORMAT, **(metadata or {})})
    batch = pa.RecordBatch.from_arrays(list(arrays), schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def unpacked(blob: bytes) -> tuple[Any, Mapping[bytes, bytes]]:
    """The record batch of a blob and its metadata. Raises ValueError for a format of a later release."""
    import pyarrow as pa

    with pa.ipc.open_stream(blob) as stream:
        batch = stream.read_next_batch()
    metadata = batch.schema.metadata or {}
    if metadata.get(_FORMAT) != FORMAT:
        raise ValueError("This table was stored by a later release; update the site.")
    return batch, metadata
