"""The command palette: from any page to any run, metric, report or page by the keyboard alone."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
NAME = "a run to be found"


@pytest.fixture
def run(site: "Site") -> Training:
    return Training(site, "palette", NAME).finish()


def places(page: "Page") -> "Locator":
    return page.get_by_role("listbox", name="Places").get_by_role("option")


def test_a_run_is_found_by_words_and_opened_by_enter(visit: Visit, run: Training) -> None:
    page = visit("/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to")
    expect(field).to_be_focused()
    field.fill(NAME)
    expect(places(page).first).to_contain_text(NAME)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/runs/{run.id}/")


def test_arrows_choose_escape_closes_and_the_field_says_what_is_chosen(visit: Visit, run: Training) -> None:
    page = visit(f"/runs/{run.id}/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to")
    field.fill("keyboard short")
    chosen = page.locator("[role=option][aria-selected=true]")
    expect(chosen).to_contain_text("Keyboard shortcuts")
    expect(field).to_have_attribute("aria-activedescendant", str(chosen.get_attribute("id")))
    field.fill("")
    expect(places(page).first).to_contain_text(NAME)  # the newest run has come
    page.keyboard.press("ArrowDown")
    expect(places(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(places(page).last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(field).to_be_hidden()


def test_an_action_of_the_page_is_done(visit: Visit) -> None:
    page = visit("/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("dark and light")
    expect(places(page)).to_have_count(1)
    before = page.locator("html").get_attribute("data-theme")
    page.keyboard.press("Enter")
    expect(page.locator("html")).not_to_have_attribute("data-theme", str(before))


def test_what_can_be_done_with_a_run_is_offered(visit: Visit, run: Training) -> None:
    page = visit(f"/runs/{run.id}/")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("rename")
    expect(places(page)).to_have_text(["Renameaction"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()


def test_words_that_nothing_has_are_said_and_a_server_that_is_away(
    visit: Visit, trouble: list[str], page: "Page"
) -> None:
    visit("/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to")
    field.fill("no such thing anywhere")
    expect(page.get_by_text("Nothing has these words in its name.")).to_be_visible()
    page.route("**/api/v1/places/**", lambda route: route.abort())
    field.fill("nothing else")
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    trouble.clear()


@pytest.mark.parametrize("path", ["/", "/accounts/keys/"])
def test_a_phone_has_a_button_for_it(phone: Visit, path: str) -> None:
    page = phone(path)
    page.get_by_role("button", name="Go to a run").click()
    expect(page.get_by_role("combobox", name="Go to")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
