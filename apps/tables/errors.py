"""What the tables refuse."""

from apps.core.errors import Invalid, NotFound, TrackerError

MAX_CLASSES = 10_000  # of a table
MAX_COLUMNS = 50  # of a table, its support not counted
MAX_NAME_LENGTH = 250  # characters of a key, a class or a column
MAX_TABLES = 10_000  # of a key: steps, those of older attempts counted
MAX_KEYS = 200  # of a run
MAX_LISTED = 20


class BadTable(Invalid):
    """Some of a table cannot be taken; nothing of it was stored."""

    code = "bad_table"

    def __init__(self, fields: dict[str, str], count: int) -> None:
        listed = f" The first {len(fields)} are listed." if count > len(fields) else ""
        what = "One thing" if count == 1 else f"{count:,} things"
        super().__init__(f"{what} of this table cannot be taken; nothing was stored.{listed}", fields=fields)


class TooManyTables(TrackerError):
    """A key, or a run, is full. Nothing was stored."""

    code = "too_many_tables"
    status = 409

    def __init__(self, message: str) -> None:
        super().__init__(f"{message} Nothing was stored.")


class NoSuchTable(NotFound):
    """There is no table of this name, or none at this step."""
