"""Where tables stand, as JSON."""

from collections.abc import Sequence
from typing import Any

from apps.core.answers import json_integer
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


def place_answer(found: Found[Any]) -> dict[str, Any]:
    """Of which key, step and attempt a table is, and since when."""
    return {
        "key": found.key,
        "step": json_integer(found.head.step),
        "attempt": found.head.attempt,
        "logged_at": found.head.logged_at,
    }
