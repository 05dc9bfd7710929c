"""The run table as a file: every run that passes, in the table's order, with its columns. Written as it is read.

Memory is that of one page of runs, however many there are. Curves have no value and are left out.
"""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from apps.core.sheets import cell_text
from apps.core.sink import Sink
from apps.panels.table_columns import Column, cells
from apps.runs.filters_sql import compiled
from apps.runs.filters_syntax import Filter, Name
from apps.runs.group_table import Group, group_page
from apps.runs.models import Project, Run, RunValue
from apps.runs.run_order import Sort
from apps.runs.run_table import Chosen, table_page

AT_ONCE = 500  # runs of one page
GROUPS_AT_ONCE = 5_000
SPREAD = ("n", "mean", "std", "min", "max")
_TYPES = {
    "number": pa.float64(),
    "text": pa.string(),
    "time": pa.timestamp("ms", tz="UTC"),
    "tags": pa.list_(pa.string()),
    "count": pa.int64(),
}


class Field(NamedTuple):
    """A column of the file. kind: number, text, time, tags or count."""

    name: str
    kind: str


class Sheet(NamedTuple):
    """A table to write: its columns, and rows of them in blocks."""

    fields: list[Field]
    blocks: Iterator[list[list[Any]]]


def run_sheet(
    project: Project, chosen: Chosen, sorts: Sequence[Sort], columns: Sequence[Column], base: Run | None
) -> Sheet:
    """Every run that passes. With a baseline each column of numbers is followed by its difference from it.

    Raises FilterError before anything is read. Runs that arrive meanwhile move none.
    """
    shown = [column for column in columns if not column.curve]
    numeric = _numeric(project, shown)
    fields = [Field("id", "text"), Field("name", "text")]
    for column, number in zip(shown, numeric, strict=True):
        fields.append(Field(_header(column), "number" if number else _kind(column)))
        if base is not None and column.kind == "number":
            fields.append(Field(f"{column.text} difference", "number"))
    first = table_page(project, chosen, sorts, limit=AT_ONCE, whole=True)

    def blocks() -> Iterator[list[list[Any]]]:
        page = first
        while page.runs:
            yield _rows(project, page.runs, shown, numeric, base)
            if page.next is None:
                return
            page = table_page(project, chosen, sorts, limit=AT_ONCE, cursor=page.next, whole=True)

    return Sheet(fields, blocks())


def group_sheet(
    project: Project, chosen: Chosen, sorts: Sequence[Sort], by: Sequence[Name], columns: Sequence[Column]
) -> Sheet:
    """Every group: its values, how many runs, and n, mean, std, min and max of each column. Raises FilterError."""
    measured = [
        column
        for column in columns
        if column.kind in ("number", "text") and isinstance(column.subject, Name) and column.subject not in by
    ]
    measured = [column for column, number in zip(measured, _numeric(project, measured), strict=True) if number]
    names = [column.subject for column in measured if isinstance(column.subject, Name)]
    numbers = [_holds_numbers(project, name) for name in by]
    fields = [Field(name.text, "number" if number else "text") for name, number in zip(by, numbers, strict=True)]
    fields.append(Field("runs", "count"))
    for column in measured:
        fields += [Field(f"{column.text} {part}", "count" if part == "n" else "number") for part in SPREAD]
    first = group_page(project, chosen, by, names, sorts, limit=GROUPS_AT_ONCE)

    def blocks() -> Iterator[list[list[Any]]]:
        page, begin = first, 0
        while page.groups:
            yield [_group_row(group, numbers) for group in page.groups]
            begin += len(page.groups)
            if begin >= page.total:
                return
            page = group_page(project, chosen, by, names, sorts, begin=begin, limit=GROUPS_AT_ONCE)

    return Sheet(fields, blocks())


def _group_row(group: Group, numbers: Sequence[bool]) -> list[Any]:
    row: list[Any] = [_exact(value, number) for value, number in zip(group.values, numbers, strict=True)]
    row.append(group.runs)
    for spread in group.spreads:
        row += list(spread) if spread else [0, None, None, None, None]
    return row


def _rows(
    project: Project, runs: list[Run], columns: list[Column], numeric: list[bool], base: Run | None
) -> list[list[Any]]:
    found = []
    for run, row in zip(runs, cells(project, runs, columns, base), strict=True):
        values: list[Any] = [run.slug, run.name]
        for cell, column, number in zip(row, columns, numeric, strict=True):
            values.append(_exact(cell.value, number))
            if base is not None and column.kind == "number":
                values.append(cell.delta)
        found.append(values)
    return found


def _exact(value: Any, number: bool) -> Any:
    """A value as its column holds it; number: one of numbers alone."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if value is None or isinstance(value, datetime):
        return value
    if number:
        return float(value) if isinstance(value, (int, float)) else None
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _header(column: Column) -> str:
    return "took (s)" if column.kind == "took" else column.text


def _kind(column: Column) -> str:
    return column.kind if column.kind in ("time", "tags") else "text"


def _numeric(project: Project, columns: Sequence[Column]) -> list[bool]:
    """Whether a column holds numbers alone in all of the project."""
    return [
        column.kind in ("number", "took")
        or (column.kind == "text" and isinstance(column.subject, Name) and _holds_numbers(project, column.subject))
        for column in columns
    ]


def _holds_numbers(project: Project, name: Name) -> bool:
    rows = RunValue.objects.filter(key_id__in=compiled(Filter("", None), project, also=[name]).keys.ids(name))
    return rows.filter(number__isnull=False).exists() and not rows.filter(text__isnull=False).exists()


# --- files ---


def csv_parts(sheet: Sheet) -> Iterator[bytes]:
    """The sheet as CSV in UTF-8: moments in ISO 8601, tags with commas between them, nothing for what is missing.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([cell_text(one.name) for one in sheet.fields])
    yield _taken(file)
    for rows in sheet.blocks:
        writer.writerows([_csv(value) for value in row] for row in rows)
        yield _taken(file)


def _taken(file: io.StringIO) -> bytes:
    text = file.getvalue()
    file.seek(0)
    file.truncate()
    return text.encode()


def _csv(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, list):
        return cell_text(", ".join(value))
    return cell_text(value) if isinstance(value, str) else value


def parquet_parts(sheet: Sheet) -> Iterator[bytes]:
    """The sheet as a Parquet file: numbers are float64, moments are timestamps, tags are lists."""
    schema = pa.schema(
        [pa.field(name, _TYPES[one.kind]) for name, one in zip(_names(sheet), sheet.fields, strict=True)]
    )
    sink = Sink()
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for rows in sheet.blocks:
            columns = zip(*rows, strict=True)
            arrays = [pa.array(list(column), one.type) for column, one in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


def _names(sheet: Sheet) -> list[str]:
    """The names of the columns, each once: a setting may be called as a fact is."""
    found: list[str] = []
    for one in sheet.fields:
        found.append(f"{one.name} ({len(found)})" if one.name in found else one.name)
    return found
