"""From an Arrow IPC stream to a batch of points, with the limits and refusals of decode.py. No Django.

Two forms (docs/api.md): wide, with a column `step`, perhaps `time`, and a column of numbers a key; and long, with the
columns `key` (text), `step`, `value` and perhaps `time`. Null is "not logged", NaN is a value. The address (attempt,
writer, seq) comes in the URL or in the schema's metadata.

What is sent is not trusted: nothing is decompressed or made into an array before its declared size was looked at, and
buffers are validated before they are read.
"""

import re
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from apps.core.json_values import printable
from apps.core.problems import Problems
from apps.history.batches import Batch, Floats, Group, Ints
from apps.ingest.checks import INT64_MIN, NO_TIME, Decoded, address, batch_problems, check_keys
from apps.ingest.errors import MAX_CELLS, MAX_COLUMNS, MAX_KEY_LENGTH, MAX_LISTED, MAX_POINTS_PER_BATCH, TooManyPoints
from apps.ingest.grouping import few, groups_of_masks

MEDIA_TYPE = "application/vnd.apache.arrow.stream"
ADDRESS = ("attempt", "writer", "seq")
END = b"\xff\xff\xff\xff\x00\x00\x00\x00"
OLD_END = b"\x00\x00\x00\x00"  # of streams before Arrow 0.15
_FILE_MARK = b"ARROW1"
_A_MILLISECOND = {"ms": 1, "us": 1_000, "ns": 1_000_000}
_UNREADABLE = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, struct.error)


def decode_arrow(body: bytes, asked: Mapping[str, str]) -> Decoded:
    """The batch of an Arrow IPC stream.

    asked: attempt, writer and seq as the URL has them; what it lacks is taken from the schema's metadata.
    Raises BadBatch, which lists the paths of all bad values, and TooManyPoints.
    """
    problems = batch_problems()
    table = _table(body, problems)
    attempt, writer, seq = _address(asked, table.schema.metadata or {}, problems)
    long = _is_text(_field_type(table.schema, "key"))
    groups, untimed = (_from_long if long else _from_wide)(table, problems)
    problems.refuse()
    batch = Batch(groups)
    if batch.points > MAX_POINTS_PER_BATCH:
        raise TooManyPoints(batch.points)
    return Decoded(attempt, writer, seq, batch, untimed)


def _address(
    asked: Mapping[str, str], metadata: Mapping[bytes, bytes], problems: Problems
) -> tuple[int | None, str, int]:
    """attempt, writer and seq, of the URL or else of the schema's metadata; both are text."""
    found: dict[str, Any] = {}
    for name in ADDRESS:
        text = asked.get(name)
        if text is None and name.encode() in metadata:
            text = metadata[name.encode()].decode(errors="surrogateescape")
        if text is not None:
            is_number = name != "writer" and re.fullmatch(r"[0-9]{1,19}", text)
            found[name] = int(text) if is_number else text
    return address(found, problems)


# --- the stream ---


def _table(body: bytes, problems: Problems) -> pa.Table:
    """All record batches of a complete stream, validated. Refuses at once whatever is no such stream."""
    if body[:6] == _FILE_MARK:
        problems.add("body", "is an Arrow IPC file; send the stream format (pyarrow.ipc.new_stream)")
        problems.refuse()
    try:
        _check_messages(body, problems)
        problems.refuse()
        with pa.ipc.open_stream(pa.BufferReader(body)) as reader:
            _check_schema(reader.schema, problems)
            problems.refuse()
            batches = []
            rows = 0
            for batch in reader:
                rows += batch.num_rows
                if rows * max(1, batch.num_columns) > MAX_CELLS:
                    raise TooManyPoints(rows * max(1, batch.num_columns), MAX_CELLS, "cells (rows × columns)")
                batch.validate(full=True)
                batches.append(batch)
            return pa.Table.from_batches(batches, reader.schema)
    except _UNREADABLE as error:
        problems.add("body", f"is no valid Arrow IPC stream: {printable(str(error).splitlines()[0], 200)}")
        problems.refuse()
        raise AssertionError("unreachable") from error


def _check_messages(body: bytes, problems: Problems) -> None:
    """Report a stream that is cut off or packed inside: a few packed bytes may say that they are terabytes."""
    source = pa.BufferReader(body)
    while True:
        try:
            message = pa.ipc.read_message(source)
        except EOFError:
            break
        if _is_compressed(message.metadata.to_pybytes()):
            problems.add("body", "has compressed buffers; send them plain, and pack the body with Content-Encoding")
            return
    end = source.tell()
    if not (body[:end].endswith(END) or (body[:end].endswith(OLD_END) and body[:4] != END[:4])):
        problems.add("body", "ends before the end mark of an Arrow IPC stream")
    elif end != len(body):
        problems.add("body", f"goes on for {len(body) - end:,} bytes after the end mark of the stream")


