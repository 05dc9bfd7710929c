"""Reads over reports, and over the runs their panels draw."""

import fnmatch
import re
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q, QuerySet

from apps.core.errors import NotFound
from apps.core.json_values import printable, text_problem
from apps.reports.kinds.kind import RunFilter
from apps.reports.models import Report, Revision
from apps.runs.access import AnyUser, readable_projects
from apps.runs.filters import parse
from apps.runs.models import Project, Run
from apps.runs.queries import filtered, runs_of

IDS_A_QUERY = 5_000
_LARGE = ("notes", "config", "summary", "provenance", "exit_message")  # columns no panel shows


def project_reports(project: Project) -> QuerySet[Report]:
    """The project's reports with their authors, the last saved first, without their text: one query."""
    reports = Report.objects.filter(project=project).select_related("author").defer("markdown")
    return reports.order_by("-updated_at", "-id")


def report_of_key(project: Project, key: str) -> Report:
    """The project's report of this key, with its author: one query. Raises NotFound."""
    reports = Report.objects.filter(project=project, key=key).select_related("author")
    found = None if text_problem(key) else reports.first()
    if found is None:
        raise NotFound(f"This project has no report of the key “{printable(key)}”.")
    found.project = project
    return found


def revisions_of(report: Report) -> QuerySet[Revision]:
    """The report's revisions with their authors, the newest first, without their text: one query."""
    return Revision.objects.filter(report=report).select_related("author").defer("markdown").order_by("-n")


def revision_of(report: Report, n: int) -> Revision:
    """One revision with its text and author: one query. Raises NotFound."""
    found = Revision.objects.filter(report=report, n=n).select_related("author").first()
    if found is None:
        raise NotFound(f"There is no revision {n} of this report.")
    return found


def readable_among(user: AnyUser, run_ids: Iterable[int]) -> dict[int, Run]:
    """Those of the runs that the user may read, archived ones too: one query per 5,000 ids."""
    wanted = sorted(set(run_ids))
    found: dict[int, Run] = {}
    for start in range(0, len(wanted), IDS_A_QUERY):
        runs = Run.objects.filter(
            id__in=wanted[start : start + IDS_A_QUERY], deleted_at=None, project__in=readable_projects(user)
        )
        found |= {run.id: run for run in runs.select_related("project__team").defer(*_LARGE).order_by("id")}
    return found


def fitting_runs(project: Project, wanted: RunFilter) -> Iterator[Run]:
    """The project's runs that the filter fits, newest first: one query, read as far as the caller goes, and
    one for the names of an expression.

    The database narrows names and groups by the texts of each pattern; the exact answer, and tags, are decided here.
    """
    runs = runs_of(project).defer(*_LARGE)
    for expression in wanted.expressions:
        runs = filtered(runs, parse(expression), project)
    narrowed = runs.filter(_like("name", wanted.names), _like("group", wanted.groups))
    names, groups, tags = _patterns(wanted.names), _patterns(wanted.groups), set(wanted.tags)
    for run in narrowed.iterator(chunk_size=500):
        if _fits(run.name, names) and _fits(run.group, groups) and tags <= set(map(str, run.tags)):
            yield run


def _like(column: str, patterns: Sequence[str]) -> Q:
    """What the database can say about patterns with * and ?: how a text begins and ends, and what it contains."""
    either = Q()
    for pattern in patterns:
        if not re.search(r"[*?]", pattern):
            either |= Q(**{column: pattern})
            continue
        first, *middle, last = re.split(r"[*?]", pattern)
        every = Q(**{f"{column}__startswith": first}) & Q(**{f"{column}__endswith": last})
        for part in filter(None, middle):
            every &= Q(**{f"{column}__contains": part})
        either |= every
    return either


def _patterns(patterns: Sequence[str]) -> list[str]:
    return [pattern.replace("[", "[[]") for pattern in patterns]  # only * and ? are special


def _fits(text: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)
