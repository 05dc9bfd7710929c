"""Who may see and change a team: one door each. Each gives the team, or refuses as if it did not exist."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import Role, Team, User
from apps.core.errors import NotFound

AnyUser = AbstractBaseUser | AnonymousUser


def own_team(user: AnyUser, slug: str) -> Team:
    """A team the user is a member of, in whatever role; team.role is which."""
    return _team(user, slug, Role.values)


def administered_team(user: AnyUser, slug: str) -> Team:
    """A team the user is an admin of."""
    return _team(user, slug, [Role.ADMIN])


def _team(user: AnyUser, slug: str, roles: list[str]) -> Team:
    if not isinstance(user, User):
        raise SignInNeeded
    membership = user.memberships.select_related("team").filter(team__slug=slug, role__in=roles).first()
    if membership is None or user.limited_to is not None:
        raise NotFound(f"There is no team {slug} that you {'are in' if len(roles) > 1 else 'administer'}.")
    return membership.team
