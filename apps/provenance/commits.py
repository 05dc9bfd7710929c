"""The runs that were made from a commit, found by the values index."""

import re

from django.db.models import QuerySet

from apps.core.errors import NotFound
from apps.runs.models import Namespace, Project, Run, RunValue, ValueKey

COMMIT = re.compile(r"[0-9a-f]{7,64}")
_NAME = "git.commit"  # among the facts of a run's system


def commit_named(text: str) -> str:
    """A commit, or how it begins. Raises NotFound for what is none."""
    commit = text.lower()
    if not COMMIT.fullmatch(commit):
        raise NotFound("A commit is named by 7 to 64 of its hexadecimal digits.")
    return commit


def runs_of_commit(project: Project, commit: str) -> QuerySet[Run]:
    """The project's runs of commits that begin so, archived ones too, the newest first. Read from an index of texts."""
    keys = ValueKey.objects.filter(project=project, namespace=Namespace.SYSTEM, name=_NAME)
    values = RunValue.objects.filter(key__in=keys, text__gte=commit, text__lt=f"{commit}g")
    found = Run.objects.filter(project=project, deleted_at=None, id__in=values.values("run_id"))
    return found.order_by("-created_at", "-id")
