"""Documents as paths to values, and when two values are the same. No Django."""

import math
from collections.abc import Mapping
from typing import Any, Final

MAX_DEPTH = 8
MAX_ITEMS = 100  # of a list of mappings; a longer one is a value


class Missing:
    """What stands where a run has no value: not the same as None."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


def flattened(tree: Any, prefix: str = "", depth: int = 0) -> dict[str, Any]:
    """Paths to values: {"a": {"b": 1}} is a.b, {"a": [{"b": 1}]} is a[0].b. Below MAX_DEPTH everything is a value.

    A list without mappings is one value; what is no mapping at all has no path.
    """
    if depth < MAX_DEPTH and isinstance(tree, Mapping) and tree:
        inner = [(f"{prefix}.{name}" if prefix else str(name), value) for name, value in tree.items()]
    elif depth < MAX_DEPTH and prefix and _of_mappings(tree):
        inner = [(f"{prefix}[{place}]", value) for place, value in enumerate(tree)]
    else:
        return {prefix: tree} if prefix else {}
    found: dict[str, Any] = {}
    for path, value in inner:
        found |= flattened(value, path, depth + 1)
    return found


def _of_mappings(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_ITEMS and any(isinstance(item, Mapping) for item in value)


def same(one: Any, other: Any) -> bool:
    """Whether two values are one: 1 and 1.0 are, 1 and True are not, 1 and "1" are not; NaN is NaN."""
    if one is other:
        return True
    if isinstance(one, bool) or isinstance(other, bool):
        return isinstance(one, bool) and isinstance(other, bool) and one == other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other or (one != one and other != other)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return type(one) is type(other) and bool(one == other)


def is_number(value: Any) -> bool:
    """Whether a value is a finite number, which true and false are not."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # more digits than a float64 has room for
        return False


def delta(value: Any, base: Any) -> float | None:
    """How much more a number is than the baseline's; None where that is no finite number."""
    if not (is_number(value) and is_number(base)):
        return None
    found = value - base
    return found if math.isfinite(found) else None


def factor(value: Any, base: Any) -> float | None:
    """How many times the baseline's number a number is; None unless both are above 0, or both below."""
    if not (is_number(value) and is_number(base)) or value == 0 or base == 0 or (value > 0) != (base > 0):
        return None
    found = value / base
    return found if math.isfinite(found) and found else None
