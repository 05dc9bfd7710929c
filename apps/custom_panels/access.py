"""Who may see and change a panel: whoever may do so with its project; one that is not shared, its owner alone.

A panel whose owner is gone is the team's.
"""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import User
from apps.core import ids
from apps.core.errors import NotFound
from apps.custom_panels.models import Panel, PanelVersion
from apps.runs.access import AnyUser, readable_projects, writable_projects, writes_to
from apps.runs.models import Project


def theirs(user: AnyUser) -> Q:
    """The filter of panels that are shown to a user, among those of projects they may read."""
    open_to_all = Q(shared=True) | Q(owner=None)
    return open_to_all | Q(owner=user) if isinstance(user, User) else open_to_all


def readable_panels(user: AnyUser, project: Project) -> QuerySet[Panel]:
    """The panels of a readable project that the user may see, archived ones too, the last changed first."""
    found = Panel.objects.filter(theirs(user), project=project).select_related("owner")
    return found.order_by("-changed_at", "-id")


def readable_panel(user: AnyUser, panel_id: int) -> Panel:
    """The panel with its project, team and owner: one query."""
    panels = Panel.objects.select_related("project__team", "owner").filter(project__in=readable_projects(user))
    return _there(user, panels.filter(theirs(user), id=panel_id).first(), panel_id, "read")


def readable_among(user: AnyUser, panel_ids: Collection[int]) -> dict[int, Panel]:
    """Those of the panels that the user may read, with their projects, teams and owners, by id: one query."""
    panels = Panel.objects.select_related("project__team", "owner").filter(project__in=readable_projects(user))
    return {one.id: one for one in panels.filter(theirs(user), id__in=panel_ids).order_by("id")}


def writable_panel(user: AnyUser, panel_id: int) -> Panel:
    """The panel, if the user may write to its project: one query."""
    panels = Panel.objects.select_related("project__team", "owner").filter(project__in=writable_projects(user))
    return _there(user, panels.filter(theirs(user), id=panel_id).first(), panel_id, "write to")


def may_write(user: AnyUser, panel: Panel) -> bool:
    """Whether a panel that the user reads may be changed by them: one query."""
    return writes_to(user, panel.project)


def version_of(panel: Panel, n: int | None = None) -> PanelVersion:
    """A version of a panel that was let through a door, the newest without a number. Raises NotFound."""
    wanted = panel.version if n is None else n
    found = None
    if 1 <= wanted <= panel.version:
        found = PanelVersion.objects.select_related("author").filter(panel=panel, n=wanted).first()
    if found is None:
        raise NotFound(f"The panel has no version {wanted}; its newest is {panel.version}.")
    return found


def _there(user: AnyUser, panel: Panel | None, panel_id: int, what: str) -> Panel:
    if panel is None:
        missing = NotFound(f"There is no panel {ids.to_text(panel_id)} that you may {what}.")
        raise missing if user.is_authenticated else SignInNeeded()
    return panel
