"""Who may see what: one door an object. Each gives the object, or refuses as if it did not exist.

user may be anonymous, who sees public projects only; where they see nothing they are asked to sign in.
"""

from collections.abc import Container, Iterable, Sequence

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from apps.accounts.errors import SignInNeeded
from apps.accounts.models import Role, Team, User
from apps.core import ids
from apps.core.errors import NotFound
from apps.runs.models import Project, Run, Visibility

AnyUser = AbstractBaseUser | AnonymousUser  # what request.user may be; all of ours are User
WRITERS = (Role.MEMBER, Role.ADMIN)


def _may_read(user: AnyUser, project: str = "") -> Q:
    """The filter of what a user may read; project: path to the project, "project__" from a run."""
    public = Q(**{f"{project}visibility": Visibility.PUBLIC})
    if not isinstance(user, User):
        return public
    mine = Q(**{f"{project}team__in": Team.objects.filter(memberships__user=user)})
    return _opened(user, project) & (public | Q(**{f"{project}visibility": Visibility.TEAM}) | mine)


def _may_write(user: AnyUser, project: str = "") -> Q:
    if not isinstance(user, User):
        return Q(pk__in=())
    mine = Team.objects.filter(memberships__user=user, memberships__role__in=WRITERS)
    return _opened(user, project) & Q(**{f"{project}team__in": mine})


def _opened(user: User, project: str = "") -> Q:
    """The filter of what the key that the user came with opens: all, or one project."""
    return Q() if user.limited_to is None else Q(**{f"{project}pk": user.limited_to})


def _missing(user: AnyUser, message: str) -> NotFound:
    if not isinstance(user, User):
        return SignInNeeded()
    return NotFound(message if user.limited_to is None else f"{message} This key opens one project only.")


def readable_projects(user: AnyUser) -> QuerySet[Project]:
    """The projects a user may read, by team and name, with their teams."""
    return Project.objects.select_related("team").filter(_may_read(user)).order_by("team__slug", "slug")


def readable_project(user: AnyUser, team: str, slug: str) -> Project:
    project = readable_projects(user).filter(team__slug=team, slug=slug).first()
    if project is None:
        raise _missing(user, f"There is no project {team}/{slug} that you may read.")
    return project


def writable_projects(user: AnyUser) -> QuerySet[Project]:
    """The projects a user may write to, by team and name, with their teams."""
    return Project.objects.select_related("team").filter(_may_write(user)).order_by("team__slug", "slug")


def writable_project(user: AnyUser, team: str, slug: str) -> Project:
    project = Project.objects.select_related("team").filter(_may_write(user), team__slug=team, slug=slug).first()
    if project is None:
        raise _missing(user, f"There is no project {team}/{slug} that you may write to.")
    return project


def administered_project(user: AnyUser, team: str, slug: str) -> Project:
    """A project whose team the user administers."""
    found = None
    if isinstance(user, User):
        mine = Team.objects.filter(memberships__user=user, memberships__role=Role.ADMIN)
        found = (
            Project.objects.select_related("team")
            .filter(_opened(user), team__in=mine, team__slug=team, slug=slug)
            .first()
        )
    if found is None:
        raise _missing(user, f"There is no project {team}/{slug} that you administer.")
    return found


def administers(user: AnyUser, project: Project) -> bool:
    """Whether the user is an admin of the project's team: one query."""
    return isinstance(user, User) and user.memberships.filter(team=project.team_id, role=Role.ADMIN).exists()


def writable_team(user: AnyUser, team: str) -> Team:
    """A team in which the user may make projects; none with a key of one project."""
    found = None
    if isinstance(user, User) and user.limited_to is None:
        found = Team.objects.filter(slug=team, memberships__user=user, memberships__role__in=WRITERS).first()
    if found is None:
        raise _missing(user, f"There is no team {team} that you may write to.")
    return found


def _runs() -> QuerySet[Run]:
    return Run.objects.select_related("project__team").filter(deleted_at=None)


def readable_run(user: AnyUser, run_id: int) -> Run:
    run = _runs().filter(_may_read(user, "project__"), id=run_id).first()
    if run is None:
        raise _missing(user, f"There is no run {ids.to_text(run_id)} that you may read.")
    return run


def writable_run(user: AnyUser, run_id: int) -> Run:
    run = _runs().filter(_may_write(user, "project__"), id=run_id).first()
    if run is None:
        raise _missing(user, f"There is no run {ids.to_text(run_id)} that you may write to.")
    return run


def require_writable(user: AnyUser, run_id: int) -> None:
    """Pass when the user may write to the run: writable_run() for whoever does not look at it."""
    if not Run.objects.filter(_may_write(user, "project__"), id=run_id, deleted_at=None).exists():
        raise _missing(user, f"There is no run {ids.to_text(run_id)} that you may write to.")


def may_write(user: AnyUser, run: Run) -> bool:
    """Whether a run that the user reads may be written by them too: what pages offer buttons by."""
    return _runs().filter(_may_write(user, "project__"), id=run.id).exists()


def writes_to(user: AnyUser, project: Project) -> bool:
    """Whether the user may write to the project's runs: one query."""
    return Project.objects.filter(_may_write(user), id=project.pk).exists()


def readable_runs(user: AnyUser, run_ids: Sequence[int]) -> list[Run]:
    """The runs in the asked order, each once: one query. NotFound names those that are missing."""
    wanted = list(dict.fromkeys(run_ids))
    found = {run.id: run for run in _runs().filter(_may_read(user, "project__"), id__in=wanted)}
    _refuse_missing(user, wanted, found)
    return [found[run_id] for run_id in wanted]


def require_readable(user: AnyUser, run_ids: Sequence[int]) -> None:
    """Pass when all these runs may be read: one query, no rows made into runs. NotFound names those that may not."""
    _refuse_missing(user, run_ids, readable_ids(user, run_ids))


def readable_ids(user: AnyUser, run_ids: Sequence[int]) -> set[int]:
    """Which of these runs may be read: one query."""
    readable = Run.objects.filter(_may_read(user, "project__"), deleted_at=None, id__in=run_ids)
    return set(readable.values_list("id", flat=True))


def _refuse_missing(user: AnyUser, wanted: Iterable[int], found: Container[int]) -> None:
    missing = [run_id for run_id in wanted if run_id not in found]
    if missing:
        raise _missing(user, f"There is no run {_listed(missing)} that you may read.")


def _listed(run_ids: Iterable[int], at_most: int = 5) -> str:
    shown = [ids.to_text(run_id) for run_id in run_ids]
    more = f" and {len(shown) - at_most} more" if len(shown) > at_most else ""
    return ", ".join(shown[:at_most]) + more
