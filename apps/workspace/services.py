"""Writes of the workspace: how people look at runs, remembered and by name."""

from typing import Any

from django.db import transaction
from django.http import QueryDict

from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.runs.models import Project
from apps.workspace.errors import ViewExists
from apps.workspace.models import RememberedTable, SavedView
from apps.workspace.table_state import read_state

MAX_QUERY = 20_000  # characters of a table's query
MAX_NAME = 120
MAX_VIEWS = 200  # of one person in one project


def remember_table(user: User, project: Project, query: str) -> None:
    """Keep how a table looks for when its user comes back; a table of nothing but defaults is forgotten."""
    look = table_look(query)
    if look:
        RememberedTable.objects.update_or_create(user=user, project=project, defaults={"query": look})
    else:
        RememberedTable.objects.filter(user=user, project=project).delete()


def save_view(
    project: Project, owner: User, *, name: str, query: str, shared: bool = False, is_default: bool = False
) -> SavedView:
    """Give a look at the table a name. Raises ViewExists, and Invalid for what cannot be one."""
    view = SavedView(project=project, owner=owner)
    return _written(view, name=name, query=query, shared=shared, is_default=is_default)


def change_view(view: SavedView, **changes: Any) -> SavedView:
    """Change a view's name, query, shared or is_default. Raises ViewExists and Invalid."""
    now = {"name": view.name, "query": view.query, "shared": view.shared, "is_default": view.is_default}
    return _written(view, **{**now, **changes})


@transaction.atomic
def _written(view: SavedView, *, name: str, query: str, shared: bool, is_default: bool) -> SavedView:
    name = name.strip()
    if not 1 <= len(name) <= MAX_NAME or text_problem(name):
        raise Invalid(f"A view's name has 1-{MAX_NAME} characters.", fields={"name": f"has {len(name)}"})
    if is_default and not shared:
        raise Invalid("Only a shared view can be the default.", fields={"is_default": "is not shared"})
    others = SavedView.objects.filter(project=view.project).exclude(id=view.id)
    if others.filter(owner=view.owner, name=name).exists():
        raise ViewExists(name)
    if view._state.adding and others.filter(owner=view.owner).count() >= MAX_VIEWS:
        raise Invalid(f"One has at most {MAX_VIEWS} views of a project.", fields={"name": "one too many"})
    if is_default:
        others.filter(is_default=True).update(is_default=False)
    view.name, view.query, view.shared, view.is_default = name, table_look(query), shared, is_default
    view.save()
    return view


def table_look(query: str) -> str:
    """A query without its place in the list and without what means nothing. Raises Invalid."""
    problem = text_problem(query)
    if not problem and len(query) > MAX_QUERY:
        problem = f"has {len(query):,} characters; at most {MAX_QUERY:,} are kept"
    if problem:
        raise Invalid(f"The table's query {problem}.", fields={"query": problem})
    try:
        return read_state(QueryDict(query.removeprefix("?"))).look()
    except ValueError as error:  # more parameters than Django reads
        raise Invalid("The table's query cannot be read.", fields={"query": str(error)}) from error
