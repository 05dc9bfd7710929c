"""POST live/, pages: their parts that differ, by the doors of the pages themselves."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Scope
from apps.runs.models import CRASHED_AFTER, Run, Visibility
from apps.runs.services import request_stop
from tests.factories import api_client, make_project, make_run, make_user, team_admin
from tests.panels.binary import read_header
from tests.workspace.held import held_of

pytestmark = pytest.mark.django_db


class LivePage:
    """A page that stays open in a browser: poll() answers what differs, as live-page.js asks."""

    def __init__(self, client: Client, url: str) -> None:
        self.client, self.url = client, url
        response = client.get(url)
        assert response.status_code == 200
        self.said = held_of(response.content.decode())
        self.parts: dict[str, str] = self.said["parts"]

    def poll(self) -> dict[str, str]:
        """HTML of the parts that differ."""
        body = {"page": self.url, "parts": self.parts}
        response = self.client.post("/api/v1/live/", body, content_type="application/json")
        assert response.status_code == 200, response.content
        self.said = read_header(response.content)["page"]
        self.parts |= {name: part["digest"] for name, part in self.said["parts"].items()}
        return {name: part["html"] for name, part in self.said["parts"].items()}


def signed_in(run: Run) -> Client:
    client = Client()
    client.force_login(team_admin(run))
    return client


def pages(run: Run) -> list[str]:
    project = run.project
    names = {"team": project.team.slug, "project": project.slug}
    return [
        reverse("home"),
        reverse("project", kwargs=names),
        reverse("run_table", kwargs=names) + "?fresh=1",
        reverse("compare", kwargs=names) + f"?run={run.slug}&run={make_run(project).slug}",
        run.get_absolute_url(),
        reverse("run_console", args=[run.id]),
        reverse("run_code", args=[run.id]),
        reverse("run_files_page", args=[run.id]),
        reverse("run_system", args=[run.id]) + "?x=relative",
    ]


def test_a_page_that_did_not_change_is_sent_nothing():
    run = make_run(tags=["<b>", "it's"], notes='"quoted" & \u202eturned')
    client = signed_in(run)
    for url in pages(run):
        page = LivePage(client, url)
        assert page.poll() == {}, url
        outline = held_of(client.get(url).content.decode())["outline"]
        assert page.said["outline"] == outline


def test_a_row_whose_run_changed_comes_alone():
    first = make_run(name="first")
    second = make_run(first.project, name="second")
    client = signed_in(first)
    for url in pages(first)[1:3]:
        page = LivePage(client, url)
        Run.objects.filter(id=second.id).update(state="finished", finished_at=timezone.now())
        changed = page.poll()
        rows = [name for name in changed if name.startswith(("row-", "run-"))]
        assert rows == [name for name in page.parts if name.endswith(second.slug)]
        assert "finished" in changed[rows[0]]
        assert not any(first.slug in html for name, html in changed.items() if name != "board")
        Run.objects.filter(id=second.id).update(state="running", finished_at=None)


def test_a_new_run_comes_with_the_order_of_the_rows_and_no_other_row():
    old = make_run(name="old")
    project = old.project
    page = LivePage(signed_in(old), pages(old)[2])
    new = make_run(project, name="new")
    changed = page.poll()
    assert f"row-{new.slug}" in changed
    assert f"row-{old.slug}" not in changed
    order = changed["table-rows"]
    assert order.index(f"<!--live row-{new.slug}-->") < order.index(f"<!--live row-{old.slug}-->")
    Run.objects.filter(id=old.id).update(deleted_at=timezone.now())
    changed = page.poll()
    assert f"row-{old.slug}" not in changed["table-rows"]


def test_a_run_that_falls_silent_is_said_to_have_crashed():
    run = make_run()
    client = signed_in(run)
    opened = [LivePage(client, url) for url in pages(run)[1:5]]
    assert opened[3].said["live"]
    Run.objects.filter(id=run.id).update(heartbeat_at=timezone.now() - CRASHED_AFTER - timedelta(seconds=1))
    for page in opened:
        assert any("state-crashed" in html for html in page.poll().values()), page.url
    assert (opened[3].said["live"], opened[3].said["waits"]) == (False, True)


def test_a_run_that_is_asked_to_stop_is_said_to_be():
    run = make_run()
    page = LivePage(signed_in(run), run.get_absolute_url())
    request_stop(run.id)
    assert "stop requested" in page.poll()["run-head"]


def test_time_that_goes_by_sends_nothing():
    run = make_run()
    client = signed_in(run)
    opened = [LivePage(client, url) for url in (pages(run)[1], pages(run)[2])]
    for page in opened:
        assert "data-lasting" in client.get(run.get_absolute_url()).content.decode()
        assert page.poll() == {}


def test_an_old_page_is_sent_all_that_differs_whatever_it_holds():
    run = make_run()
    page = LivePage(signed_in(run), run.get_absolute_url())
    whole = dict(page.parts)
    page.parts = {"facts": "old", "of another version": "?"}
    page.poll()
    assert {name for name in page.parts if name in whole} == set(whole)


def test_a_page_made_otherwise_has_another_outline():
    project = make_project()
    client = Client()
    client.force_login(team_admin(project))
    page = LivePage(client, reverse("project", args=[project.team.slug, project.slug]))
    before = page.said["outline"]
    make_run(project)
    page.poll()
    assert page.said["outline"] != before


def test_whoever_may_not_open_a_page_is_sent_nothing_of_it():
    run = make_run(make_project(visibility=Visibility.PRIVATE), name="secret")
    stranger = Client()
    stranger.force_login(make_user())
    for url in pages(run)[1:]:
        body = {"page": url, "parts": {}}
        refused = stranger.post("/api/v1/live/", body, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
        nobody = Client().post("/api/v1/live/", body, content_type="application/json")
        assert (nobody.status_code, nobody.json()["code"]) == (401, "unauthenticated")
        assert b"secret" not in refused.content + nobody.content


def test_a_member_who_was_removed_is_sent_nothing_more():
    run = make_run(make_project(visibility=Visibility.PRIVATE))
    user = team_admin(run)
    page = LivePage(signed_in(run), run.get_absolute_url())
    user.memberships.all().delete()
    body = {"page": page.url, "parts": page.parts}
    assert page.client.post("/api/v1/live/", body, content_type="application/json").status_code == 404


def test_charts_go_on_on_a_page_one_of_whose_runs_was_deleted():
    gone, stays = (run := make_run()), make_run(run.project)
    client = signed_in(run)
    names = {"team": run.project.team.slug, "project": run.project.slug}
    url = reverse("compare", kwargs=names) + f"?run={gone.slug}&run={stays.slug}"
    Run.objects.filter(id=gone.id).update(deleted_at=timezone.now())
    questions = [{"runs": [gone.slug, stays.slug], "key": "loss", "px": 100}]
    answer = client.post("/api/v1/live/", {"page": url, "questions": questions}, content_type="application/json")
    header = read_header(answer.content)
    assert header["lost"] == [gone.slug]
    assert gone.slug in header["page"]["gone"]
    assert len(header["answers"]) == 1


def test_a_key_opens_no_page():
    run = make_run(make_project(visibility=Visibility.PRIVATE))
    client = api_client(team_admin(run), scope=Scope.READ)
    refused = client.send("POST", "/api/v1/live/", {"page": run.get_absolute_url(), "parts": {}})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    public = make_run(make_project(visibility=Visibility.PUBLIC))
    answer = client.send("POST", "/api/v1/live/", {"page": public.get_absolute_url(), "parts": {}})
    assert "run-head" in read_header(answer.content)["page"]["parts"]


def test_a_message_waits_for_the_next_page_that_is_loaded():
    run = make_run()
    client = signed_in(run)
    page = LivePage(client, run.get_absolute_url())
    ignored = {"key": "config.lr", "back": ""}
    names = {"team": run.project.team.slug, "project": run.project.slug}
    client.post(reverse("ignore_key", kwargs=names), {**ignored, "key": "k" * 600})
    page.poll()
    assert "notices" in client.get(run.get_absolute_url()).content.decode()


@pytest.mark.parametrize("page", ["/teams/", "/nowhere/at/all/", "/api/v1/series/", "/runs/x/"])
def test_only_pages_that_stay_current_are_answered(page):
    client = Client()
    client.force_login(make_user())
    refused = client.post("/api/v1/live/", {"page": page, "parts": {}}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_ten_running_runs_cost_as_many_queries_as_two():
    project = make_project()
    runs = [make_run(project) for _ in range(2)]
    client = signed_in(runs[0])
    urls = pages(runs[0])
    counts: list[list[int]] = []
    for _ in range(2):
        found = []
        for url in urls:
            page = LivePage(client, url)
            Run.objects.filter(project=project).update(notes=f"{len(counts)} {url}")
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page.poll()
            found.append(len(queries))
        counts.append(found)
        runs += [make_run(project) for _ in range(8)]
    assert counts[0] == counts[1]
