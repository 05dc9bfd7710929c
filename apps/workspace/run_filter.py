"""The filter of a page's list of runs: applied, and what is said of it."""

from typing import NamedTuple

from django.db.models import QuerySet

from apps.runs.filters import parse
from apps.runs.filters_notes import notes
from apps.runs.filters_syntax import FilterError
from apps.runs.models import Project, Run
from apps.runs.queries import filtered


class Wrong(NamedTuple):
    """What cannot be read of a filter, and the filter in three parts: before it, itself, after it."""

    problem: str
    before: str
    part: str
    after: str


class RunFilter(NamedTuple):
    """A filter as it was written. wrong: when it could not be read, and no run is listed."""

    text: str
    wrong: Wrong | None = None
    remarks: list[str] = []


def apply_filter(project: Project, runs: QuerySet[Run], text: str) -> tuple[QuerySet[Run], RunFilter]:
    """The runs that pass, none when the filter cannot be read; and the filter with what is to be said of it."""
    if not text:
        return runs, RunFilter("")
    try:
        chosen = parse(text)
        passing = filtered(runs, chosen, project)
        return passing, RunFilter(text, remarks=[note.message for note in notes(project, chosen)])
    except FilterError as error:
        return runs.none(), RunFilter(text, wrong_part(text, error))


def wrong_part(text: str, error: FilterError) -> Wrong:
    """Where a filter is wrong, for showing it."""
    begin, end = error.column - 1, error.column - 1 + error.length
    return Wrong(error.problem, text[:begin], text[begin:end], text[end:])
