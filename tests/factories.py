"""Objects for tests, made by plain functions. People are `owner`, `reader`, `stranger`."""

import itertools
from typing import Any

import orjson
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import Membership, Role, Scope, Team, User
from apps.core import ids
from apps.runs.models import Attempt, Project, Run, Visibility
from apps.runs.values import note_documents

_numbers = itertools.count(1)


def make_user(username: str = "", password: str | None = None) -> User:
    """A user; with a password it can sign in by the form."""
    return User.objects.create_user(username or f"user{next(_numbers)}", password=password)


def make_team(slug: str = "", **people: User) -> Team:
    """A team and its people by role: make_team("vision", admin=owner, viewer=reader)."""
    team = Team.objects.create(slug=slug or f"team{next(_numbers)}", name=slug)
    for role, user in people.items():
        Membership.objects.create(team=team, user=user, role=Role(role))
    return team


def make_project(team: Team | None = None, slug: str = "", visibility: str = Visibility.PRIVATE) -> Project:
    """A project; without a team it gets a new one, whose admin is a new user."""
    return Project.objects.create(
        team=team or make_team(admin=make_user()), slug=slug or f"project{next(_numbers)}", visibility=visibility
    )


def make_run(project: Project | None = None, **fields: Any) -> Run:
    """A running run with one attempt; without a project it gets a new one."""
    now = timezone.now()
    fields = {"name": f"run-{next(_numbers)}", "started_at": now, "heartbeat_at": now, **fields}
    run = Run.objects.create(project=project or make_project(), **fields)
    for number in range(1, run.attempt + 1):
        Attempt.objects.create(run=run, number=number, started_at=now)
    note_documents(run)
    return run


def team_admin(run_or_project: Run | Project) -> User:
    """The user who administers the team of a run or project."""
    project = run_or_project.project if isinstance(run_or_project, Run) else run_or_project
    return User.objects.get(memberships__team=project.team, memberships__role=Role.ADMIN)


def make_key(user: User | None = None, scope: str = Scope.INGEST) -> str:
    """The text of a new API key."""
    return services.make_key(user=user or make_user(), scope=scope, name="test")[1]


class ApiClient(Client):
    """Django's test client with an API key; bodies are JSON or bytes."""

    def __init__(self, key: str | None = None, **defaults: Any) -> None:
        super().__init__(**defaults)
        if key is not None:
            self.defaults["HTTP_AUTHORIZATION"] = f"Bearer {key}"

    def send(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        """An HTTP answer; body: bytes as they are, None for no body, anything else as JSON."""
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.generic(method, path, data, content_type="application/json", **extra)


def api_client(user: User | None = None, scope: str = Scope.INGEST) -> ApiClient:
    """A client that sends a new key of the user (a new user without one)."""
    return ApiClient(make_key(user, scope))


def history_path(run: Run) -> str:
    return f"/api/v1/runs/{ids.to_text(run.id)}/history/"


def browser(user: User | None = None) -> Client:
    """A browser without scripts, signed in as a user when one is given."""
    client = Client()
    if user is not None:
        client.force_login(user)
    return client
