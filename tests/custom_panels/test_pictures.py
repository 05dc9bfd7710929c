"""Versions of panels as pictures: of the rows there are now, with the parameters and runs of the URL."""

import pytest

from apps.accounts.models import Scope
from tests.custom_panels.documents import document
from tests.custom_panels.runs import demo_project, demo_run
from tests.factories import api_client, make_user, team_admin

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def project():
    return demo_project(seeds=1)


@pytest.fixture
def client(project):
    return api_client(team_admin(project))


def saved(client, project, text):
    answer = client.send("POST", f"/api/v1/projects/{project}/panels/", {"name": "x", "document": text})
    assert answer.status_code == 201, answer.content
    return f"/api/v1/panels/{answer.json()['id']}/versions/1/picture."


def test_a_picture_shows_the_runs_and_parameters_of_its_url(client, project):
    text = document(
        {"rows": {"kind": "runs", "filter": "config.model == ${model}"}},
        {"model": {"default": "mlp"}},
        title="Runs of ${model}",
    )
    path = saved(client, project, text)
    drawn = client.get(path + "svg").content.decode()
    assert "Runs of mlp" in drawn
    assert "mlp-lr0.01-seed0" in drawn
    assert "sgd-lr0.01-seed0" not in drawn
    other = client.get(path + "svg?p.model=sgd&width=500&height=200&theme=dark").content.decode()
    assert "sgd-lr0.01-seed0" in other
    assert "#121418" in other
    run = project.runs.get(name="mlp-lr0.1-seed0")
    one = client.get(f"{path}svg?run={run.slug}").content.decode()
    assert run.name in one
    assert "mlp-lr0.01-seed0" not in one
    png = client.get(path + "png?scale=1")
    assert png["Content-Type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")


def test_a_picture_is_drawn_anew_when_it_would_look_different(client, project):
    path = saved(client, project, document()) + "svg"
    first = client.get(path)
    held = {"HTTP_IF_NONE_MATCH": first["ETag"]}
    assert client.get(path, **held).status_code == 304
    assert client.get(path + "?width=300", **held).status_code == 200
    demo_run(project, "mlp", 0.5, 7)
    assert client.get(path, **held).status_code == 200


def test_what_cannot_be_asked_is_refused_as_everywhere(client, project):
    path = saved(client, project, document())
    for query, status in (("?width=9", 400), ("?theme=red", 400), ("?p.zoom=1", 400), ("?run=0000000000001", 404)):
        assert client.get(f"{path}svg{query}").status_code == status, query
    assert client.get(path.replace("versions/1", "versions/2") + "svg").status_code == 404
    assert api_client(make_user(), Scope.READ).get(path + "svg").status_code == 404


def test_names_are_drawn_as_text(client, project):
    demo_run(project, HOSTILE, 0.1, 3)
    drawn = client.get(saved(client, project, document()) + "svg").content.decode()
    assert "&lt;script&gt;" in drawn
    assert "<script" not in drawn
