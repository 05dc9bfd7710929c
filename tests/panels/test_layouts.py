"""Layouts of a project's charts and metrics that share one: kept for oneself or the team, refused in words."""

import pytest

from apps.accounts.models import Membership, Role
from apps.core.errors import Invalid
from apps.panels.arranging import aliases_of, arrangement
from apps.panels.layouts import MAX_KEYS, Layout, read_layout
from apps.panels.models import KeyAlias, PanelLayout
from apps.panels.services import MAX_ALIASES, change_aliases
from tests.factories import api_client, make_project, make_user

HOSTILE = "<script>alert('1')</script>\u202e\""


@pytest.mark.parametrize(
    ("said", "path"),
    [
        (None, "layout"),
        ([], "layout"),
        ({"hiden": []}, "layout.hiden"),
        ({"hidden": "loss"}, "layout.hidden"),
        ({"hidden": [1]}, "layout.hidden"),
        ({"hidden": [""]}, "layout.hidden"),
        ({"hidden": ["x" * 251]}, "layout.hidden"),
        ({"hidden": ["a\x00b"]}, "layout.hidden"),
        ({"hidden": ["m"] * (MAX_KEYS + 1)}, "layout.hidden"),
        ({"order": []}, "layout.order"),
        ({"order": {"train": "loss"}}, "layout.order.train"),
        ({"sizes": ["loss"]}, "layout.sizes"),
        ({"sizes": {"loss": "huge"}}, "layout.sizes"),
        ({"sizes": {"loss": ["wide"]}}, "layout.sizes"),
    ],
)
def test_what_is_no_layout_is_refused_by_its_place(said, path):
    with pytest.raises(Invalid) as refused:
        read_layout(said)
    assert set(refused.value.fields) == {path}


def test_a_layout_orders_what_there_is_and_forgives_what_is_gone():
    layout = Layout(order={"train": ["c", "gone", "a"]})
    assert layout.arranged("train", ["a", "b", "c", "d"]) == ["c", "a", "b", "d"]
    assert layout.arranged("val", ["b", "a"]) == ["b", "a"]


@pytest.mark.django_db
def test_a_layout_is_ones_own_until_it_is_the_teams():
    project = make_project()
    member, reader = make_user(), make_user()
    for user, role in ((member, Role.MEMBER), (reader, Role.VIEWER)):
        Membership.objects.create(team=project.team, user=user, role=role)
    url = f"/api/v1/projects/{project}/layout/"
    mine = {"hidden": [HOSTILE], "order": {"train": ["train/loss"]}, "sizes": {"loss": "wide"}}
    kept = api_client(member).send("PUT", url, {"layout": mine})
    assert kept.status_code == 200
    assert kept.json() == {"layout": mine, "kept_by": "you", "has_team": False}
    assert api_client(reader).get(url).json()["kept_by"] == "nobody"

    refused = api_client(reader).send("PUT", url, {"layout": {}, "whose": "team"})
    assert refused.status_code == 403
    shared = api_client(member).send("PUT", url, {"layout": mine, "whose": "team"})
    assert shared.json() == {"layout": mine, "kept_by": "team", "has_team": True}
    assert api_client(reader).get(url).json()["layout"] == mine

    own = api_client(reader).send("PUT", url, {"layout": {"hidden": ["loss"]}})
    assert (own.json()["kept_by"], own.json()["has_team"]) == ("you", True)
    assert api_client(reader).delete(url).json()["kept_by"] == "team"
    assert api_client(reader).delete(f"{url}?whose=team").status_code == 403
    assert api_client(member).delete(f"{url}?whose=team").json()["kept_by"] == "nobody"
    assert PanelLayout.objects.count() == 0


@pytest.mark.django_db
def test_an_arrangement_costs_three_queries(django_assert_num_queries):
    project, user = make_project(), make_user()
    change_aliases(project, {f"m{place}": "loss" for place in range(20)}, user)
    with django_assert_num_queries(3):
        arrangement(project, user)


@pytest.mark.django_db
def test_aliases_lead_to_one_chart_whatever_the_order_they_were_said_in():
    project, user = make_project(), make_user()
    change_aliases(project, {"train/loss": "loss"}, user)
    assert change_aliases(project, {"val/loss": "train/loss"}, user) == {"train/loss": "loss", "val/loss": "loss"}
    moved = change_aliases(project, {"loss": "all/loss"}, user)
    assert moved == {"loss": "all/loss", "train/loss": "all/loss", "val/loss": "all/loss"}
    assert change_aliases(project, {"loss": None, "never": None}, user).keys() == {"train/loss", "val/loss"}
    assert aliases_of(make_project()) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [{"loss": "loss"}, {"": "loss"}, {"loss": "x" * 251}, {"a\x00": "b"}])
def test_what_cannot_share_a_chart_changes_nothing(changes):
    project, user = make_project(), make_user()
    with pytest.raises(Invalid):
        change_aliases(project, {"train/loss": "loss", **changes}, user)
    assert KeyAlias.objects.count() == 0


@pytest.mark.django_db
def test_aliases_have_a_limit():
    with pytest.raises(Invalid, match="share a chart"):
        change_aliases(make_project(), {f"m{place}": "loss" for place in range(MAX_ALIASES + 1)}, make_user())
