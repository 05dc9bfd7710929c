"""What a team stores and may store, and which of its runs go: the page and the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.models import AuditEvent, Scope, User
from apps.hosting import jobs, quotas
from apps.hosting.models import RetentionRule, TeamQuota
from apps.runs.models import Project, Run
from tests.factories import ApiClient, api_client, make_project, make_run, make_team, make_user, team_admin
from tests.reports.stories import make_report

pytestmark = pytest.mark.django_db(transaction=True)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def site_admin() -> User:
    return User.objects.create_superuser("root")


def ended(project: Project, days: int, **fields: object) -> Run:
    at = timezone.now() - timedelta(days=days)
    run = make_run(project, state="finished", finished_at=at, heartbeat_at=at, **fields)
    Run.objects.filter(id=run.id).update(created_at=at)
    return run


def storage(project: Project) -> str:
    return f"/teams/{project.team.slug}/storage/"


def retention_api(project: Project) -> str:
    return f"/api/v1/projects/{project}/retention/"


def page_of(client: Client, path: str, **asked: Any) -> str:
    answer = client.get(path, asked)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_admins_of_a_team_see_its_use_against_its_quota_and_cannot_set_it():
    project = make_project()
    TeamQuota.objects.create(
        team=project.team, max_points=1_000, points=1_000, file_bytes=2_000_000, counted_at=timezone.now()
    )
    client = browser(team_admin(project))
    page = page_of(client, storage(project))
    assert "1 000 of 1 000" in page
    assert "Full: more is refused." in page
    assert "2 MB <span" in page
    assert "Set the quota" not in page
    refused = client.post(storage(project), {"max_points": "5"})
    assert refused.status_code == 403
    assert TeamQuota.objects.get().max_points == 1_000


def test_the_sites_admin_sees_every_team_and_sets_its_quota():
    project, other = make_project(), make_project()
    client = browser(site_admin())
    quotas.count_all()
    page = page_of(client, storage(project))
    assert f'href="{storage(other)}"' in page
    client.post(storage(project), {"max_points": "5000", "file_gb": "1.5"})
    quota = TeamQuota.objects.get(team=project.team)
    assert (quota.max_points, quota.max_file_bytes) == (5_000, 1_500_000_000)
    event = AuditEvent.objects.get(action="quota.set")
    assert (event.actor_name, event.facts["max_points"]) == ("root", 5_000)
    for wrong in ({"max_points": "-1"}, {"max_points": "many"}, {"file_gb": "nan"}, {"file_gb": "1e300"}):
        assert client.post(storage(project), wrong).status_code == 400
    client.post(storage(project), {"max_points": "", "file_gb": ""})
    quota.refresh_from_db()
    assert (quota.max_points, quota.max_file_bytes) == (None, None)


def test_a_rule_is_tried_before_it_is_saved():
    project = make_project()
    runs = [ended(project, days, name=f"run of {days} days") for days in (5, 40, 50)]
    cited = ended(project, 60, name="evidence")
    report = make_report(project, cited.slug, title="The proof")
    client, path = browser(team_admin(project)), f"{storage(project)}{project.slug}/"
    tried = page_of(client, path, keep_days="30", keep_last="", keep_tags="keep", grace_days="7")
    assert "This rule would remove <b>2 runs</b> now, the oldest" in tried
    assert tried.index("run of 50 days</a> from") < tried.index("run of 40 days</a></th>")
    assert "1 more stays because reports cite it." in tried
    assert f'stays: cited by <a href="/r/{report.slug}/">The proof</a>' in tried
    assert not RetentionRule.objects.exists()
    saved = client.post(path, {"keep_days": "30", "keep_last": "", "keep_tags": "keep", "grace_days": "7"})
    assert saved.status_code == 302
    rule = RetentionRule.objects.get()
    assert (rule.keep_days, rule.keep_last, rule.keep_tags, rule.grace_days) == (30, None, ["keep"], 7)
    assert AuditEvent.objects.get(action="retention.set").actor_name == team_admin(project).username
    assert "What ended more than 30 days ago goes; tagged keep stay." in page_of(client, storage(project))
    jobs.look_after()
    assert set(project.runs.filter(archived_at=None)) == {runs[0], cited}


def test_a_rule_is_taken_away():
    project = make_project()
    RetentionRule.objects.create(project=project, keep_days=1)
    client = browser(team_admin(project))
    client.post(f"{storage(project)}{project.slug}/", {"do": "remove"})
    assert not RetentionRule.objects.exists()
    assert AuditEvent.objects.filter(action="retention.removed").exists()
    assert "None: nothing goes." in page_of(client, storage(project))


@pytest.mark.parametrize(
    "wrong", [{"keep_days": "-1"}, {"keep_last": "x"}, {"grace_days": "99999999999"}, {"keep_tags": "x" * 300}]
)
def test_a_rule_that_cannot_be_taken_says_what_is_wrong_and_changes_nothing(wrong):
    project = make_project()
    client, path = browser(team_admin(project)), f"{storage(project)}{project.slug}/"
    for answer in (client.get(path, wrong), client.post(path, wrong)):
        assert answer.status_code == 400
        assert f"{next(iter(wrong))}" in answer.content.decode()
    assert not RetentionRule.objects.exists()


def test_the_api_tries_sets_and_removes_a_rule():
    project = make_project()
    old = [ended(project, days) for days in (60, 40)]
    client = api_client(team_admin(project), Scope.ADMIN)
    tried = client.get(f"{retention_api(project)}?keep_days=30&keep_tag=x&keep_tag=y").json()
    assert (tried["stored"], tried["archives"], tried["oldest"]) == (False, 2, old[0].slug)
    assert (tried["keep_tags"], tried["runs"]) == (["x", "y"], [run.slug for run in old])
    assert client.get(retention_api(project)).json()["archives"] == 0
    assert client.send("PUT", retention_api(project), {"keep_days": 50}).json()["archives"] == 1
    assert client.get(retention_api(project)).json()["stored"]
    wrong = client.send("PUT", retention_api(project), {"keep_days": -1, "grace_days": "x"})
    assert (wrong.status_code, sorted(wrong.json()["fields"])) == (400, ["grace_days", "keep_days"])
    assert client.send("DELETE", retention_api(project)).status_code == 204
    assert not RetentionRule.objects.exists()


def test_the_api_tells_a_quota_to_the_teams_admin_and_sets_it_for_the_sites():
    run = make_run()
    path = f"/api/v1/teams/{run.project.team.slug}/quota/"
    owner, root = api_client(team_admin(run), Scope.ADMIN), api_client(site_admin(), Scope.ADMIN)
    assert owner.get(path).json()["max_points"] is None
    refused = owner.send("PUT", path, {"max_points": 5})
    assert (refused.status_code, refused.json()["code"]) == (403, "site_admin_needed")
    told = root.send("PUT", path, {"max_points": 5}).json()
    assert (told["max_points"], told["max_file_bytes"], told["points"]) == (5, None, 0)
    assert owner.get(path).json() == told
    assert root.get("/api/v1/teams/nobody/quota/").status_code == 404


def test_a_key_of_one_project_sets_no_quota():
    root = site_admin()
    project = make_project(make_team(admin=root))
    key = accounts.make_key(user=root, scope=Scope.ADMIN, project=str(project))[1]
    path = f"/api/v1/teams/{project.team.slug}/quota/"
    assert ApiClient(key).send("PUT", path, {"max_points": 1}).status_code == 404
    assert ApiClient(key).get(path).status_code == 404


def test_teams_without_a_quota_are_counted_once_an_hour():
    run = make_run()
    quota = TeamQuota.objects.filter(team=run.project.team)
    quotas.count_all()
    quota.update(points=7)
    quotas.count_all(timezone.now() + timedelta(minutes=5))
    assert quota.get().points == 7
    quotas.count_all(timezone.now() + timedelta(hours=2))
    assert quota.get().points == 0


def test_a_team_without_a_project_is_told_what_would_be_here():
    admin = make_user()
    make_team("empty", admin=admin)
    page = page_of(browser(admin), "/teams/empty/storage/")
    assert "This team has no project yet" in page
    assert "Not counted yet" in page
