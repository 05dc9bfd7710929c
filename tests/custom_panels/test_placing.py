"""Which panels stand on a project's pages, over HTTP."""

import pytest

from apps.custom_panels.limits import MAX_PLACED
from apps.custom_panels.models import Panel
from apps.custom_panels.services import change_panel, create_panel
from apps.runs.models import Project
from tests.custom_panels.documents import DOCUMENT
from tests.factories import api_client, make_project, team_admin

pytestmark = pytest.mark.django_db


def path_of(project: Project, page: str = "project") -> str:
    return f"/api/v1/projects/{project}/panel-places/{page}/"


def panels_of(project: Project, count: int) -> list[Panel]:
    owner = team_admin(project)
    return [create_panel(project=project, owner=owner, name=f"p{n}", document=DOCUMENT) for n in range(count)]


def names(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [one["panel"] for one in answer.json()["panels"]]


def test_panels_stand_in_the_order_they_were_given() -> None:
    project = make_project()
    client = api_client(team_admin(project))
    one, two, three = (panel.slug for panel in panels_of(project, 3))
    order = [{"panel": three}, {"panel": one, "parameters": {"metric": "loss", "bins": 3}}, {"panel": two}]
    assert names(client.send("PUT", path_of(project), {"panels": order})) == [three, one, two]
    answer = client.send("GET", path_of(project))
    assert names(answer) == [three, one, two]
    assert answer.json()["panels"][1]["parameters"] == {"metric": "loss", "bins": 3}
    assert names(client.send("GET", path_of(project, "compare"))) == []
    assert names(client.send("PUT", path_of(project), {"panels": order[:1]})) == [three]
    assert names(client.send("PUT", path_of(project), {"panels": order})) == [three, one, two], "undone"


def test_what_stands_on_a_page_is_shared_and_an_archived_panel_stands_on_none() -> None:
    project = make_project()
    client = api_client(team_admin(project))
    panel = panels_of(project, 1)[0]
    client.send("PUT", path_of(project), {"panels": [{"panel": panel.slug}]})
    panel.refresh_from_db()
    assert panel.shared
    change_panel(panel, archived=True)
    assert names(client.send("GET", path_of(project))) == []
    change_panel(panel, archived=False)
    assert names(client.send("GET", path_of(project))) == [panel.slug]


@pytest.mark.parametrize(
    "said",
    [
        None,
        {"panels": "all"},
        {"panels": [1]},
        {"panels": [{}]},
        {"panels": [{"panel": "zzz"}]},
        {"panels": [{"panel": "0000000000001"}]},
        {"panels": [{"panel": "PANEL", "parameters": []}]},
        {"panels": [{"panel": "PANEL", "parameters": {"x": {"deep": 1}}}]},
        {"panels": [{"panel": "PANEL", "parameters": {"x": "y" * 501}}]},
        {"panels": [{"panel": "PANEL", "parameters": {"x": "\x00"}}]},
        b'{"panels": [{"panel": "PANEL", "parameters": {"x": NaN}}]}',
        {"panels": [{"panel": f"{n:013d}"} for n in range(MAX_PLACED + 1)]},
    ],
)
def test_what_cannot_be_placed_is_refused_and_changes_nothing(said) -> None:
    project = make_project()
    client = api_client(team_admin(project))
    panel = panels_of(project, 1)[0]
    client.send("PUT", path_of(project), {"panels": [{"panel": panel.slug}]})
    if isinstance(said, bytes):
        said = said.replace(b"PANEL", panel.slug.encode())
    for one in (said or {}).get("panels", []) if isinstance(said, dict) else []:
        if isinstance(one, dict) and one.get("panel") == "PANEL":
            one["panel"] = panel.slug
    answer = client.send("PUT", path_of(project), said)
    assert answer.status_code == 400, answer.content
    assert names(client.send("GET", path_of(project))) == [panel.slug]


def test_panels_of_another_project_and_pages_there_are_not_are_refused() -> None:
    project, other = make_project(), make_project()
    client = api_client(team_admin(project))
    foreign = panels_of(other, 1)[0]
    assert client.send("PUT", path_of(project), {"panels": [{"panel": foreign.slug}]}).status_code == 400
    assert client.send("GET", path_of(project, "start")).status_code == 404
    assert client.send("GET", path_of(other)).status_code == 404


def test_more_panels_on_a_page_cost_no_more_queries(django_assert_num_queries) -> None:
    from apps.custom_panels.pages import placed_cards
    from apps.custom_panels.placing import place_panels

    project = make_project()
    owner = team_admin(project)
    for count in (2, 10):
        place_panels(owner, project, "project", [{"panel": one.slug} for one in panels_of(project, count)])
        with django_assert_num_queries(4):
            placed = placed_cards(owner, project, "project")
        assert placed is not None
        assert len(placed.cards) == count
