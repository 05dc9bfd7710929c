"""What of a run's documents the values index holds. No Django.

- A nested object is flattened: {"optimizer": {"lr": 0.1}} is the name "optimizer.lr".
- A number is a number (as a float64); true and false are 1 and 0, as in Python.
- A text is a text: its first MAX_TEXT characters. "NaN" and "Infinity" in config came as numbers and are texts here.
- A list is the text of its JSON: "[64, 64]".
- null, an empty object and a number beyond a float64 have no value: to filters they are missing.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

MAX_TEXT = 500
MAX_NAME = 500
MAX_NAMES = 1_000  # of each document of a run, and of its metrics; what comes after them is not indexed

Value = float | str


def indexed_values(document: Mapping[str, Any]) -> dict[str, Value]:
    """The first MAX_NAMES names of a document with their values; names longer than MAX_NAME are left out."""
    found: dict[str, Value] = {}
    for name, value in leaves(document):
        one = indexed_value(value)
        if one is None or len(name) > MAX_NAME:
            continue
        found[name] = one
        if len(found) == MAX_NAMES:
            break
    return found


def indexed_value(value: Any) -> Value | None:
    """One value as the index holds it, None when it holds none."""
    if isinstance(value, (bool, int, float)):
        try:
            return float(value)
        except OverflowError:
            return None
    if isinstance(value, str):
        return value[:MAX_TEXT]
    if isinstance(value, list):
        return list_text(value)
    return None


def list_text(values: list[Any]) -> str:
    """A list as the index holds it."""
    return json.dumps(values, ensure_ascii=False)[:MAX_TEXT]


def leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings as dotted names and what is no object."""
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