def _is_compressed(metadata: bytes) -> bool:
    """Whether a message holds a record batch with compressed buffers: a look into its flatbuffer (Message.fbs).

    pyarrow has verified the flatbuffer when it gave out the message, so every offset lies inside.
    """
    (root,) = struct.unpack_from("<I", metadata, 0)
    kind, header = _slot(metadata, root, 1), _slot(metadata, root, 2)
    if kind is None or header is None:
        return False
    batch = _followed(metadata, header)
    if metadata[kind] == 2:  # a dictionary: its record batch is one table deeper
        inner = _slot(metadata, batch, 1)
        if inner is None:
            return False
        batch = _followed(metadata, inner)
    return metadata[kind] in (2, 3) and _slot(metadata, batch, 3) is not None


def _slot(metadata: bytes, table: int, number: int) -> int | None:
    """Where a field of a flatbuffer's table lies; None when it is not there."""
    (back,) = struct.unpack_from("<i", metadata, table)
    (size,) = struct.unpack_from("<H", metadata, table - back)
    place = 4 + 2 * number
    if place >= size:
        return None
    (offset,) = struct.unpack_from("<H", metadata, table - back + place)
    return table + offset if offset else None


def _followed(metadata: bytes, place: int) -> int:
    return place + int(struct.unpack_from("<I", metadata, place)[0])


def _check_schema(schema: pa.Schema, problems: Problems) -> None:
    if len(schema.names) > MAX_COLUMNS:
        problems.add("body", f"has {len(schema.names):,} columns; at most {MAX_COLUMNS:,} are allowed")
        return
    seen: set[str] = set()
    for name in schema.names:
        if name in seen:
            problems.add(_column(name), "is there twice")
        seen.add(name)
    if "step" not in seen:
        problems.add("step", "is missing: every stream has a column step")


# --- wide: a column a key ---


def _from_wide(table: pa.Table, problems: Problems) -> tuple[list[Group], bool]:
    names = [name for name in table.schema.names if name not in ("step", "time")]
    check_keys(names, _column, problems)
    step = _steps(table, problems)
    time, untimed = _times(table, problems)
    values: dict[str, Floats] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    whole, holed = [], []
    points = 0
    for name in names:
        values[name], mask = _numbers(table.column(name), _column(name), problems)
        points += table.num_rows if mask is None else int(np.count_nonzero(mask))
        if points > MAX_POINTS_PER_BATCH:
            raise TooManyPoints(points)
        if mask is None:
            whole.append(name)
        else:
            holed.append(name)
            present[name] = mask
    if problems.count or not table.num_rows or not names:
        return [], untimed
    if not holed:
        return [Group(step, time, whole, np.stack([values[name] for name in whole]))], untimed
    return few(groups_of_masks(step, time, whole, holed, values, present)), untimed


# --- long: a row a point ---


def _from_long(table: pa.Table, problems: Problems) -> tuple[list[Group], bool]:
    for name in table.schema.names:
        if name not in ("key", "step", "time", "value"):
            problems.add(_column(name), "is no column of the long form: key, step, time, value")
    if "value" not in table.schema.names:
        problems.add("value", "is missing: the long form has a column value")
    if problems.count:
        return [], False
    if table.num_rows > MAX_POINTS_PER_BATCH:
        points = table.num_rows - table.column("value").null_count
        if points > MAX_POINTS_PER_BATCH:
            raise TooManyPoints(points)
    names, codes = _keys(table.column("key"), problems)
    step = _steps(table, problems)
    time, untimed = _times(table, problems)
    value, mask = _numbers(table.column("value"), "value", problems)
    if problems.count:
        return [], untimed
    order = np.argsort(codes if mask is None else codes[mask], kind="stable")
    if mask is not None:
        order = np.flatnonzero(mask)[order]
    ends = np.cumsum(np.bincount(codes[order], minlength=len(names))).tolist()
    groups = []
    for name, begin, end in zip(names, [0, *ends], ends, strict=False):
        rows = order[begin:end]
        if len(rows):
            groups.append(Group(step[rows], time[rows], [name], value[rows].reshape(1, -1)))
    return groups, untimed


def _keys(column: pa.ChunkedArray, problems: Problems) -> tuple[list[str], Ints]:
    """The distinct keys of a column of text, dictionary-encoded or not, and which of them each row has."""
    names: dict[str, int] = {}
    codes = [np.zeros(0, np.int64)]
    row = 0
    for chunk in column.chunks:
        if chunk.null_count:
            _report_nulls(chunk, "key", row, problems)
            return [], np.zeros(0, np.int64)
        if pa.types.is_string_view(chunk.type):
            if _longest_view(chunk) > 4 * MAX_KEY_LENGTH:
                problems.add("key", f"has a key of more than {MAX_KEY_LENGTH} characters")
                return [], np.zeros(0, np.int64)
            chunk = chunk.cast(pa.large_string())
        chunk = chunk if pa.types.is_dictionary(chunk.type) else chunk.dictionary_encode()
        if chunk.dictionary.null_count or pa.types.is_string_view(chunk.dictionary.type):
            problems.add("key", "has a dictionary of another kind than text without nulls")
            return [], np.zeros(0, np.int64)
        used = chunk.indices.cast(pa.int64()).to_numpy()
        texts = chunk.dictionary
        places = np.zeros(len(texts), np.int64)
        for place in np.unique(used).tolist():
            places[place] = names.setdefault(texts[place].as_py(), len(names))
        codes.append(places[used])
        row += len(chunk)
    check_keys(names, lambda name: f"key {printable(name)}", problems)
    return list(names), np.concatenate(codes)


