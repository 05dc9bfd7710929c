"""Who may see and change which saved view."""

from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.runs.access import AnyUser, administers, readable_projects
from apps.runs.models import Project
from apps.workspace.models import SavedView

_MISSING = "There is no view of this id that you may change."


def readable_views(user: AnyUser, project: Project) -> QuerySet[SavedView]:
    """The views of a project that a user may open: shared ones and their own, by name. The project is readable."""
    mine = Q(owner=user) if isinstance(user, User) else Q()
    return (
        SavedView.objects.filter(Q(shared=True) | mine, project=project).select_related("owner").order_by("name", "id")
    )


def changeable_view(user: AnyUser, view_id: int) -> SavedView:
    """A view that is the user's own, or shared in a project whose team they administer. Others are not found."""
    view = SavedView.objects.select_related("project__team", "owner").filter(id=view_id).first()
    if view is None or not readable_projects(user).filter(id=view.project_id).exists():
        raise NotFound(_MISSING)
    if view.owner != user and not (view.shared and administers(user, view.project)):
        raise NotFound(_MISSING)
    return view
