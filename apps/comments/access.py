"""Who may comment: a project's team, viewers too; others who may read the subject only read."""

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import Role, User
from apps.comments.models import Comment
from apps.core import ids
from apps.core.errors import NotFound
from apps.runs.access import AnyUser
from apps.runs.models import Project


def role_in(user: AnyUser, project: Project) -> Role | None:
    """The user's role in the project's team, as far as the key they came with reaches: one query."""
    if not isinstance(user, User) or user.limited_to not in (None, project.pk):
        return None
    role = user.memberships.filter(team=project.team_id).values_list("role", flat=True).first()
    return Role(role) if role else None


def commenting(user: AnyUser, project: Project) -> User:
    """The user, as somebody who may comment in the project: one query."""
    if not isinstance(user, User):
        raise SignInNeeded
    if role_in(user, project) is None:
        raise NotFound(f"Only members of the team {project.team.slug} comment here, viewers too.")
    return user


def own_comment(user: AnyUser, project: Project, comment: Comment) -> Comment:
    """The comment, if its words are the user's and they are still in the team."""
    if commenting(user, project).pk != comment.author_id:
        raise _not_yours(comment)
    return comment


def removable_comment(user: AnyUser, project: Project, comment: Comment) -> Comment:
    """The comment, if the user wrote it, or administers the team."""
    if commenting(user, project).pk != comment.author_id and role_in(user, project) != Role.ADMIN:
        raise _not_yours(comment)
    return comment


def _not_yours(comment: Comment) -> NotFound:
    return NotFound(f"There is no comment {ids.to_text(comment.pk)} that you may change.")
