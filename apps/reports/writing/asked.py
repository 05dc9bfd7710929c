"""Which project or report a form of the editor is about."""

from django.http import HttpRequest

from apps.core import ids
from apps.core.errors import NotFound
from apps.reports.access import writable_report
from apps.reports.models import Report
from apps.runs.access import AnyUser, writable_project
from apps.runs.models import Project


def asked_project(user: AnyUser, name: str) -> Project:
    """The project `team/slug`, which the user may write to."""
    team, _, slug = name.partition("/")
    return writable_project(user, team, slug)


def asked_report(request: HttpRequest) -> Report | None:
    """The report of the field `report`, which the user may write; None of an empty one. Raises NotFound."""
    text = request.POST.get("report", "")
    if not text:
        return None
    try:
        return writable_report(request.user, ids.from_text(text))
    except ValueError as error:
        raise NotFound(str(error)) from error
