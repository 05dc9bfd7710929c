"""Class tables as JSON and as CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from apps.core.answers import json_integer, json_number
from apps.core.sheets import cell_text
from apps.tables.class_tables import SUPPORT, ClassTable
from apps.tables.queries import Found
from apps.tables.store import Head, KeyHead


def key_answer(key: KeyHead, heads: Sequence[Head]) -> dict[str, Any]:
    """A key with the steps of its tables that count."""
    return {
        "key": key.key,
        "newest": json_integer(key.step),
        "steps": [json_integer(head.step) for head in heads],
        "tables": key.tables,
    }


def table_answer(found: Found) -> dict[str, Any]:
    """A table in columns; null is missing, "NaN" a value."""
    columns = {
        name: [json_number(column.cell(place)) for place in range(len(found.table.classes))]
        for name, column in found.table.columns.items()
    }
    return {
        "key": found.key,
        "step": json_integer(found.head.step),
        "attempt": found.head.attempt,
        "logged_at": found.head.logged_at,
        "classes": found.table.classes,
        "support": columns.pop(SUPPORT, None),
        "columns": columns,
    }


def table_csv(table: ClassTable) -> bytes:
    """A table as CSV in UTF-8: nothing where a number is missing, nan where it is NaN."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["class", *(cell_text(name) for name in table.columns)])
    for place, name in enumerate(table.classes):
        writer.writerow([cell_text(name), *(column.cell(place) for column in table.columns.values())])
    return file.getvalue().encode()
