"""What the exports of a report have in common: a table of values. No Django."""

from typing import NamedTuple

Value = str | float | int | None


class ValueTable(NamedTuple):
    """name: of a metric or a source of data. columns: their names, the first of which names the rows."""

    name: str
    columns: list[str]
    rows: list[list[Value]]
