"""The run table: what it lists, in which order, with which columns, and what it remembers."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.runs import filters_sql
from apps.runs.directions import Direction
from apps.runs.directions_known import change_directions
from apps.runs.models import Project, Run, State, Visibility
from apps.workspace import table_shown
from tests.factories import make_project, make_run, make_team, make_user, team_admin
from tests.runs.trainings import settled

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def table_path(project: Project) -> str:
    return f"{project.get_absolute_url()}runs/"


def shown(project: Project, **asked: Any) -> str:
    response = signed_in(team_admin(project)).get(table_path(project), {"fresh": 1, **asked})
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def names(page: str) -> list[str]:
    return re.findall(r'<tr (?:class="member" )?data-run="\w+" data-name="([^"]*)"', page)


def heads(page: str) -> list[str]:
    found = re.findall(r'data-column="([^"]*)"', page)
    return [one.replace("&quot;", '"') for one in found if one != "name"]


def row(page: str, name: str) -> str:
    return next(part for part in page.split("<tr ")[1:] if f'data-name="{name}"' in part)


def links(page: str) -> list[dict[str, list[str]]]:
    found = re.findall(r'href="(\?[^"]*)"', page)
    return [parse_qs(urlsplit(one.replace("&amp;", "&")).query) for one in found]


# --- what is listed ---


def test_runs_are_rows_sorted_by_several_columns():
    project = make_project()
    for name, model, acc in (("a", "cnn", 0.7), ("b", "mlp", 0.9), ("c", "cnn", 0.8), ("d", "mlp", 0.6)):
        settled(make_run(project, name=name, config={"model": model}), acc=[acc, 0.1])
    assert names(shown(project)) == ["d", "c", "b", "a"]
    assert names(shown(project, sort=["config.model", "-metric.acc.best"])) == ["c", "a", "b", "d"]
    page = shown(project, sort=["config.model", "-metric.acc.best"], col=["config.model", "metric.acc.best"])
    assert 'aria-sort="ascending"' in page
    assert 'aria-sort="descending"' in page


def test_a_page_says_which_of_how_many_it_shows_and_leads_to_the_next():
    project = make_project()
    for place in range(60):
        make_run(project, name=f"{place:02d}", config={"x": place})
    page = shown(project, sort="config.x", filter="config.x < 55", rows=25)
    assert "1–25 of <span>55" in page
    following = next(one for one in links(page) if "cursor" in one)
    second = shown(project, **{name: values for name, values in following.items() if name != "fresh"})
    assert "26–50 of <span>55" in second
    assert names(second)[0] == "25"


def test_many_runs_are_counted_up_to_a_number_and_no_further(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(table_shown, "COUNTED", 4)
    monkeypatch.setattr(filters_sql, "NARROW", -1)
    project = make_project()
    for place in range(6):
        make_run(project, config={"x": place})
    monkeypatch.setattr("apps.workspace.table_state.PAGE_LENGTHS", (2,))
    assert "1–2 of <span>4+</span>" in shown(project, rows=2)
    page = shown(project, rows=2, filter="config.x >= 1")
    count = re.search(r'1–2 of <span data-count="([^"]*)">3\+</span>', page)
    assert count
    client = signed_in(team_admin(project))
    assert client.get(count[1].replace("&amp;", "&")).json() == {"total": 4, "exact": False}
    assert client.get(f"{table_path(project)}count/", {"filter": "config.x > 3"}).json() == {"total": 2, "exact": True}
    assert client.get(f"{table_path(project)}count/", {"filter": "wrong >"}).json() == {"total": 0, "exact": True}
    assert signed_in(make_user()).get(f"{table_path(project)}count/").status_code == 404


def test_archived_runs_are_listed_apart():
    project = make_project()
    make_run(project, name="here")
    make_run(project, name="away", archived_at=timezone.now())
    make_run(project, name="gone", archived_at=timezone.now(), deleted_at=timezone.now())
    assert names(shown(project)) == ["here"]
    assert names(shown(project, archived=1)) == ["away"]
    assert "No run is archived" in shown(make_project_with_run(), archived=1)


def make_project_with_run() -> Project:
    return make_run().project


def test_states_are_as_they_are_now():
    project = make_project()
    make_run(project, name="silent", heartbeat_at=timezone.now() - timedelta(hours=1))
    make_run(project, name="done", state=State.FINISHED)
    assert names(shown(project, state="crashed")) == ["silent"]


def test_a_stranger_finds_no_table_and_everybody_a_public_one():
    project = make_run().project
    assert signed_in(make_user()).get(table_path(project)).status_code == 404
    assert Client().get(table_path(project)).status_code == 302
    public = make_project(visibility=Visibility.PUBLIC)
    make_run(public, name="open to all")
    assert "open to all" in Client().get(table_path(public)).content.decode()


def test_an_empty_project_says_what_will_be_there():
    assert "No runs yet" in shown(make_project())


# --- columns ---


def test_columns_that_nobody_chose_are_metrics_by_their_best_and_settings_that_differ():
    project = make_project()
    settled(make_run(project, config={"lr": 0.1, "same": 1}), val__acc=[0.9, 0.8], odd=[1.0, 1.0])
    settled(make_run(project, config={"lr": 0.2, "same": 1}), val__acc=[0.7, 0.6], odd=[2.0, 2.0])
    page = shown(project)
    assert heads(page) == ["state", 'metric["val/acc"].best', "metric.odd.last", "config.lr", "created", "took"]
    assert ">0.9</span>" in page


def test_columns_that_nobody_chose_stay_from_page_to_page():
    project = make_project()
    make_run(project, name="old", config={"only": 1})
    for place in range(3):
        make_run(project, config={"lr": place})
    assert (
        heads(shown(project)) == heads(shown(project, filter="name == 'old'")) == heads(shown(project, filter="lr <"))
    )


def test_one_click_shows_every_metric_by_its_best_and_sorts_by_it():
    project = make_project()
    settled(make_run(project, name="late"), loss=[0.5, 0.1], acc=[0.5, 0.6])
    settled(make_run(project, name="early"), loss=[0.05, 0.9], acc=[0.9, 0.2])
    last = shown(project, col=["metric.loss.last", "metric.acc.last"], sort="metric.loss.last")
    assert names(last) == ["late", "early"]
    best = next(one for one in links(last) if one.get("col") == ["metric.loss.best", "metric.acc.best"])
    assert best["sort"] == ["metric.loss.best"]
    page = shown(project, **{name: values for name, values in best.items() if name != "fresh"})
    assert names(page) == ["early", "late"]
    assert re.search(r'best"><span class="value" title="The best of those listed: 0\.05">0\.05', row(page, "early"))
    assert re.search(r'best"><span class="value"[^>]*>0\.9<', row(page, "early"))


def test_the_best_of_a_metric_nobody_knows_is_not_offered():
    project = make_project()
    settled(make_run(project), odd=[1.0, 1.0])
    page = shown(project, col="metric.odd.last")
    assert not any(one.get("col") == ["metric.odd.best"] for one in links(page))
    assert "Nobody knows which end" in page
    change_directions(project, {"odd": Direction.MIN})
    assert any(one.get("col") == ["metric.odd.best"] for one in links(shown(project, col="metric.odd.last")))


def test_pinned_columns_come_first_and_widths_are_kept():
    project = make_run(config={"a": 1, "b": 2}).project
    page = shown(project, col=["config.a", "config.b"], pin="config.b", w="200:config.a")
    assert heads(page) == ["config.b", "config.a"]
    assert '<col width="200">' in page
    assert all(one["w"] == ["200:config.a"] for one in links(page) if one.get("col") and "sort" in one)


def test_columns_that_are_no_names_are_said_and_left_out():
    project = make_run(config={"lr": 1}).project
    page = shown(project, col=["config.lr", "confg.lr", "<b>", "config.gone"])
    assert heads(page) == ["config.lr", "config.gone"]
    assert "The column &#x27;confg.lr&#x27; cannot be shown" in page
    assert "<b>" not in page.replace("<b>The", "")


def test_a_wrong_sort_filter_or_place_is_said_and_the_table_is_there():
    project = make_run(name="mine", config={"lr": 1}).project
    assert "Sorted by the newest first" in shown(project, sort="state")
    assert "better low or high is not known" in shown(project, sort="metric.odd.best")
    assert "of another filter or order" in shown(project, cursor="nonsense")
    wrong = shown(project, filter="confg.lr < 1")
    assert "<mark>confg</mark>" in wrong
    assert "cannot be read, so no run is listed" in wrong
    assert names(shown(project, base="nonsense")) == ["mine"]


def test_hostile_texts_are_texts():
    evil = '"><script>alert(1)</script>'
    run = make_run(name=evil, tags=[evil], notes=evil, config={evil: evil})
    page = shown(run.project, col=["tags", "notes", f"config[{_quoted(evil)}]"])
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'


# --- the baseline ---


def test_differences_from_the_baseline_have_a_sign_and_say_which_way_is_better():
    project = make_project()
    base = settled(make_run(project, name="base", config={"lr": 0.1, "kind": "a"}), loss=[0.5], acc=[0.5])
    settled(make_run(project, name="other", config={"lr": 0.1, "kind": "b"}), loss=[0.75], acc=[0.75])
    page = shown(project, base=base.slug, col=["metric.loss.last", "metric.acc.last", "config.lr", "config.kind"])
    other = row(page, "other")
    assert re.search(r'delta worse"[^>]*>\+0\.25<', other)
    assert re.search(r'delta better"[^>]*>\+0\.25<', other)
    assert other.count(" same") == 1  # the learning rate
    assert "delta" not in row(page, "base")
    assert '<tr data-run="' + base.slug in page


def test_a_baseline_of_another_project_is_none():
    mine, other = make_run(), make_run()
    page = shown(mine.project, base=other.slug)
    assert "The baseline run is not there any more" in page
    assert other.name not in page


# --- remembering ---


def test_the_table_comes_back_as_its_user_left_it():
    team = make_team(admin=(owner := make_user()), member=(other := make_user()))
    project = make_project(team)
    make_run(project)
    client = signed_in(owner)
    remember = f"{table_path(project)}remember/"
    assert client.post(remember, {"query": "?sort=name&col=state&cursor=abc&nonsense=1"}).status_code == 204
    back = client.get(table_path(project))
    assert back.status_code == 302
    assert back["Location"] == f"{table_path(project)}?sort=name&col=state"
    assert signed_in(other).get(table_path(project)).status_code == 200
    client.post(remember, {"query": "?fresh=1"})
    assert client.get(table_path(project)).status_code == 200


def test_what_cannot_be_remembered_is_refused():
    project = make_run().project
    client = signed_in(team_admin(project))
    assert client.post(f"{table_path(project)}remember/", {"query": "a" * 20_001}).status_code == 400
    assert client.post(f"{table_path(project)}remember/", {"query": "filter=\x00"}).status_code == 400
    assert signed_in(make_user()).post(f"{table_path(project)}remember/", {"query": "sort=name"}).status_code == 404
    assert Client().post(f"{table_path(project)}remember/", {"query": "sort=name"}).status_code == 302


# --- curves ---


def test_curves_of_a_metric_share_their_axes_and_mark_what_is_not_finite():
    project = make_project()
    settled(make_run(project, name="long"), loss=[4.0, 2.0, 1.0, 0.0, float("nan")])
    settled(make_run(project, name="short"), loss=[3.0, 1.0])
    settled(make_run(project, name="other"), acc=[1.0])
    page = shown(project, col=["curve(metric.loss)", "curve(metric.gone)", "curve(config.x)"])
    assert heads(page) == ["curve(metric.loss)", "curve(metric.gone)"]
    assert "The column &#x27;curve(config.x)&#x27; cannot be shown" in page
    long, short = row(page, "long"), row(page, "short")
    assert '<path d="M1.5 1.5L24.8 10.0L48.0 14.2L71.2 18.5"/>' in long
    assert '<path class="lost" d="M94.5 15v5"/>' in long
    assert "4 → 0, 1 not finite" in long
    assert '<path d="M1.5 5.8L24.8 14.2"/>' in short
    assert "<path" not in row(page, "other")


def test_curves_are_read_together():
    project = make_project()
    client = signed_in(team_admin(project))
    counts = []
    for _ in range(2):
        for place in range(4):
            settled(make_run(project), loss=[1.0, float(place)], acc=[0.1, 0.2])
        with CaptureQueriesContext(connection) as queries:
            client.get(table_path(project), {"col": ["curve(metric.loss)", "curve(metric.acc)"]})
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- groups ---


def groups(page: str) -> list[str]:
    return [one.replace("&quot;", '"') for one in re.findall(r'data-group="([^"]*)"', page)]


def test_groups_show_how_many_runs_are_alike_and_how_their_numbers_spread():
    project = make_project()
    for model, acc in (("cnn", 1.0), ("cnn", 3.0), ("mlp", 5.0)):
        settled(make_run(project, config={"model": model, "lr": 0.1}), acc=[acc])
    make_run(project, config={"model": "cnn"})
    page = shown(project, group="config.model", col=["metric.acc.last", "config.model", "tags"])
    assert groups(page) == ['config.model == "cnn"', 'config.model == "mlp"']
    assert "1–2 of 2 groups of 4 runs" in page
    assert "without numbers: tags" in page
    cnn = page.split("data-group=")[1]
    assert re.search(r'>2 <span class="muted">± 1\.4</span>', cnn)
    assert "1 – 3" in cnn
    assert re.search(r'class="partial"[^>]*>n 2<', cnn)
    assert groups(shown(project, group="config.model", col="metric.acc.last", sort="-metric.acc.last"))[0].endswith(
        '"mlp"'
    )


def test_an_open_group_lists_its_runs_and_leads_to_all_of_them():
    project = make_project()
    for place in range(23):
        make_run(project, name=f"{place:02d}", config={"a": place % 23 > 0, "v": place})
    make_run(project, name="other", config={"a": 5, "v": 50})
    page = shown(
        project, group="config.a", col="config.v", open="config.a == 1", sort="config.v", filter="config.v < 40"
    )
    assert groups(page) == ["config.a == 0", "config.a == 1"]
    assert names(page)[:2] == ["01", "02"]
    assert len(names(page)) == 20
    assert "2 more" in page
    alone = next(one for one in links(page) if one.get("filter") == ["(config.v < 40) and config.a == 1"])
    assert "group" not in alone
    assert len(names(shown(project, filter=alone["filter"][0]))) == 22


def test_what_cannot_be_grouped_by_is_said():
    project = make_run(config={"a": 1}).project
    for wrong, said in (
        ("state", "cannot be grouped by state"),
        ("confg.a", "Not grouped by"),
        ("metric.odd.best", "Not grouped"),
    ):
        page = shown(project, group=wrong)
        assert said in page
        assert len(names(page)) == 1
    assert groups(shown(project, group="config.gone")) == ["config.gone is None"]


def test_a_group_differs_from_the_baseline_by_its_mean():
    project = make_project()
    base = settled(make_run(project, config={"a": 1}), loss=[1.0])
    settled(make_run(project, config={"a": 2}), loss=[0.5])
    page = shown(project, group="config.a", col="metric.loss.last", base=base.slug)
    assert re.search(r'delta better">−0\.5', page.split("data-group=")[2])


# --- what it costs ---


def test_a_table_costs_as_many_queries_for_many_runs_as_for_few():
    project = make_project()
    client = signed_in(team_admin(project))
    asked = {
        "col": ["metric.loss.best", "config.x", "tags"],
        "sort": ["config.a", "-metric.loss.best"],
        "filter": "config.a == 1",
        "base": settled(make_run(project, config={"a": 1}), loss=[1.0]).slug,
    }
    counts = []
    for _ in range(2):
        for place in range(4):
            settled(make_run(project, config={"x": place, "a": 1}), loss=[float(place)])
        with CaptureQueriesContext(connection) as queries:
            assert client.get(table_path(project), asked).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] <= 24


# --- the names one can choose from ---


def test_columns_are_offered_by_search_and_in_pages():
    project = make_project()
    run = make_run(project, config={f"k{place:03d}": place for place in range(150)}, summary={"k005 final": 1})
    settled(run, k005=[1.0], acc=[0.5])
    client = signed_in(team_admin(project))
    path = f"/api/v1/projects/{project}/columns/"
    first = client.get(path).json()
    assert first["columns"][0] == {"text": "state", "title": "state", "of": "run"}
    assert {"text": "metric.acc.best", "title": "acc", "of": "metric"} in first["columns"]
    assert first["next"] == 100
    second = client.get(path, {"begin": 100}).json()
    assert second["next"] is None
    assert len(first["columns"]) + len(second["columns"]) == first["total"]
    found = client.get(path, {"search": "K005"}).json()
    assert [one["text"] for one in found["columns"]] == ["metric.k005.last", "config.k005", 'summary["k005 final"]']
    assert found["total"] == 3
    assert client.get(path, {"begin": "-1"}).status_code == 400
    assert client.get(path, {"search": "\x00"}).status_code == 400
    assert signed_in(make_user()).get(path).status_code == 404


def test_runs_that_are_archived_are_answered_by_the_api():
    run = make_run(archived_at=timezone.now())
    make_run(run.project)
    answer = signed_in(team_admin(run)).get(f"/api/v1/projects/{run.project}/runs/", {"archived": "true"}).json()
    assert [one["id"] for one in answer["runs"]] == [run.slug]
    assert Run.objects.count() == 2
