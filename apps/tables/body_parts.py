"""What bodies of all kinds share: a key, an address, classes, and the path of whatever is wrong. No Django."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from apps.core.json_values import printable, text_problem
from apps.core.problems import Problems
from apps.tables.errors import MAX_CLASSES, MAX_LISTED, MAX_NAME_LENGTH, BadTable

Content = TypeVar("Content")
Path = Callable[[int], str]
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


class Sent(NamedTuple, Generic[Content]):
    """A table as it came. attempt: None for the newest."""

    step: int
    attempt: int | None
    table: Content


def table_problems() -> Problems:
    """What is wrong with a table, to be refused as BadTable."""
    return Problems(BadTable, MAX_LISTED)


def check_key(key: str) -> None:
    """Pass for the key of a table. Raises BadTable."""
    problems = table_problems()
    check_name(key, "key", problems)
    problems.refuse()


def address(body: Mapping[str, Any], known: Sequence[str], problems: Problems) -> tuple[int, int | None]:
    """(step, attempt) of a body in which nothing is but these and what is known."""
    step = _step(body.get("step"), problems)
    attempt: int | None = body.get("attempt")
    if attempt is not None and (type(attempt) is not int or not 1 <= attempt < 2**31):
        problems.add("attempt", "must be an integer from 1 on, or left out for the newest")
    for name in body:
        if name not in ("step", "attempt", *known):
            problems.add(printable(name), "is not known here")
    return step, attempt


def _step(value: Any, problems: Problems) -> int:
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        value = int(value)
    if type(value) is not int or not -(2**63) <= value < 2**63:
        problems.add("step", "is missing" if value is None else "must be an integer within -2^63..2^63-1")
        return 0
    return value


def check_count(classes: int, problems: Problems) -> None:
    if not classes:
        problems.add("classes", "a table has a class at least")
    if classes > MAX_CLASSES:
        problems.add("classes", f"{classes:,} classes came; at most {MAX_CLASSES:,} are allowed in a table")
        problems.refuse()


def check_name(name: str, path: str, problems: Problems) -> None:
    problem = text_problem(name)
    if problem:
        problems.add(path, problem)
    elif not 1 <= len(name) <= MAX_NAME_LENGTH:
        problems.add(path, f"has {len(name):,} characters; 1 to {MAX_NAME_LENGTH} are allowed")


def check_classes(classes: list[Any], path: Path, problems: Problems) -> None:
    """Each class is a text, whole numbers made so in place, and stands once."""
    seen: dict[str, int] = {}
    for place, name in enumerate(classes):
        if type(name) is int:
            name = classes[place] = str(name)
        if not isinstance(name, str):
            problems.add(path(place), "is missing" if name is None else "must be a text")
            continue
        check_name(name, path(place), problems)
        if name in seen:
            problems.add(path(place), f"is the class {printable(name)!r}, which {path(seen[name])} is already")
        seen.setdefault(name, place)
