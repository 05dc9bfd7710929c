"""The pages: who sees them, what they say without scripts, what they cost."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.history.batches import Batch, Group
from apps.history.services import append_batch
from apps.runs.models import Run, State, Visibility
from tests.factories import browser, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


def log(run: Run, attempt: int = 1, seq: int = 0, step: list[int] | None = None, **values: list[float]) -> None:
    n = len(next(iter(values.values())))
    group = Group(
        np.array(step or range(n), np.int64),
        np.arange(n, dtype=np.int64) + 1_700_000_000_000,
        [name.replace("__", "/") for name in values],
        np.array(list(values.values()), np.float64),
    )
    append_batch(run_id=run.id, attempt=attempt, writer="w", seq=seq, batch=Batch([group]))


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    page: str = response.content.decode()
    return page


def compare_path(*runs: Run, **more: str) -> str:
    asked = "&".join([*(f"run={run.slug}" for run in runs), *(f"{name}={value}" for name, value in more.items())])
    return f"{runs[0].project.get_absolute_url()}compare/?{asked}"


# --- who sees what ---


def test_anonymous_visitors_see_public_projects_alone():
    public, private = make_project(visibility=Visibility.PUBLIC), make_project()
    page = text(browser().get("/"))
    assert str(public.get_absolute_url()) in page
    assert str(private.get_absolute_url()) not in page
    assert browser().get(public.get_absolute_url()).status_code == 200
    assert browser().get(private.get_absolute_url()).status_code == 302


def test_a_stranger_finds_no_private_page():
    run = make_run()
    stranger = browser(make_user())
    for path in (run.get_absolute_url(), run.project.get_absolute_url(), compare_path(run)):
        response = stranger.get(path)
        assert response.status_code == 404
        assert run.name not in response.content.decode()


def test_pages_answer_reads_alone():
    run = make_run()
    client = browser(team_admin(run))
    for path in ("/", run.get_absolute_url(), run.project.get_absolute_url(), compare_path(run)):
        assert client.post(path).status_code == 405


def test_a_run_of_another_project_is_not_drawn_for_who_may_not_read_it():
    mine, other = make_run(), make_run()
    log(other, secret=[1.0])
    response = browser(team_admin(mine)).get(f"{mine.project.get_absolute_url()}?run={other.slug}")
    assert response.status_code == 404


# --- what they say ---


def test_the_project_list_counts_runs_and_what_is_running():
    project = make_project()
    make_run(project, state=State.FINISHED)
    make_run(project)
    make_run(project, deleted_at=timezone.now())
    page = text(browser(team_admin(project)).get("/"))
    assert f"{project.team.slug} /" in page
    assert ">2</td>" in page
    assert "1 running" in page


def test_a_newcomer_gets_the_lines_to_paste():
    user = make_user("newcomer")
    make_team("newcomer", admin=user)
    page = text(browser(user).get("/"))
    assert "paceline.init(project=&quot;" in page or 'paceline.init(project="newcomer/' in page
    assert "PACELINE_SERVER=http://testserver" in page
    assert "/api/v1/keys/" in page


def test_an_empty_project_says_what_will_be_there():
    project = make_project()
    page = text(browser(team_admin(project)).get(project.get_absolute_url()))
    assert "No runs yet" in page
    assert f'project="{project}"' in page


def test_a_project_page_lists_runs_and_their_metrics_in_sections():
    run = make_run(name="first one")
    log(run, loss=[0.5], val__acc=[0.9])
    page = text(browser(team_admin(run)).get(run.project.get_absolute_url()))
    assert "first one" in page
    assert 'data-section="metrics"' in page
    assert 'data-section="val"' in page
    assert 'data-key="val/acc"' in page
    assert page.count("checked") == 1


def test_only_the_newest_ten_are_shown_until_the_reader_chooses():
    project = make_project()
    runs = [make_run(project) for _ in range(12)]
    client = browser(team_admin(project))
    assert text(client.get(project.get_absolute_url())).count(" checked") == 10
    assert text(client.get(f"{project.get_absolute_url()}?none=1")).count(" checked") == 0
    chosen = text(client.get(f"{project.get_absolute_url()}?run={runs[0].slug}&run={runs[1].slug}"))
    assert chosen.count(" checked") == 2


def test_a_thousand_runs_are_listed_in_pages():
    project = make_project()
    now = timezone.now()
    Run.objects.bulk_create(
        Run(project=project, name=f"run {place:04d}", started_at=now, heartbeat_at=now) for place in range(1000)
    )
    client = browser(team_admin(project))
    page = text(client.get(project.get_absolute_url()))
    assert page.count("data-run=") == 50
    assert "1–50 of 1000" in page
    last = text(client.get(f"{project.get_absolute_url()}?page=20"))
    assert last.count("data-run=") == 50
    found = text(client.get(f"{project.get_absolute_url()}?name=RUN+0999"))
    assert found.count("data-run=") == 1


def test_runs_are_listed_by_state_as_it_is_now():
    project = make_project()
    make_run(project, name="alive")
    make_run(project, name="silent", heartbeat_at=timezone.now() - timedelta(hours=1))
    client = browser(team_admin(project))
    crashed = text(client.get(f"{project.get_absolute_url()}?state=crashed"))
    assert "silent" in crashed
    assert "alive" not in crashed


def test_a_shown_run_that_the_list_does_not_hold_is_listed_above():
    project = make_project()
    away, here = make_run(project, name="away"), make_run(project, name="here")
    page = text(browser(team_admin(project)).get(f"{project.get_absolute_url()}?name=here&run={away.slug}"))
    assert "Shown, not in this list" in page
    assert page.index("away") < page.index("here</a>")
    assert here.slug in page


def test_a_broken_run_id_is_refused_and_too_many_too():
    run = make_run()
    client = browser(team_admin(run))
    assert client.get(f"{run.project.get_absolute_url()}?run=nonsense").status_code == 400
    many = "&".join(f"run={place:013d}" for place in range(1001))
    refused = client.get(f"{run.project.get_absolute_url()}?{many}")
    assert refused.status_code == 400
    assert "1,000" in refused.content.decode()


def test_a_run_page_says_everything_that_is_known():
    run = make_run(
        name="one",
        state=State.FAILED,
        config={"optimizer": {"lr": 0.125}},
        summary={"best": 0.75},
        notes="tried <b>it</b>",
        tags=["baseline"],
        exit_message="ValueError: bad batch",
        lost_points=12,
        late_data_at=timezone.now(),
        attempt=2,
        provenance={"git": {"commit": "abc123"}},
    )
    log(run, loss=[3.0, 2.0, 1.0, float("nan")])
    log(run, attempt=2, seq=1, step=[1, 2], loss=[9.0, 8.0])
    page = text(browser(team_admin(run)).get(run.get_absolute_url()))
    for said in ("optimizer.lr", "0.125", "best", "0.75", "baseline", "ValueError: bad batch", "abc123", "Late data"):
        assert said in page
    assert "12 points" in page
    assert "Attempts" in page
    assert "Superseded" in page
    assert "3 points" in page
    assert "tried &lt;b&gt;it&lt;/b&gt;" in page


def test_names_and_keys_of_every_kind_are_text_on_the_page():
    nasty = '</script><script>alert("x")</script>'
    run = make_run(name=nasty, config={nasty: nasty})
    values: dict[str, Any] = {nasty: [1.0]}
    log(run, **values)
    client = browser(team_admin(run))
    for path in (run.get_absolute_url(), run.project.get_absolute_url(), compare_path(run)):
        assert "<script>alert" not in text(client.get(path))


# --- what they cost ---


def cost(client: Client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("page", ["home", "project", "compare"])
def test_ten_runs_cost_as_many_queries_as_two(page):
    project = make_project()
    client = browser(team_admin(project))
    runs: list[Run] = []
    counts = []
    for wanted in (2, 10):
        while len(runs) < wanted:
            runs.append(make_run(project))
            log(runs[-1], loss=[0.5], val__acc=[0.5])
        path = {"home": "/", "project": project.get_absolute_url(), "compare": compare_path(*runs)}[page]
        counts.append(cost(client, path))
    assert counts[0] == counts[1]


def test_ten_projects_cost_as_many_queries_as_two():
    user = make_user()
    team = make_team(admin=user)
    counts = []
    made = 0
    for wanted in (2, 10):
        while made < wanted:
            make_run(make_project(team))
            made += 1
        counts.append(cost(browser(user), "/"))
    assert counts[0] == counts[1]


# --- how they are told to behave ---


def test_every_page_has_the_policy_and_no_inline_script_or_style():
    run = make_run()
    log(run, loss=[0.5])
    client = browser(team_admin(run))
    for path in ("/", run.get_absolute_url(), run.project.get_absolute_url(), compare_path(run), "/nothing/here/"):
        response = client.get(path)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        page = response.content.decode()
        assert "<style" not in page
        assert " style=" not in page
        assert " onclick=" not in page


@pytest.mark.parametrize(("cookie", "seen"), [("dark", "dark"), ("light", "light"), ("neon", "auto"), (None, "auto")])
def test_the_theme_is_in_the_first_answer(cookie, seen):
    client = browser()
    if cookie:
        client.cookies["theme"] = cookie
    assert f'data-theme="{seen}"' in text(client.get("/accounts/sign-in/"))


# --- filters ---


def test_a_project_page_lists_the_runs_that_pass_the_filter_in_its_url():
    project = make_project()
    slow, fast = (make_run(project, name=name, config={"lr": lr}) for name, lr in (("slow", 0.001), ("fast", 0.1)))
    client = browser(team_admin(project))
    page = text(client.get(project.get_absolute_url(), {"filter": "config.lr < 0.01"}))
    assert slow.slug in page
    assert fast.slug not in page
    assert 'value="config.lr &lt; 0.01"' in page
    both = text(client.get(project.get_absolute_url(), {"filter": "config.lr < 1", "name": "fas"}))
    assert fast.slug in both
    assert slow.slug not in both


def test_a_filter_that_cannot_be_read_lists_nothing_and_says_where_it_is_wrong():
    run = make_run(name="mine", config={"lr": 1})
    client = browser(team_admin(run))
    page = text(client.get(run.project.get_absolute_url(), {"filter": 'confg.lr < "<b>"'}))
    assert "There is no confg here. Did you mean config?" in page
    assert "<mark>confg</mark>.lr &lt; &quot;&lt;b&gt;&quot;" in page
    assert run.slug not in page
    ended = text(client.get(run.project.get_absolute_url(), {"filter": "config.lr <"}))
    assert "Something is missing at the end." in ended
    unknown = text(client.get(run.project.get_absolute_url(), {"filter": "metric.odd.best > 1"}))
    assert "better low or high is not known" in unknown


def test_names_that_no_run_has_are_remarked_on_under_the_filter():
    run = make_run(config={"lr": 1})
    page = text(browser(team_admin(run)).get(run.project.get_absolute_url(), {"filter": "config.lrr < 1"}))
    assert "No run of this project has config.lrr. Did you mean config.lr?" in page
    assert "No run matches" in page
