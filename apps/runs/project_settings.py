"""What a project is called, says of itself, and who sees it."""

from django.db import transaction

from apps.accounts.audit import record
from apps.accounts.models import User
from apps.core.errors import Invalid
from apps.runs import grants
from apps.runs.models import Project, Visibility

MAX_NAME = 120
MAX_DESCRIPTION = 2_000


@transaction.atomic
def change_project(project: Project, *, name: str, description: str, visibility: str, by: User) -> Project:
    """Change a project's shown name, description and visibility; its URL stays. Raises Invalid.

    A reader who may no longer see it is refused at once here, and within grants.GRANT_SECONDS by other processes.
    """
    wrong = {}
    if len(name) > MAX_NAME:
        wrong["name"] = f"{len(name)} characters; at most {MAX_NAME} are allowed"
    if len(description) > MAX_DESCRIPTION:
        wrong["description"] = f"{len(description)} characters; at most {MAX_DESCRIPTION:,} are allowed"
    if visibility not in Visibility.values:
        wrong["visibility"] = f"one of {', '.join(Visibility.values)}"
    if wrong:
        raise Invalid("Some settings cannot be taken; nothing was changed.", fields=wrong)
    before = project.visibility
    project.name, project.description, project.visibility = name, description, visibility
    project.save(update_fields=["name", "description", "visibility"])
    if before != visibility:
        record(by, "project.shown", team=project.team, target=str(project), before=before, after=visibility)
        transaction.on_commit(grants.forget_readers)
    return project
