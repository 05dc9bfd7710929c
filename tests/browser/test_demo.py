"""What the demo answers in a browser, with fewer epochs than it has."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from apps.custom_panels.gallery import examples
from apps.workspace.demo import trainings
from apps.workspace.demo.showing import Demo

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.services.site import Site

    Visit = Callable[[str], Page]


@pytest.fixture(scope="module")
def demo(site: "Site", tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the demo's project as its last trainings leave it."""
    demo = Demo(url=site.url, api_key=site.admin_key, project="admin/demo")
    demo.spools = tmp_path_factory.mktemp("spools")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainings, "EPOCHS", 10)
        for training in [*trainings.trainings()[1:4], trainings.RELABELLED]:
            demo.train(training)
    return "/admin/demo/"


def test_which_run_broke_the_8s_and_against_what_takes_three_clicks(visit: "Visit", demo: str) -> None:
    page = visit(demo)
    page.get_by_role("button", name="Compare", exact=True).click()  # one: the newest runs are chosen already
    flags = page.locator("#confusion-flags")
    broken = trainings.RELABELLED.name
    expect(flags).to_contain_text("8 called 3")
    expect(flags).to_contain_text(f"in {broken} against")
    flags.get_by_role("link", name="8 called 3").click()  # two: the 8s alone, beside all matrices
    rows = page.locator(".mistakes tr[data-actual]")
    expect(rows.first).to_contain_text(re.compile(r"14 · 3\d.* %"))
    expect(page).to_have_url(re.compile("confusion=8"))
    page.locator("figure").filter(has_text=broken).get_by_role("link", name=broken, exact=True).click()  # three
    expect(page.get_by_role("heading", name=broken)).to_be_visible()
    expect(page.get_by_text("labels").first).to_be_visible()  # and its config says which labels it was given


def test_every_panel_of_the_gallery_is_drawn_under_the_sites_policy(visit: "Visit", demo: str) -> None:
    page = visit(f"{demo}panels/")
    cards = page.locator(".gallery-card:visible")
    expect(cards).to_have_count(len(examples()))
    for card in cards.all():
        card.scroll_into_view_if_needed()
        expect(card.locator("custom-panel")).to_have_attribute("data-state", "drawn", timeout=20_000)
