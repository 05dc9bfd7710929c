"""A run's config and summary: dictionaries that know what of them has not been sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from paceline.scalars import to_json
from paceline.secrets import scrubbed_document


class Document(MutableMapping[str, Any]):
    """A dictionary of the training's own objects. Changes are found by comparing with what was last taken."""

    def __init__(self, values: Mapping[Any, Any] | None = None) -> None:
        self._values: dict[str, Any] = {str(key): value for key, value in (values or {}).items()}
        self._taken: dict[str, str] = {}
        self._touched = bool(self._values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[str(key)] = value
        self._touched = True

    def __delitem__(self, key: str) -> None:
        del self._values[key]
        self._touched = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)

    def changes(self, *, deep: bool = False) -> dict[str, Any]:
        """Top-level entries that differ from what was taken before, as JSON values; None for removed ones.

        deep: look at every entry, so that changes inside nested objects are found too.
        """
        if not self._touched and not deep:
            return {}
        self._touched = False
        try:
            now = {key: scrubbed_document(to_json(value), key) for key, value in dict(self._values).items()}
        except RuntimeError:  # a nested dict changed while we looked: next time
            self._touched = True
            return {}
        texts = {key: json.dumps(value, sort_keys=True) for key, value in now.items()}
        changed: dict[str, Any] = {key: now[key] for key, text in texts.items() if self._taken.get(key) != text}
        changed.update({key: None for key in self._taken if key not in texts})
        self._taken = texts
        return changed
