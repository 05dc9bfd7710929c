"""The files of an export: their names, their shape, and what is larger than any of ours. No Django."""

import re

import pyarrow as pa

ARCHIVE = "paceline-project"
ARCHIVE_VERSION = 1
ARCHIVE_TYPE = "application/zip"
MANIFEST = "manifest.json"
RUNS = "runs.jsonl"
MEMBER = re.compile(
    r"[a-z]{1,20}\.jsonl?|history/[0-9]{6,9}\.parquet|(?:console|tables)/[0-9]{6,9}\.jsonl"
    r"|files/[0-9]{6,9}/[0-9]{6,9}|[a-z]{1,20}/[0-9]{6,9}\.md"
)
MAX_MEMBERS = 1_000_000
MAX_MANIFEST_BYTES = 128 * 2**20
MAX_LINE_BYTES = 32 * 2**20  # of a .jsonl member: a run with its documents, or a table
MAX_TEXT_BYTES = 4 * 2**20  # of a .md member

HISTORY_VERSION = 1  # raise it when equal points would make other bytes
HISTORY_TYPE = "application/vnd.apache.parquet"
ROWS_AT_ONCE = 2**18  # of a row group
ENOUGH_ROWS = ROWS_AT_ONCE // 4  # a series that ends with so many in its row group ends that too
MAX_GROUP_BYTES = 256 * ROWS_AT_ONCE  # decoded; a key of 250 characters is one of few in a row group
SCHEMA = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("attempt", pa.int32(), nullable=False),
        pa.field("step", pa.int64(), nullable=False),
        pa.field("time", pa.timestamp("ms", "UTC"), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("superseded", pa.bool_(), nullable=False),
    ]
)


def history_member(number: int) -> str:
    """The name of a run's points in an archive, by the run's number in it, from 1."""
    return f"history/{number:06}.parquet"


def console_member(number: int) -> str:
    """The name of what a run printed."""
    return f"console/{number:06}.jsonl"


def tables_member(number: int) -> str:
    """The name of a run's tables."""
    return f"tables/{number:06}.jsonl"


def file_member(number: int, place: int) -> str:
    """The name of a run's file: its path is a fact of the run, so that no path leads anywhere."""
    return f"files/{number:06}/{place:06}"


def text_member(part: str, number: int) -> str:
    """The name of a text in an archive; its facts are a line of `part`.jsonl."""
    return f"{part}/{number:06}.md"
