"""What cites runs: asked of the apps above, since what is cited must not vanish."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from apps.runs.models import Project


class Citation(NamedTuple):
    """One text that cites a run, and the path of its page. whole: it holds all that it shows, and loses nothing."""

    title: str
    path: str
    whole: bool = False

    def __str__(self) -> str:
        return f"“{self.title}” ({self.path})"


# An app above that cites runs adds what finds who cites which of these runs, all of one project.
finders: list[Callable[[Project, Collection[int]], Mapping[int, list[Citation]]]] = []


def citations(project: Project, run_ids: Collection[int]) -> dict[int, list[Citation]]:
    """By run id, those of the project's runs that are cited, and what cites each."""
    found: dict[int, list[Citation]] = {}
    for finder in finders if run_ids else ():
        for run_id, by in finder(project, run_ids).items():
            found.setdefault(run_id, []).extend(by)
    return found
