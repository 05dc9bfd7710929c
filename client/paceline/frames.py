"""Rows as the table of whichever library is at hand, and which question to the server each of them answers.

A frame remembers by its identity what it was asked with: a changed one is another object, and no answer any more.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
import weakref
from collections.abc import Mapping, Sequence
from typing import Any

LIBRARIES = ("pandas", "polars", "pyarrow")

_sources: dict[str, dict[str, Any]] = {}  # by name what a source declares
_names: dict[int, str] = {}  # by the identity of a frame that lives


def frame_of(columns: Mapping[str, Sequence[Any]], name: str) -> Any:
    """A DataFrame of pandas or polars, a Table of pyarrow, or without any of them a dict that Altair takes as data."""
    library = _library()
    frame: Any
    if library == "pandas":
        frame = importlib.import_module("pandas").DataFrame(dict(columns))
    elif library == "polars":
        frame = importlib.import_module("polars").DataFrame(dict(columns), strict=False)
    elif library == "pyarrow":
        frame = importlib.import_module("pyarrow").table(dict(columns))
    else:
        rows = [dict(zip(columns, values)) for values in zip(*columns.values())]
        return {"name": name, "values": rows}
    identity = id(frame)
    _names[identity] = name
    weakref.finalize(frame, _names.pop, identity, None)
    return frame


def _library() -> str:
    """The one that the program uses already, else the first that is installed, "" for none."""
    used = [name for name in LIBRARIES if name in sys.modules]
    there = used or [name for name in LIBRARIES if importlib.util.find_spec(name) is not None]
    return there[0] if there else ""


def named_source(declared: dict[str, Any]) -> str:
    """The name of a source in documents: that of its metric or table; the same for the same question."""
    for name, known in _sources.items():
        if known == declared:
            return name
    keys = declared.get("keys") or [declared.get("key") or declared["kind"]]
    plain = re.sub(r"\W+", "_", str(keys[0]), flags=re.ASCII).strip("_")[:30] or "rows"
    plain = f"_{plain}" if plain[0].isdigit() else plain
    names = [plain, *(f"{plain}_{number}" for number in range(2, len(_sources) + 3))]
    name = next(one for one in names if one not in _sources)
    _sources[name] = declared
    return name


def source_of(frame: Any) -> str:
    """The name of the source that a frame is an answer of, "" where it is none or was changed."""
    return _names.get(id(frame), "")


def declared_source(name: str) -> dict[str, Any] | None:
    return _sources.get(name)
