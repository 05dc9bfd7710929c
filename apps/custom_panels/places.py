"""Panels among the places of the site."""

from apps.custom_panels.access import theirs
from apps.custom_panels.models import Panel
from apps.runs.access import readable_projects
from apps.runs.places import MOST, Asked, Place


def panel_places(asked: Asked) -> list[Place]:
    """Panels with these words in their names, those changed last first; of the project that is looked at first."""
    panels = Panel.objects.select_related("project__team").order_by("-changed_at", "-id")
    allowed = panels.filter(theirs(asked.user), project__in=readable_projects(asked.user), archived_at=None)
    fitting = allowed.filter(asked.fits("name"))
    found: list[Panel] = []
    if asked.project is not None:
        found += fitting.filter(project=asked.project)[:MOST]
        fitting = fitting.exclude(project=asked.project)
    if len(found) < MOST and asked.text:
        found += fitting[: MOST - len(found)]
    return [Place("panel", one.name, str(one.project), one.get_absolute_url()) for one in found]
