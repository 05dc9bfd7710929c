"""From what training code logs to plain numbers: flattening, scalars of any framework, and JSON for configs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any

MAX_KEY_LENGTH = 250
MAX_DEPTH = 32
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


class NotANumber(ValueError):
    """A logged value that has no float; the message says what it is."""


def to_number(value: Any) -> float:
    """The float of a number, a bool, or a 0-d or 1-element array or tensor of any framework. NaN and infinities pass.

    Asks the object itself (`item()`, `numpy()`, `__float__`) and imports no framework. Raises NotANumber.
    """
    if isinstance(value, (float, int)):  # bool is an int; numpy.float64 is a float
        return _as_float(value)
    if value is None:
        raise NotANumber("None")
    if isinstance(value, (str, bytes, bytearray)):
        raise NotANumber(f"a {type(value).__name__}")
    try:
        if hasattr(value, "numpy") and not hasattr(value, "item"):  # TensorFlow's eager tensors
            value = value.numpy()
        if hasattr(value, "item"):
            value = value.item()
    except Exception as error:  # each framework raises its own for more than one element
        raise NotANumber(f"a {type(value).__name__} that holds no single number") from error
    if isinstance(value, (float, int)):
        return _as_float(value)
    if isinstance(value, complex) or not hasattr(value, "__float__"):
        raise NotANumber(f"a {type(value).__name__}")
    return _as_float(value)


def _as_float(value: Any) -> float:
    try:
        return float(value)
    except Exception as error:
        raise NotANumber(f"a {type(value).__name__} that is no float") from error


def to_step(step: Any) -> int:
    """The int64 step of an int, an integral float or any framework's scalar. Raises NotANumber."""
    try:
        number = int(step) if isinstance(step, int) else _whole(to_number(step), step)
    except NotANumber as error:
        raise NotANumber(f"step is {error}") from error
    if not INT64_MIN <= number <= INT64_MAX:
        raise NotANumber("step is beyond 63 bits")
    return number


def _whole(number: float, step: Any) -> int:
    if not number.is_integer():
        raise NotANumber(f"{number!r}, which is not a whole number")
    try:
        return int(step)  # exact beyond 2**53, where the float is not
    except Exception:
        return int(number)


def flattened(values: Mapping[Any, Any], prefix: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """(key, value) of nested mappings, their keys joined with "/": {"val": {"loss": 1}} gives ("val/loss", 1)."""
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and depth < MAX_DEPTH:
            yield from flattened(value, f"{key}/", depth + 1)
        else:
            yield key, value


def key_problem(key: str) -> str:
    """Why no series may have this key, or ""."""
    if not key:
        return "the key is empty"
    if len(key) > MAX_KEY_LENGTH:
        return f"the key has {len(key)} characters, at most {MAX_KEY_LENGTH} are allowed"
    try:
        key.encode()
    except UnicodeEncodeError:
        return "the key holds a lone surrogate, which is no text"
    return ""


def to_mapping(config: Any) -> dict[str, Any]:
    """A config as a dict: a mapping, a dataclass, an argparse.Namespace or any object with attributes; None is {}."""
    if config is None:
        return {}
    if isinstance(config, Mapping):
        return dict(config)
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        return {field.name: getattr(config, field.name) for field in dataclasses.fields(config)}
    if hasattr(config, "__dict__") and not isinstance(config, type):
        return dict(vars(config))
    raise TypeError(f"config is a {type(config).__name__}; give a dict, a dataclass or a Namespace.")


def to_json(value: Any, depth: int = 0) -> Any:
    """A JSON value for a config or summary entry. NaN and infinities become strings; what JSON lacks, its str()."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value).encode(errors="replace").decode()
    if isinstance(value, int):
        return int(value) if INT64_MIN <= value <= INT64_MAX else str(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if depth < MAX_DEPTH:
        if isinstance(value, Mapping):
            return {str(key).encode(errors="replace").decode(): to_json(item, depth + 1) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [to_json(item, depth + 1) for item in value]
        if isinstance(value, (set, frozenset)):
            return sorted((to_json(item, depth + 1) for item in value), key=str)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return to_json(to_mapping(value), depth + 1)
    if hasattr(value, "item"):
        try:
            return to_json(value.item(), depth + 1) if depth < MAX_DEPTH else str(value)
        except Exception:
            return to_json(str(value), depth)
    try:
        return to_json(str(value), depth)
    except Exception:
        return f"<{type(value).__name__}>"
