"""Whether there is room for a file: asked of the apps above, which know what a team may store."""

from collections.abc import Callable
from typing import NamedTuple

from apps.runs.models import Project


class Guard(NamedTuple):
    """What an app above adds to `guards`. Both take a project and how many bytes more it would store, or fewer.

    look: raises when they do not fit. take: raises too, else counts them in the caller's transaction.
    """

    look: Callable[[Project, int], None]
    take: Callable[[Project, int], None]


guards: list[Guard] = []


def look(project: Project, more: int) -> None:
    """Raise what the guards refuse, before the bytes of a file are read or stored."""
    for guard in guards:
        guard.look(project, more)


def take(project: Project, more: int) -> None:
    """Count what is stored, or given back, in this transaction. Raises what the guards refuse."""
    for guard in guards:
        guard.take(project, more)
