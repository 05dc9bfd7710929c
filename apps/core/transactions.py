"""How the series plane is read (one snapshot) and written (one transaction, retried)."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import DatabaseError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core.planes import series_alias

Result = TypeVar("Result")

ATTEMPTS = 6
_RETRYABLE_STATES = {
    "40001",  # serialization_failure
    "40P01",  # deadlock_detected
    "55P03",  # lock_not_available
    "XX000",  # internal_error: what Citus answers when a shard moves under a statement
}
_chance = random.Random()  # noqa: S311
_state = threading.local()


def series_connection() -> BaseDatabaseWrapper:
    """This thread's connection to the database that holds the series plane."""
    return connections[series_alias()]


def retryable(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is tried again at once."""
    cause = error.__cause__ or error
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state in _RETRYABLE_STATES
    return "database is locked" in str(error) or "database table is locked" in str(error)


@contextmanager
def series_snapshot() -> Iterator[None]:
    """All reads inside see one state of the series plane; none of them takes a write lock.

    REPEATABLE READ READ ONLY on PostgreSQL, a deferred BEGIN on SQLite. Inside an open transaction, or another
    snapshot, it is that one.
    """
    connection = series_connection()
    if connection.in_atomic_block or getattr(_state, "open", False):
        yield
        return
    connection.ensure_connection()
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN DEFERRED"
    _state.open = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(begin)
            try:
                yield
            finally:
                if connection.connection is not None:
                    cursor.execute("COMMIT")
    finally:
        _state.open = False


def in_series_write(work: Callable[[], Result]) -> Result:
    """Run work in one transaction of the series plane and return its result.

    The whole of it is run again, with growing waits, after an error that can heal; so work must be idempotent.
    """

    def whole() -> Result:
        with transaction.atomic(using=series_alias()):
            return work()

    return retried(whole)


def retried(work: Callable[[], Result]) -> Result:
    """Run work, which commits by itself, and again with growing waits after an error that can heal."""
    alias = series_alias()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return work()
        except DatabaseError as error:
            if attempt == ATTEMPTS or connections[alias].in_atomic_block or not retryable(error):
                raise
            time.sleep(_chance.uniform(0.5, 1.0) * 0.02 * 2**attempt)
    raise AssertionError("unreachable")
