"""JSON that both databases can store: what to change on the way in, and what to refuse. No Django."""

import math
from typing import Any

from apps.core.bodies import NumberTooLarge

MAX_DEPTH = 64
NON_FINITE = {math.inf: "Infinity", -math.inf: "-Infinity"}


def storable(value: Any, path: str, problems: dict[str, str]) -> Any:
    """value with non-finite numbers as strings; each thing that cannot be stored is put into problems by its path.

    PostgreSQL's JSON has no NUL character, no lone surrogates and no NaN.
    """
    return _storable(value, path, problems, MAX_DEPTH)


def _storable(value: Any, path: str, problems: dict[str, str], depth: int) -> Any:
    if isinstance(value, str):
        problem = text_problem(value)
        if problem:
            problems[path] = problem
        return value
    if isinstance(value, NumberTooLarge):
        problems[path] = "is larger than a float64 can hold"
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return NON_FINITE.get(value, "NaN")
    if isinstance(value, (dict, list)):
        if depth == 0:
            problems[path] = f"is nested deeper than {MAX_DEPTH} levels"
            return None
        if isinstance(value, list):
            return [_storable(inner, f"{path}[{place}]", problems, depth - 1) for place, inner in enumerate(value)]
        stored = {}
        for name, inner in value.items():
            problem = text_problem(name)
            if problem:
                problems[f"{path}.{printable(name)}"] = f"the name {problem}"
                continue
            stored[name] = _storable(inner, f"{path}.{name}", problems, depth - 1)
        return stored
    return value


def text_problem(text: str) -> str:
    """Why PostgreSQL or UTF-8 cannot hold a text; "" when they can."""
    if "\x00" in text:
        return "holds a NUL character (U+0000), which cannot be stored"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"holds a lone surrogate (U+{ord(text[error.start]):04X}), which is no character"
    return ""


def printable(text: str, at_most: int = 60) -> str:
    """A text that any answer can carry: lone surrogates and NUL escaped, long ones cut."""
    shown = text if len(text) <= at_most else text[: at_most - 1] + "…"
    return shown.replace("\x00", "\\u0000").encode(errors="backslashreplace").decode()
