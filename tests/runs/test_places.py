"""Places found by words: only what one may read, the asked project first, archived runs by their id alone."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.services import make_key
from apps.core import ids
from apps.reports.services import create_report
from apps.runs.models import Namespace, ValueKey, Visibility
from tests.factories import ApiClient, api_client, browser, make_project, make_run, make_team, make_user, team_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_user("owner")


@pytest.fixture
def project(owner):
    return make_project(make_team("vision", admin=owner), "digits")


def titles(client: Client, kind: str, **asked: str) -> list[str]:
    answer = client.get("/api/v1/places/", asked)
    assert answer.status_code == 200, answer.content
    return [place["title"] for place in answer.json()["places"] if place["kind"] == kind]


def test_every_word_must_be_in_the_name_in_whatever_case_and_order(project, owner):
    make_run(project, name="ResNet lr=0.1 seed 3")
    make_run(project, name="resnet lr=0.2")
    assert titles(browser(owner), "run", text="LR=0.1 resnet") == ["ResNet lr=0.1 seed 3"]
    assert titles(browser(owner), "run", text="resnet adam") == []


def test_strangers_and_visitors_find_what_they_may_read(project):
    make_run(project, name="secret")
    create_report(project=project, author=team_admin(project), title="secret words", markdown="")
    open_project = make_project(visibility=Visibility.PUBLIC, slug="secret-sharing")
    make_run(open_project, name="secret, but public")
    for client in (browser(make_user()), browser()):
        assert titles(client, "run", text="secret") == ["secret, but public"]
        assert titles(client, "report", text="secret") == []
        assert titles(client, "project", text="secret") == [str(open_project)]


def test_a_key_of_one_project_finds_that_one_only(project, owner):
    make_run(make_project(project.team, "other"), name="run of other")
    make_run(project, name="run of digits")
    key = make_key(user=owner, project="vision/digits")[1]
    assert titles(ApiClient(key), "run", text="run") == ["run of digits"]


def test_the_project_one_looks_at_comes_first_and_its_metrics_too(project, owner):
    mine = make_run(project, name="first run")
    make_run(make_project(project.team, "other"), name="newer run")
    report = create_report(project=project, author=owner, title="why first", markdown="")
    client = browser(owner)
    assert titles(client, "run", text="run", project="vision/digits") == ["first run", "newer run"]
    assert titles(client, "run", text="run") == ["newer run", "first run"]
    assert titles(client, "report", text="why", project="vision/digits") == [report.title]
    ValueKey.objects.create(project=project, namespace=Namespace.METRIC_LAST, name="val/acc")
    assert titles(client, "metric", text="ACC", project="vision/digits") == ["val/acc"]
    assert titles(client, "metric", text="acc") == []
    assert mine.project == project


def test_a_run_is_found_by_its_id_even_when_it_is_archived(project, owner):
    run = make_run(project, name="old", archived_at=timezone.now())
    assert titles(browser(owner), "run", text=ids.to_text(run.id).upper()) == ["old"]
    assert titles(browser(owner), "run", text="old") == []
    assert titles(browser(make_user()), "run", text=ids.to_text(run.id)) == []


def test_without_a_word_the_newest_are_offered_and_each_once(project, owner):
    for number in range(10):
        make_run(project, name=f"run {number}")
    assert titles(browser(owner), "run", project="vision/digits") == [f"run {number}" for number in range(9, 1, -1)]
    assert titles(browser(owner), "project") == ["vision/digits"]


@pytest.mark.parametrize(
    ("asked", "field"), [({"text": "x" * 201}, "text"), ({"text": "\x00"}, "text"), ({"project": "\x00"}, "project")]
)
def test_what_cannot_be_asked_is_refused_by_name(owner, asked, field):
    answer = api_client(owner).get("/api/v1/places/", asked)
    assert answer.status_code == 400
    assert field in answer.json()["fields"]


def test_an_unknown_project_is_not_found(owner):
    assert api_client(owner).get("/api/v1/places/", {"project": "vision/none"}).status_code == 404
