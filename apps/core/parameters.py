"""Parameters of a URL, checked."""

from django.http import QueryDict

from apps.core.errors import Invalid
from apps.core.json_values import text_problem


def text_of(params: QueryDict, name: str, *, at_most: int) -> str:
    """A text that databases can be asked about, "" when it is missing. at_most: characters. Raises Invalid."""
    text = params.get(name, "")
    problem = text_problem(text)
    if not problem and len(text) > at_most:
        problem = f"has {len(text):,} characters; at most {at_most:,} are allowed"
    if problem:
        raise Invalid(f"{name} {problem}.", fields={name: problem})
    return text


def integer_of(params: QueryDict, name: str, least: int, most: int) -> int | None:
    """A whole number of least..most, None when it is missing. Raises Invalid."""
    text = params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most):
        raise Invalid(f"{name} is a number of {least:,}..{most:,}.", fields={name: f"{text[:40]!r} is not"})
    return int(text)


def yes_of(params: QueryDict, name: str) -> bool:
    """A yes or no, no when it is missing. Raises Invalid."""
    text = params.get(name, "false").lower()
    if text not in ("true", "1", "false", "0"):
        raise Invalid(f"{name} is true or false.", fields={name: f"{text[:40]!r} is neither"})
    return text in ("true", "1")
