"""The filter of a project's runs in a real browser: suggestions, errors at their place, the URL."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


@pytest.fixture(scope="module")
def sweep(site: "Site") -> list[Training]:
    made = []
    for place in range(4):
        config = {"lr": 10.0**-place, "model": "small" if place % 2 else "large"}
        run = Training(site, "filters", f"seed-{place}", config=config, tags=["baseline"] if place == 0 else [])
        made.append(run.log([1, 2], loss=[2.0, 1.0 + place], val__acc=[0.1, 0.2 * place]).finish())
    return made


def names(page: "Page") -> list[str]:
    return page.locator(".run-name").all_inner_texts()


def test_a_filter_is_written_with_suggestions_and_kept_in_the_url(visit: Visit, sweep: list[Training]) -> None:
    page = visit(sweep[0].project_path)
    box = page.get_by_role("combobox", name="Filter runs by an expression")
    box.press_sequentially("mod")
    page.get_by_role("option", name="config.model").click()
    expect(box).to_have_value("config.model ")
    box.press_sequentially("== ")
    page.get_by_role("option", name='"large"').wait_for()
    box.press("ArrowDown")
    expect(page.get_by_role("option", name='"large"')).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value('config.model == "large" ')
    box.press_sequentially("and acc")
    page.get_by_role("option", name='metric["val/acc"]').click()
    box.press_sequentially("> 0.3")
    box.press("Escape")
    box.press("Enter")
    expect(page.locator(".run-name")).to_have_count(1)
    assert names(page) == ["seed-2"]
    page.wait_for_url(re.compile(r"\?filter=config\.model"))
    page.reload()
    assert names(page) == ["seed-2"]
    expect(box).to_have_value('config.model == "large" and metric["val/acc"] > 0.3')
    box.fill("")
    box.press("Enter")
    expect(page.locator(".run-name")).to_have_count(4)


def test_an_error_is_shown_at_its_place_until_it_is_mended(visit: Visit, sweep: list[Training]) -> None:
    page = visit(sweep[0].project_path)
    box = page.get_by_role("combobox", name="Filter runs by an expression")
    box.fill("confg.lr < 0.5")
    box.press("Enter")
    expect(page.locator("#filter-said")).to_contain_text("There is no confg here. Did you mean config?")
    expect(page.locator("#filter-said mark")).to_have_text("confg")
    expect(page.locator(".run-name")).to_have_count(0)
    box.fill("config.lr < 0.5")
    box.press("Enter")
    expect(page.locator("#filter-said")).not_to_contain_text("confg")
    expect(page.locator(".run-name")).to_have_count(3)


def test_a_filter_on_a_telephone_fits(phone: Visit, sweep: list[Training]) -> None:
    page = phone(sweep[0].project_path + "?filter=config.nothing_of_this_name_at_all_in_the_project+%3C+0.5")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator("#filter-said")).to_contain_text("No run of this project has")
