"""Writes of the workspace: what is remembered of how people look at runs."""

from django.http import QueryDict

from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.core.json_values import text_problem
from apps.runs.models import Project
from apps.workspace.models import RememberedTable
from apps.workspace.table_state import read_state

MAX_QUERY = 20_000  # characters of a table's query


def remember_table(user: User, project: Project, query: str) -> None:
    """Keep how a table looks for when its user comes back; a table of nothing but defaults is forgotten."""
    look = table_look(query)
    if look:
        RememberedTable.objects.update_or_create(user=user, project=project, defaults={"query": look})
    else:
        RememberedTable.objects.filter(user=user, project=project).delete()


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
