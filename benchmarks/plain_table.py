"""The baseline everything is measured against: a plain table with one row per point, as MLflow and others keep them.

Kinder than theirs: whole numbers for runs, no foreign keys, one index, filled by the fastest way the database has.
"""

import contextlib
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import psycopg

NAME = "plain table, a row a point"
_TABLE = (
    "CREATE TABLE plain_point "
    "(run BIGINT NOT NULL, key TEXT NOT NULL, step BIGINT NOT NULL, time BIGINT NOT NULL, value {} NOT NULL)"
)
_INDEX = "CREATE INDEX plain_point_series ON plain_point (run, key, step)"
_READ = "SELECT step, value FROM plain_point WHERE run = {0} AND key = {0} ORDER BY step"
START_MS = 1_700_000_000_000


class PlainTable(Protocol):
    """One row per point, on the database a site of ours has too."""

    def insert(self, run: int, steps: Sequence[int], columns: Mapping[str, Sequence[float]]) -> None: ...

    def read(self, run: int, key: str) -> tuple[np.ndarray, np.ndarray]: ...

    def size(self) -> int: ...

    def clear(self) -> None: ...

    def close(self) -> None: ...


class SqlitePlainTable:
    """In a file of its own, with the settings of ours (WAL, synchronous=FULL)."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "plain.sqlite3"
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        self.connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;")
        self._empty = sqlite_used_bytes(self.path)
        self._create()

    def _create(self) -> None:
        self.connection.execute(_TABLE.format("DOUBLE"))
        self.connection.execute(_INDEX)

    def insert(self, run: int, steps: Sequence[int], columns: Mapping[str, Sequence[float]]) -> None:
        """Every point of the columns in one transaction, by executemany."""
        self.connection.execute("BEGIN IMMEDIATE")
        for key, values in columns.items():
            rows = ((run, key, step, START_MS + step, value) for step, value in zip(steps, values, strict=True))
            self.connection.executemany("INSERT INTO plain_point VALUES (?, ?, ?, ?, ?)", rows)
        self.connection.execute("COMMIT")

    def read(self, run: int, key: str) -> tuple[np.ndarray, np.ndarray]:
        rows = self.connection.execute(_READ.format("?"), (run, key)).fetchall()
        table = np.array(rows, dtype=np.float64)
        return table[:, 0].astype(np.int64), table[:, 1]

    def size(self) -> int:
        """Bytes of the table and its index."""
        return sqlite_used_bytes(self.path) - self._empty

    def clear(self) -> None:
        self.connection.execute("DROP TABLE plain_point")
        self._create()

    def close(self) -> None:
        self.connection.close()


class PostgresqlPlainTable:
    """On the same server and database as the site."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self._create()

    def _create(self) -> None:
        self.connection.execute("DROP TABLE IF EXISTS plain_point")
        self.connection.execute(_TABLE.format("DOUBLE PRECISION"))
        self.connection.execute(_INDEX)

    def insert(self, run: int, steps: Sequence[int], columns: Mapping[str, Sequence[float]]) -> None:
        """Every point of the columns in one transaction, by COPY in its binary form."""
        statement = "COPY plain_point FROM STDIN (FORMAT BINARY)"
        with self.connection.transaction(), self.connection.cursor().copy(statement) as copy:
            copy.write(_COPY_HEAD)
            for key, values in columns.items():
                copy.write(_copy_rows(run, key, np.asarray(steps), np.asarray(values)))
            copy.write(_COPY_END)

    def read(self, run: int, key: str) -> tuple[np.ndarray, np.ndarray]:
        with self.connection.cursor(binary=True) as cursor:
            rows = cursor.execute(_READ.format("%s"), (run, key)).fetchall()
        table = np.array(rows, dtype=np.float64)
        return table[:, 0].astype(np.int64), table[:, 1]

    def size(self) -> int:
        """Bytes of the table and its index."""
        return relation_bytes(self.connection, ["plain_point"])

    def clear(self) -> None:
        self._create()

    def close(self) -> None:
        self.connection.execute("DROP TABLE IF EXISTS plain_point")
        self.connection.close()


_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"


def _copy_rows(run: int, key: str, steps: np.ndarray, values: np.ndarray) -> bytes:
    """Rows in the binary form of COPY: the number of columns, then each with its length before it."""
    text = key.encode()
    kinds = [("run", ">i8"), ("key", f"S{len(text)}"), ("step", ">i8"), ("time", ">i8"), ("value", ">f8")]
    fields = [("columns", ">i2")]
    for name, kind in kinds:
        fields += [(f"{name} length", ">i4"), (name, kind)]
    rows = np.zeros(len(steps), dtype=fields)
    rows["columns"] = len(kinds)
    for name, kind in kinds:
        rows[f"{name} length"] = np.dtype(kind).itemsize
    rows["run"], rows["key"], rows["step"], rows["value"] = run, text, steps, values
    rows["time"] = START_MS + steps
    return rows.tobytes()


def sqlite_used_bytes(path: Path) -> int:
    """The pages of an SQLite file that hold something."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
        pages, free, size = (
            file.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - free) * size)


def relation_bytes(connection: psycopg.Connection, tables: Sequence[str]) -> int:
    """Bytes of tables with their indexes and long values, after the clean-up PostgreSQL does by itself in time."""
    total = 0
    for table in tables:
        connection.execute(f"VACUUM {table}")
        row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", (table,)).fetchone()
        assert row is not None
        total += int(row[0])
    return total
