"""Reports among the places of the site."""

from apps.reports.models import Report
from apps.runs.access import readable_projects
from apps.runs.places import MOST, Asked, Place


def report_places(asked: Asked) -> list[Place]:
    """Reports with these words in their titles, those saved last first; of the project that is looked at first."""
    reports = Report.objects.select_related("project__team").defer("markdown").order_by("-updated_at", "-id")
    fitting = reports.filter(asked.fits("title"), project__in=readable_projects(asked.user))
    found: list[Report] = []
    if asked.project is not None:
        found += fitting.filter(project=asked.project)[:MOST]
        fitting = fitting.exclude(project=asked.project)
    if len(found) < MOST and (asked.text or asked.project is None):
        found += fitting[: MOST - len(found)]
    return [Place("report", one.title, str(one.project), one.get_absolute_url()) for one in found]
