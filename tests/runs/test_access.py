"""Who may see and change what."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.errors import SignInNeeded
from apps.core import ids
from apps.core.errors import NotFound
from apps.runs.access import (
    readable_project,
    readable_projects,
    readable_run,
    readable_runs,
    writable_project,
    writable_run,
)
from tests.factories import make_project, make_run, make_team, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    return {name: make_user(name) for name in ("admin", "member", "viewer", "stranger")} | {
        "anonymous": AnonymousUser()
    }


@pytest.mark.parametrize(
    ("visibility", "readers"),
    [
        ("private", {"admin", "member", "viewer"}),
        ("team", {"admin", "member", "viewer", "stranger"}),
        ("public", {"admin", "member", "viewer", "stranger", "anonymous"}),
    ],
)
def test_who_reads_and_who_writes(people, visibility, readers):
    team = make_team("vision", admin=people["admin"], member=people["member"], viewer=people["viewer"])
    project = make_project(team, "digits", visibility)
    run = make_run(project)
    for name, user in people.items():
        for may, read in (
            (name in readers, lambda user: readable_project(user, "vision", "digits")),
            (name in readers, lambda user: readable_run(user, run.id)),
            (name in readers, lambda user: readable_runs(user, [run.id])[0]),
            (name in ("admin", "member"), lambda user: writable_project(user, "vision", "digits")),
            (name in ("admin", "member"), lambda user: writable_run(user, run.id)),
        ):
            if may:
                assert read(user) in (project, run)
            else:
                with pytest.raises(SignInNeeded if name == "anonymous" else NotFound):
                    read(user)
        assert (project in readable_projects(user)) == (name in readers)


def test_a_user_in_two_teams_sees_each_project_once():
    user = make_user()
    projects = [make_project(make_team(slug, admin=user), "one", "team") for slug in ("a", "b")]
    assert list(readable_projects(user)) == projects


def test_runs_come_in_the_asked_order_each_once_in_one_query():
    user = make_user()
    project = make_project(make_team(admin=user))
    runs = [make_run(project) for _ in range(3)]
    asked = [runs[2].id, runs[0].id, runs[2].id]
    with CaptureQueriesContext(connection) as queries:
        found = readable_runs(user, asked)
        assert [str(run.project) for run in found]
    assert found == [runs[2], runs[0]]
    assert len(queries) == 1


def test_one_missing_run_is_named():
    user = make_user()
    run = make_run(make_project(make_team(admin=user)))
    foreign = make_run()
    with pytest.raises(NotFound, match=ids.to_text(foreign.id)):
        readable_runs(user, [run.id, foreign.id])


def test_a_deleted_run_is_not_there():
    user = make_user()
    run = make_run(make_project(make_team(admin=user)), deleted_at=timezone.now())
    for door in (readable_run, writable_run):
        with pytest.raises(NotFound):
            door(user, run.id)
