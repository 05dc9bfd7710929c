"""How the stores of the series plane execute their SQL; each app keeps its statements in its own store.py.

Every statement names run_id; every write names one run. Blobs travel as binary parameters and binary results (on
PostgreSQL Django's own cursor would read them as hex text).
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from apps.core.transactions import series_connection

Row = tuple[Any, ...]
observers: list[Callable[[str, Sequence[Any]], None]] = []  # each is told of every statement; a test records the SQL


def run(sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """Execute one statement and return its rows; blobs come as bytes."""
    with _executed(sql, parameters) as cursor:
        return cursor.fetchall() if cursor.description else []


def run_counted(sql: str, parameters: Sequence[Any] = ()) -> int:
    """Execute one statement and return how many rows it changed."""
    with _executed(sql, parameters) as cursor:
        return cursor.rowcount


@contextmanager
def _executed(sql: str, parameters: Sequence[Any]) -> Iterator[Any]:
    """The driver's own cursor after one statement: Django's wrappers cost more than the statement on the hot path."""
    for observe in observers:
        observe(sql, parameters)
    connection = series_connection()
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            yield connection.connection.execute(_with_question_marks(sql), parameters)
        else:
            with connection.connection.cursor(binary=True) as cursor:
                cursor.execute(sql, parameters)
                yield cursor


@functools.lru_cache(maxsize=1_024)
def _with_question_marks(sql: str) -> str:
    return sql.replace("%s", "?")


def run_many(sql: str, parameters: Sequence[Sequence[Any]]) -> None:
    """Execute one statement once per list of parameters."""
    if not parameters:
        return
    for observe in observers:
        observe(sql, parameters[0])
    with series_connection().cursor() as cursor:
        cursor.executemany(sql, parameters)


def marks_in(count: int) -> str:
    """The placeholders of an IN list."""
    return ",".join(["%s"] * count)
