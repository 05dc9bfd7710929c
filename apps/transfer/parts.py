"""Texts of a project that apps above this one bring into its archive: each adds its part in its AppConfig.ready()."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from apps.accounts.models import User
from apps.runs.models import Project


class Text(NamedTuple):
    """A text and what is known of it, as JSON holds it."""

    facts: dict[str, Any]
    text: str


class Part(NamedTuple):
    """name: of its folder in the archive, and of the .jsonl beside it. texts: all of a project, in order.

    restore: makes one text anew, whose run ids are this site's already; False when the project has it. It raises
    Invalid, KeyError, TypeError and ValueError for facts that are not of this part.
    """

    name: str
    texts: Callable[[Project], Iterator[Text]]
    restore: Callable[[Project, User, Text], bool]


parts: list[Part] = []


def moment(text: str) -> datetime:
    """A moment among a text's facts. Raises ValueError, and TypeError for what is no text."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a moment does not say its offset from UTC")
    return found
