"""Writes to a team's people: their roles, who leaves, and its service accounts."""

import re

from django.db import transaction

from apps.accounts.audit import record
from apps.accounts.errors import LastAdmin
from apps.accounts.models import Membership, Role, Team, User
from apps.accounts.services import revoke_key
from apps.core.errors import Invalid, NotFound

SERVICE_ROLES = (Role.VIEWER, Role.MEMBER)
_SERVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def checked_role(role: str) -> Role:
    """The role of this name. Raises Invalid."""
    if role not in Role.values:
        raise Invalid(f"A role is one of {', '.join(Role.values)}; {role!r} came.", fields={"role": "not a role"})
    return Role(role)


@transaction.atomic
def change_role(*, team: Team, user_id: int, role: str, by: User) -> Membership:
    """Give a member another role. Raises NotFound, Invalid, and LastAdmin when nobody would administer the team."""
    wanted = checked_role(role)
    membership = _locked(team, user_id)
    if wanted == membership.role:
        return membership
    if membership.user.is_service and wanted not in SERVICE_ROLES:
        raise Invalid("A service account is a viewer or a member, never an admin.", fields={"role": "too much"})
    if membership.role == Role.ADMIN:
        _require_another_admin(team, user_id)
    record(by, "role.changed", team=team, target=str(membership.user), before=membership.role, after=role)
    membership.role = wanted
    membership.save(update_fields=["role"])
    return membership


@transaction.atomic
def remove_member(*, team: Team, user_id: int, by: User) -> User:
    """Take a person out of the team, or let them leave. Raises NotFound and LastAdmin.

    Their keys go on as they are, but reach nothing of this team any more. A service account is nothing without its
    team: its keys are revoked and it is made inactive.
    """
    membership = _locked(team, user_id)
    user = membership.user
    if membership.role == Role.ADMIN:
        _require_another_admin(team, user_id)
    if user.is_service:
        for key in user.api_keys.filter(revoked_at=None):
            revoke_key(user=user, key_id=key.id, by=by)
        user.is_active = False
        user.save(update_fields=["is_active"])
    membership.delete()
    record(by, "member.left" if by == user else "member.removed", team=team, target=str(user), role=membership.role)
    return user


@transaction.atomic
def make_service_account(*, team: Team, name: str, role: str, by: User) -> User:
    """A service account of the team, called NAME@TEAM. Raises Invalid."""
    if not _SERVICE_NAME.fullmatch(name):
        raise Invalid("A service account's name is 1-40 letters, digits, - . and _.", fields={"name": "not a name"})
    if checked_role(role) not in SERVICE_ROLES:
        raise Invalid("A service account is a viewer or a member, never an admin.", fields={"role": "too much"})
    username = f"{name}@{team.slug}"
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid(f"There is a service account {username} already, or was one.", fields={"name": "taken"})
    user = User.objects.create_user(username, password=None, service_of=team)
    Membership.objects.create(team=team, user=user, role=role)
    record(by, "service_account.made", team=team, target=username, role=role)
    return user


def service_account(team: Team, user_id: int) -> User:
    """A service account of the team, as long as it is in it. Raises NotFound."""
    user = team.members.filter(id=user_id, service_of=team).first()
    if user is None:
        raise NotFound("There is no such service account.")
    return user


def _locked(team: Team, user_id: int) -> Membership:
    """The membership, with the team's row locked: two admins who leave at once do not both find the other."""
    Team.objects.select_for_update().get(id=team.id)
    membership = Membership.objects.select_related("user").filter(team=team, user_id=user_id).first()
    if membership is None:
        raise NotFound(f"Nobody like this is in the team {team}.")
    return membership


def _require_another_admin(team: Team, user_id: int) -> None:
    others = team.memberships.filter(role=Role.ADMIN, user__is_active=True).exclude(user_id=user_id)
    if not others.exists():
        raise LastAdmin(team.slug)
