"""A run's points as a Parquet file: written from points in order, in bounded memory and always to the same bytes.

Columns: key, attempt, step, time (ms, UTC), value, superseded; ordered by key, attempt, step, time and value. No id and
no moment of writing is in it, and where row groups end depends on the points alone, so equal runs make equal files.
"""

import hashlib
from collections.abc import Iterable
from typing import IO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from apps.history.buckets import joined_points
from apps.history.queries import Stretch
from apps.transfer.formats import ENOUGH_ROWS, ROWS_AT_ONCE, SCHEMA

_KEY = pa.dictionary(pa.int32(), pa.string())
_WRITTEN = SCHEMA.set(0, pa.field("key", _KEY, nullable=False))
_SETTINGS = {
    "version": "2.6",
    "compression": "zstd",
    "compression_level": 3,
    "use_dictionary": ["key"],
    "column_encoding": {
        "attempt": "DELTA_BINARY_PACKED",
        "step": "DELTA_BINARY_PACKED",
        "time": "DELTA_BINARY_PACKED",
        "value": "BYTE_STREAM_SPLIT",
    },
    "store_schema": False,
}


class Written(NamedTuple):
    """What a file holds. sha256: in hex."""

    points: int
    series: int
    size: int  # bytes
    sha256: str


def write_history(stretches: Iterable[Stretch], file: IO[bytes]) -> Written:
    """Write points in the order of all_points(); memory for two row groups, whatever comes."""
    sink = _Sink(file)
    waiting: list[Stretch] = []
    rows = points = series = 0
    last: tuple[str, int] | None = None
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), _WRITTEN, **_SETTINGS) as writer:
        for stretch in stretches:
            if (stretch.name, stretch.attempt) != last:
                last = stretch.name, stretch.attempt
                series += 1
                if rows >= ENOUGH_ROWS:
                    _write_group(writer, waiting)
                    waiting, rows = [], 0
            points += stretch.points.size
            while rows + stretch.points.size >= ROWS_AT_ONCE:
                room = ROWS_AT_ONCE - rows
                waiting.append(stretch._replace(points=stretch.points.part(slice(room))))
                stretch = stretch._replace(points=stretch.points.part(slice(room, None)))
                _write_group(writer, waiting)
                waiting, rows = [], 0
            if stretch.points.size:
                waiting.append(stretch)
                rows += stretch.points.size
        if waiting:
            _write_group(writer, waiting)
    return Written(points, series, sink.size, sink.digest.hexdigest())


def _write_group(writer: pq.ParquetWriter, stretches: list[Stretch]) -> None:
    names = list(dict.fromkeys(stretch.name for stretch in stretches))
    place = {name: index for index, name in enumerate(names)}
    sizes = [stretch.points.size for stretch in stretches]
    points = joined_points([stretch.points for stretch in stretches])
    codes = np.repeat(np.array([place[stretch.name] for stretch in stretches], np.int32), sizes)
    attempts = np.repeat(np.array([stretch.attempt for stretch in stretches], np.int32), sizes)
    visible_to = np.repeat(np.array([stretch.hi for stretch in stretches], np.int64), sizes)
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string())),
        pa.array(attempts),
        pa.array(points.step),
        pa.array(points.time).cast(SCHEMA.field("time").type),
        pa.array(points.value),
        pa.array(points.step > visible_to),
    ]
    writer.write_table(pa.Table.from_arrays(columns, schema=_WRITTEN), row_group_size=len(codes))


class _Sink:
    """Writes through to a file, and digests and counts what it writes."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()
        self.size = 0
        self.closed = False

    def write(self, data: bytes) -> int:
        self._file.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False
