"""Who may see and change what a team may store."""

from apps.accounts.access import AnyUser, administered_team
from apps.accounts.errors import SignInNeeded
from apps.accounts.models import Team, User
from apps.core.errors import NotFound
from apps.hosting.errors import SiteAdminNeeded


def is_site_admin(user: AnyUser) -> bool:
    """Whether this is the site's admin, and not by a key of one project."""
    return isinstance(user, User) and user.is_superuser and user.limited_to is None


def hosted_team(user: AnyUser, slug: str) -> Team:
    """A team whose use and quota the user may see: its admins and the site's."""
    if not is_site_admin(user):
        return administered_team(user, slug)
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise NotFound(f"There is no team {slug}.")
    return team


def limited_team(user: AnyUser, slug: str) -> Team:
    """A team whose quota the user may set: the site's admin may. Raises SiteAdminNeeded for an admin of the team."""
    if not user.is_authenticated:
        raise SignInNeeded
    team = hosted_team(user, slug)
    if not is_site_admin(user):
        raise SiteAdminNeeded
    return team
