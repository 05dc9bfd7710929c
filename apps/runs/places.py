"""Places of the site, found by words in their names: where the command palette leads."""

from collections.abc import Callable, Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Q

from apps.core import ids
from apps.runs.access import AnyUser, readable_projects
from apps.runs.directions_known import metrics_of
from apps.runs.models import Project, Run

MOST = 8  # places of each kind
MAX_LENGTH = 200


class Place(NamedTuple):
    """Something with a page. kind: run, metric, project, report or panel. detail: what tells it from its namesakes."""

    kind: str
    title: str
    detail: str
    path: str


class Asked(NamedTuple):
    """What somebody looks for; the newest things where text is empty. project: the one they are looking at."""

    user: AnyUser
    text: str
    project: Project | None = None

    def fits(self, *columns: str) -> Q:
        """Rows with every word of the text in one of these columns, in whatever case."""
        every = Q()
        for word in self.text.split():
            some = Q()
            for column in columns:
                some |= Q(**{f"{column}__icontains": word})
            every &= some
        return every


def found_places(asked: Asked) -> list[Place]:
    """What fits, of every kind, at most MOST of each; of the project that is looked at first."""
    return [place for find in finders for place in find(asked)]


def _runs(asked: Asked) -> list[Place]:
    """The run with this id, archived or not; then those with these words in their names, newest first."""
    readable = Run.objects.select_related("project__team").filter(deleted_at=None)
    readable = readable.defer("config", "summary", "provenance", "notes", "exit_message").order_by("-created_at", "-id")
    allowed = readable_projects(asked.user)
    run_id = _run_id(asked.text)
    found = [] if run_id is None else list(readable.filter(id=run_id, project__in=allowed))
    fitting = readable.filter(asked.fits("name"), archived_at=None)
    if asked.project is not None:
        found += fitting.filter(project=asked.project)[:MOST]
        allowed = allowed.exclude(id=asked.project.id)
    if len(found) < MOST and (asked.text or asked.project is None):
        found += fitting.filter(project__in=allowed)[: MOST - len(found)]
    return [Place("run", run.name, f"{run.project} · {run.state_now}", run.get_absolute_url()) for run in found[:MOST]]


def _run_id(text: str) -> int | None:
    try:
        return ids.from_text(text.strip().lower())
    except ValueError:
        return None


def _metrics(asked: Asked) -> list[Place]:
    """Metrics of the project that is looked at, as charts of them alone."""
    if asked.project is None or not asked.text:
        return []
    page = asked.project.get_absolute_url()
    metrics = metrics_of(asked.project, search=asked.text, limit=MOST)
    return [
        Place("metric", one.name, str(asked.project), f"{page}?{urlencode({'metric': one.name})}") for one in metrics
    ]


def _projects(asked: Asked) -> list[Place]:
    fitting = readable_projects(asked.user).filter(asked.fits("slug", "name", "team__slug"))
    return [Place("project", str(one), one.name, one.get_absolute_url()) for one in fitting[:MOST]]


# Each finds places of one kind. An app above with pages of its own adds its finder.
finders: list[Callable[[Asked], Iterable[Place]]] = [_runs, _metrics, _projects]
