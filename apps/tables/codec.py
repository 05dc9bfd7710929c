"""How a class table is written to a blob: an Arrow column each of float64, in which null is missing and NaN is NaN.

The first is `class`, the others are named m0, m1 … and say their own names in the schema's metadata: what a user calls
a column is a value, never a field. No Django.
"""

from typing import Any

import numpy as np
import orjson

from apps.tables.blobs import packed, unpacked
from apps.tables.class_tables import ClassTable, Column

_NAMES = b"paceline.columns"


def encode(table: ClassTable) -> bytes:
    """The blob of a table."""
    import pyarrow as pa

    arrays = [pa.array(table.classes, pa.string())]
    arrays += [pa.array(one.values, pa.float64(), mask=~one.there) for one in table.columns.values()]
    fields = ["class", *(f"m{place}" for place in range(len(table.columns)))]
    return packed(fields, arrays, {_NAMES: orjson.dumps(list(table.columns))})


def decode(blob: bytes) -> ClassTable:
    """The table of a blob that encode wrote. Raises ValueError for a format of a later release."""
    batch, metadata = unpacked(blob)
    names: list[str] = orjson.loads(metadata[_NAMES])
    columns = {name: _column(batch.column(place)) for place, name in enumerate(names, start=1)}
    return ClassTable(batch.column(0).to_pylist(), columns)


def _column(array: Any) -> Column:
    there = array.is_valid().to_numpy(zero_copy_only=False)
    return Column(array.to_numpy(zero_copy_only=False).astype(np.float64, copy=False), there)
