"""Reads over panels and their versions."""

from collections.abc import Collection, Sequence

from django.db.models import QuerySet

from apps.custom_panels.access import readable_panels
from apps.custom_panels.models import Panel, PanelVersion
from apps.runs.access import AnyUser
from apps.runs.models import Project

LONGEST_LIST = 500


def listed_panels(user: AnyUser, project: Project, *, archived: bool = False, name: str = "") -> QuerySet[Panel]:
    """The panels of a readable project that the user may see, the last changed first; one query.

    archived: those instead of the others. name: only panels of exactly this name.
    """
    found = readable_panels(user, project).filter(archived_at__isnull=not archived)
    return found.filter(name=name) if name else found


def versions_of(panel: Panel) -> QuerySet[PanelVersion]:
    """All versions with their authors, without their documents, the newest first: one query."""
    return panel.versions.select_related("author").defer("document").order_by("-n")


def newest_versions(panels: Sequence[Panel]) -> dict[int, PanelVersion]:
    """By panel the version that is its newest: one query."""
    found = versions_among({(panel.id, panel.version) for panel in panels})
    return {panel_id: version for (panel_id, _), version in found.items()}


def versions_among(wanted: Collection[tuple[int, int]]) -> dict[tuple[int, int], PanelVersion]:
    """Of versions by panel and number, those that there are: one query."""
    found = PanelVersion.objects.filter(panel__in={panel for panel, _ in wanted}, n__in={n for _, n in wanted})
    return {(one.panel_id, one.n): one for one in found.order_by("id") if (one.panel_id, one.n) in wanted}
