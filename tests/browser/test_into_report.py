"""Panels of all pages are put into a report: the last one in one step, another in two."""

import json
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.test_panel_editor import forgive_examples
from tests.browser.test_plots import LOSS, drawn, table
from tests.browser.trainings import Training, compare_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.browser.conftest import Trouble
    from tests.services.site import Site

    Visit = Callable[[str], Page]


def test_a_chart_begins_a_report_and_a_panel_of_the_gallery_joins_it(
    site: "Site", visit: "Visit", trouble: "Trouble"
) -> None:
    runs = [Training(site, "reported", f"run-{n}").log([1, 2], val__loss=[2.0, 1.0 + n]).finish() for n in range(2)]
    page = visit(runs[0].project_path)
    page.get_by_role("button", name="Menu of val/loss", exact=True).click()
    page.get_by_role("menuitem", name="Put into a report…").click()
    page.get_by_role("menuitem", name="A new report").click()
    expect(page.locator(".toast")).to_contain_text("val/loss is in val/loss.")

    page.goto(f"{site.url}{runs[0].project_path}panels/")
    page.locator(".gallery-card").first.get_by_role("button", name="Menu of").click()
    page.get_by_role("menuitem", name="Put into “val/loss”").click()  # one step: the last report is known
    toast = page.locator(".toast")
    expect(toast).to_contain_text("is in val/loss.")
    toast.get_by_role("link", name="val/loss").click()
    report = page.locator(".report-body")
    expect(report.locator("panel-board")).to_have_count(1)
    expect(report.locator("custom-panel")).to_have_count(1)
    expect(page.get_by_role("link", name="Revision 2")).to_be_visible()
    forgive_examples(trouble)


def test_a_plot_of_a_filtered_table_brings_its_filter(site: "Site", visit: "Visit") -> None:
    runs = [
        Training(site, "plotted", f"run-{n}", config={"lr": n / 10}).log([1], val__loss=[1.0 + n]).finish()
        for n in range(3)
    ]
    plot = {"kind": "scatter", "x": "config.lr", "y": LOSS, "x_log": "1"}
    page = visit(table(runs[0], plot, filter="config.lr > 0"))
    drawn(page).locator("[data-act=menu]").click()
    page.get_by_role("button", name="Put into a report…").click()
    page.get_by_role("menuitem", name="A new report").click()
    page.locator(".toast").get_by_role("link").click()
    expect(page.locator(".report-body report-plot .plot-foot")).to_contain_text("2 runs")
    page.get_by_role("link", name="Edit", exact=True).click()
    lines = [
        "kind: scatter",
        'x: "config.lr"',
        f"y: {json.dumps(LOSS)}",
        "x_log: true",
        'runs: {"filter":"config.lr > 0"}',
    ]
    expect(page.locator("#markdown")).to_have_value("\n".join(["```panel", *lines, "```", ""]))


def test_what_the_compare_page_says_of_classes_and_differences_goes_along(site: "Site", visit: "Visit") -> None:
    runs = [Training(site, "told", f"run-{n}", config={"lr": n / 10}).log([1], loss=[1.0]) for n in range(2)]
    for run in runs:
        run.confusion("val", 1, ["cat", "dog"], [[5, 5], [1, 9]])
        run.finish()
    page = visit(compare_path(*runs))
    page.get_by_role("button", name="Into a report", exact=True).first.click()
    page.get_by_role("menuitem", name="Put into a report…").click()
    page.get_by_role("menuitem", name="A new report").click()
    expect(page.locator(".toast")).to_contain_text("What is different is in What is different.")
    page.locator("#confusions").get_by_role("button", name="Into a report").click()
    page.get_by_role("menuitem", name="Put into “What is different”").click()
    page.locator(".toast").filter(has_text="These matrices").get_by_role("link").click()
    report = page.locator(".report-body")
    expect(report.locator(".report-panel")).to_have_count(2)
    expect(report).to_contain_text("lr")
    expect(report).to_contain_text("cat called dog")
    expect(report.locator(".broken, .problem")).to_have_count(0)
