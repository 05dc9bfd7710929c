"""Classes in a browser: the section of the compare page and the tab of a run."""

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.trainings import Training, compare_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.services.site import Site

    Visit = Callable[[str], Page]

ROWS = {"8": {"support": 41, "recall": 0.92}, "7": {"support": 44, "recall": 0.9}, "<b>": {"recall": 0.5}}
WORSE = {"8": {"support": 41, "recall": 0.71}, "7": {"support": 44, "recall": 0.95}}


def logged(site: "Site", project: str) -> list[Training]:
    runs = [Training(site, project, name, group="mlp") for name in ("mlp-3", "mlp-4")]
    for step in (1, 2):
        runs[0].classes("val", step, ROWS)
        runs[1].classes("val", step, WORSE)
    return [run.finish() for run in runs]


def test_which_class_broke_is_said_found_and_copied(site: "Site", visit: "Visit") -> None:
    runs = logged(site, "classes-compared")
    page = visit(compare_path(*runs))
    flags = page.locator("#class-flags")
    expect(flags).to_contain_text("8: recall 0.71, −0.21")
    flags.get_by_role("link", name="Classes that got worst").click()
    rows = page.locator("#classes tr[data-class]")
    expect(rows.first).to_contain_text("0.71")
    expect(page.locator("#classes tr[data-class='<b>'] .missing")).to_have_count(1)
    page.get_by_role("searchbox", name="Find a class").fill("<B")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile("class=%3CB"))
    page.get_by_role("searchbox", name="Find a class").fill("")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="only worse").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("−0.21")
    page.locator("#classes").get_by_role("link", name="Copy as Markdown").click()
    expect(page.get_by_text("Copied as Markdown.")).to_be_visible()


def test_the_classes_of_a_run_are_sorted_and_walked_over_its_steps(site: "Site", visit: "Visit") -> None:
    _, run = logged(site, "classes-of-a-run")
    page = visit(run.path)
    expect(page.locator("#class-said")).to_contain_text("8: recall 0.71, −0.21 against mlp-3")
    page.get_by_role("link", name="All classes").click()
    rows = page.locator("#run-classes tr[data-class]")
    expect(rows.first).to_contain_text("0.71")
    expect(rows.first.locator("svg.spark path")).to_have_count(1)
    page.get_by_role("columnheader", name="recall", exact=True).get_by_role("link").click()
    expect(rows.first).to_contain_text("0.95")
    page.get_by_role("link", name="earlier").click()
    expect(page.locator("#run-classes")).to_contain_text("1 of 2")
    page.get_by_label("Step of classes", exact=True).select_option("2")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#run-classes")).to_contain_text("2 of 2")