def _longest_view(chunk: pa.Array) -> int:
    """Bytes of the longest text of a string_view array without nulls: views may share one text, so none is copied."""
    views = np.frombuffer(chunk.buffers()[1], "<i4").reshape(-1, 4)
    return int(views[chunk.offset : chunk.offset + len(chunk), 0].max(initial=0))


# --- columns ---


def _column(name: str) -> str:
    """The path of a column, in a form that any answer can carry."""
    return f"columns.{printable(name)}"


def _field_type(schema: pa.Schema, name: str) -> pa.DataType:
    return schema.field(name).type if name in schema.names else pa.null()


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without dictionaries: one of numbers takes 8 bytes a row, whatever its dictionary holds."""
    kind = column.type
    if pa.types.is_dictionary(kind) and pa.types.is_primitive(kind.value_type):
        return column.cast(kind.value_type)
    return column


def _steps(table: pa.Table, problems: Problems) -> Ints:
    """Steps: a column of integers without nulls that fit into int64."""
    column = _plain(table.column("step"))
    if not pa.types.is_integer(column.type):
        problems.add("step", f"must be a column of integers (int64); {column.type} came")
        return np.zeros(table.num_rows, np.int64)
    if column.null_count:
        _report_nulls(column, "step", 0, problems)
        return np.zeros(table.num_rows, np.int64)
    if pa.types.is_uint64(column.type):
        unsigned = column.to_numpy()
        for row in np.flatnonzero(unsigned > np.uint64(2**63 - 1))[:MAX_LISTED].tolist():
            problems.add(f"step[{row}]", f"must be within -2^63..2^63-1; {unsigned[row]} came")
        return unsigned.astype(np.int64)
    return column.cast(pa.int64()).to_numpy()


def _times(table: pa.Table, problems: Problems) -> tuple[Ints, bool]:
    """Times in ms since epoch, a fraction cut, of integers, floats or timestamps; NO_TIME for null or no column."""
    rows = table.num_rows
    if "time" not in table.schema.names:
        return np.full(rows, NO_TIME), True
    column = _plain(table.column("time"))
    kind = column.type
    there = None if not column.null_count else ~column.is_null().to_numpy()
    if pa.types.is_null(kind):
        return np.full(rows, NO_TIME), True
    if pa.types.is_timestamp(kind):
        found = column.cast(pa.int64()).fill_null(0).to_numpy()
        if kind.unit == "s":
            _report_far(np.flatnonzero((found < -(2**53)) | (found > 2**53)), problems)
            found = found * 1_000
        else:  # cut towards zero, as a number's fraction is
            whole, rest = np.divmod(found, _A_MILLISECOND[kind.unit])
            found = whole + ((whole < 0) & (rest != 0))
    elif pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        found = column.cast(pa.int64()).fill_null(0).to_numpy()
    elif pa.types.is_floating(kind):
        numbers = column.cast(pa.float64()).fill_null(0.0).to_numpy()
        _report_far(np.flatnonzero(~(np.abs(numbers) < 2.0**63)), problems)
        found = np.where(np.abs(numbers) < 2.0**63, numbers, 0.0).astype(np.int64)
    else:
        problems.add("time", f"must be a column of ms since epoch (int64) or of timestamps; {kind} came")
        return np.full(rows, NO_TIME), True
    _report_far(np.flatnonzero(found == INT64_MIN), problems)
    if there is None:
        return found, False
    return np.where(there, found, NO_TIME), True


def _numbers(column: pa.ChunkedArray, path: str, problems: Problems) -> tuple[Floats, NDArray[np.bool_] | None]:
    """Values as float64 and which of them are there; None for the mask when all are. A missing value is 0."""
    column = _plain(column)
    kind = column.type
    if pa.types.is_null(kind):
        return np.zeros(len(column)), np.zeros(len(column), bool)
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        problems.add(path, f"must be a column of numbers (float64); {kind} came")
        return np.zeros(len(column)), None
    mask = None if not column.null_count else ~column.is_null().to_numpy()
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    found = column.cast(pa.float64(), safe=False)
    return (found if mask is None else found.fill_null(0.0)).to_numpy(), mask


def _report_nulls(column: pa.ChunkedArray | pa.Array, path: str, first_row: int, problems: Problems) -> None:
    for row in np.flatnonzero(np.asarray(column.is_null())).tolist():
        problems.add(f"{path}[{first_row + row}]", "is null")


def _report_far(rows: NDArray[np.int64], problems: Problems) -> None:
    for row in rows.tolist():
        problems.add(f"time[{row}]", "must be within ±(2^63-1) ms since epoch")
