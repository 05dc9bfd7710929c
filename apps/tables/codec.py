"""How a class table is written to a blob: an Arrow IPC stream, its buffers compressed by zstd. No Django.

A column is one of float64 in which null is missing and NaN is NaN. The first is `class`, the others are named m0, m1 …
and say their own names in the schema's metadata: what a user calls a column is a value, never a field.
"""

from typing import Any

import numpy as np
import orjson

from apps.tables.class_tables import ClassTable, Column

FORMAT = b"1"
_FORMAT, _NAMES = b"paceline.format", b"paceline.columns"


def encode(table: ClassTable) -> bytes:
    """The blob of a table."""
    import pyarrow as pa  # takes a tenth of a second, which a site without tables need not spend

    arrays = [pa.array(table.classes, pa.string())]
    arrays += [pa.array(one.values, pa.float64(), mask=~one.there) for one in table.columns.values()]
    fields = ["class", *(f"m{place}" for place in range(len(table.columns)))]
    metadata = {_FORMAT: FORMAT, _NAMES: orjson.dumps(list(table.columns))}
    schema = pa.schema([(field, array.type) for field, array in zip(fields, arrays, strict=True)], metadata)
    batch = pa.RecordBatch.from_arrays(arrays, schema=schema)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_batch(batch)
    return bytes(sink.getvalue())


def decode(blob: bytes) -> ClassTable:
    """The table of a blob that encode wrote. Raises ValueError for a format of a later release."""
    import pyarrow as pa

    with pa.ipc.open_stream(blob) as stream:
        batch = stream.read_next_batch()
    metadata = batch.schema.metadata or {}
    if metadata.get(_FORMAT) != FORMAT:
        raise ValueError("This table was stored by a later release; update the site.")
    names: list[str] = orjson.loads(metadata[_NAMES])
    columns = {name: _column(batch.column(place)) for place, name in enumerate(names, start=1)}
    return ClassTable(batch.column(0).to_pylist(), columns)


def _column(array: Any) -> Column:
    there = array.is_valid().to_numpy(zero_copy_only=False)
    return Column(array.to_numpy(zero_copy_only=False).astype(np.float64, copy=False), there)
