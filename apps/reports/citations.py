"""Which runs the reports of a team rest on."""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import islice

from apps.core import ids
from apps.reports.block_fields import BlockProblem
from apps.reports.blocks import panel_block
from apps.reports.kinds.kind import MAX_RUNS, RunFilter
from apps.reports.models import Report, SnapshotRun
from apps.reports.queries import IDS_A_QUERY, fitting_runs
from apps.reports.rendering import panel_fences
from apps.runs.citations import Citation
from apps.runs.models import Project

REMEMBERED = 64  # reports whose blocks are kept: workers ask every few minutes
_RUN_ID = re.compile(rf"(?<![0-9a-z]){ids.PATTERN}(?![0-9a-z])", re.IGNORECASE)


def cited_runs(project: Project, run_ids: Collection[int]) -> dict[int, list[Citation]]:
    """The reports that cite runs of a project, by run id, those that were saved last first.

    A report of the team cites a run whose id stands anywhere in it: in a panel, a link or its words. One of the project
    also cites what its panels draw by name, group or tag; a panel of all runs rests on none of them. Reports of other
    teams cite nothing: what they say is not theirs to keep. Reads the text of all reports of the team.
    """
    wanted = set(run_ids)
    found: dict[int, list[Citation]] = _published(project, run_ids)
    reports = Report.objects.filter(project__team=project.team_id).order_by("-updated_at", "-id")
    for report in reports.iterator(chunk_size=20):
        cited = _named(report.markdown)
        if report.project_id == project.id:
            cited |= _drawn(project, report.markdown)
        for run_id in cited & wanted:
            found.setdefault(run_id, []).append(Citation(report.title, report.get_absolute_url()))
    return found


def _published(project: Project, run_ids: Collection[int]) -> dict[int, list[Citation]]:
    """What was published by the team of these runs; it holds them whole."""
    found: dict[int, list[Citation]] = {}
    wanted = sorted(run_ids)
    rows = SnapshotRun.objects.filter(snapshot__report__project__team=project.team_id)
    rows = rows.select_related("snapshot").defer("snapshot__canonical").order_by("-snapshot__published_at", "id")
    for begin in range(0, len(wanted), IDS_A_QUERY):
        for row in rows.filter(run_id__in=wanted[begin : begin + IDS_A_QUERY]):
            snapshot = row.snapshot
            citation = Citation(snapshot.title, snapshot.get_absolute_url(), whole=True)
            found.setdefault(row.run_id, []).append(citation)
    return found


def _named(markdown: str) -> set[int]:
    named = set()
    for text in _RUN_ID.findall(markdown):
        try:
            named.add(ids.from_text(text))
        except ValueError:  # thirteen such characters that are no id
            continue
    return named


def _drawn(project: Project, markdown: str) -> set[int]:
    """The runs that the report's filters fit now; of one that fits too many to be drawn, none."""
    drawn: set[int] = set()
    for wanted in _filters(markdown):
        fitting = [run.id for run in islice(fitting_runs(project, wanted), MAX_RUNS + 1)]
        if len(fitting) <= MAX_RUNS:
            drawn.update(fitting)
    return drawn


@lru_cache(maxsize=REMEMBERED)
def _filters(markdown: str) -> frozenset[RunFilter]:
    """The filters of a report's panels that choose some runs."""
    return frozenset(wanted for wanted in _all_filters(markdown) if _chooses(wanted))


def _all_filters(markdown: str) -> Iterator[RunFilter]:
    for fence in panel_fences(markdown):
        try:
            yield from panel_block(fence.text, fence.line + 1).filters
        except BlockProblem:  # it draws nothing
            continue


def _chooses(wanted: RunFilter) -> bool:
    patterns = (*wanted.names, *wanted.groups)
    return bool(wanted.tags or wanted.expressions) or any(pattern.strip("*") for pattern in patterns)
