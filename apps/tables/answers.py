"""Where tables stand, as JSON."""

from collections.abc import Sequence
from typing import Any

from apps.core.answers import json_integer
from apps.tables.histogram_steps import OverSteps
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


def over_steps_answer(key: str, found: OverSteps) -> dict[str, Any]:
    """Histograms over steps on common bins; each list has an entry a step."""
    return {
        "key": key,
        "of": found.of,
        "steps": [json_integer(one.head.step) for one in found.tables],
        "edges": found.edges.tolist(),
        "counts": found.counts.tolist(),
        "nan": [one.table.nan for one in found.tables],
        "below": [one.table.below for one in found.tables],
        "above": [one.table.above for one in found.tables],
    }
