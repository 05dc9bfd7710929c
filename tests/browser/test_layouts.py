"""Many panels and how people arrange them: searched, hidden, moved, resized, shared, kept."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_charts import chart, drawn, facts, queries
from tests.browser.test_panels import choose
from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


def keys(page: "Page") -> list[str]:
    """The metrics of the mounted panels, in their order."""
    found: list[str] = page.locator("panel-chart").evaluate_all("panels => panels.map(panel => panel.key)")
    return found


@pytest.fixture(scope="module")
def wide(site: "Site") -> Training:
    """3,000 metrics in 30 sections."""
    run = Training(site, "wide", "three thousand metrics")
    for part in range(6):
        names = [f"layer{number // 100:02d}__m{number % 100:02d}" for number in range(part * 500, part * 500 + 500)]
        values: dict[str, Any] = {name: [1.0, 3.0, 2.0] for name in names}
        run.log([1, 2, 3], **values)
    return run.finish()


def few(site: "Site", project: str) -> Training:
    """A run of six metrics in a project of its own."""
    values = [float(step) for step in range(50)]
    names = ("loss", "train__loss", "train__acc", "val__loss", "val__acc", "val__lr")
    metrics: dict[str, Any] = dict.fromkeys(names, values)
    return Training(site, project, "few").log(list(range(50)), **metrics).finish()


def test_of_thousands_of_panels_those_in_view_are_mounted(visit: Visit, page: "Page", wide: Training) -> None:
    asked = queries(page)
    visit(wide.project_path)
    drawn(page, "layer00/m00")
    page.wait_for_timeout(300)
    assert len(keys(page)) < 80
    assert sum(len(questions) for questions in asked) < 20
    section = page.locator("details", has=page.get_by_role("heading", name="layer17", exact=True))
    assert section.get_attribute("open") is None
    section.locator("summary").click()
    drawn(page, "layer17/m00")
    page.mouse.move(900, 500)
    for _ in range(40):
        page.mouse.wheel(0, 1200)
        page.wait_for_timeout(30)
    drawn(page, "layer17/m99")
    assert len(keys(page)) < 120
    assert page.locator("panel-chart .plot canvas").count() < 60
    page.mouse.wheel(0, -100_000)
    drawn(page, "layer00/m00")


def test_panels_are_searched_among_all_of_them(visit: Visit, wide: Training) -> None:
    page = visit(wide.project_path)
    drawn(page, "layer00/m00")
    search = page.get_by_label("Filter metrics")
    assert search.get_attribute("placeholder") == "Search 3 000 charts"
    search.fill("23/M07")
    drawn(page, "layer23/m07")
    assert keys(page) == ["layer23/m07"]
    expect(page.locator("[data-part=count]")).to_have_text("1 of 3 000")
    page.wait_for_url(re.compile("metric=23%2FM07"))
    page.reload()
    drawn(page, "layer23/m07")
    assert keys(page) == ["layer23/m07"]
    search.fill("nothing <b>like</b> it")
    page.get_by_text("No metric of the shown runs has “nothing <b>like</b> it” in its name.").wait_for()
    search.fill("")
    drawn(page, "layer00/m00")
    assert "metric" not in page.url


def test_a_link_opens_a_panel_that_is_not_mounted(visit: Visit, wide: Training) -> None:
    page = visit(f"{wide.project_path}?panel=layer29/m99")
    drawn(page, "layer29/m99")
    page.keyboard.press("Escape")
    expect(chart(page, "layer29/m99")).to_have_count(0)


def test_panels_are_hidden_and_come_back(site: "Site", visit: Visit) -> None:
    run = few(site, "hiding")
    page = visit(run.project_path)
    drawn(page)
    choose(page, "loss", "Hide")
    expect(chart(page, "loss")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(chart(page, "loss")).to_have_count(1)
    choose(page, "val/lr", "Hide")
    expect(page.locator("[data-part=count]")).to_have_text("5 of 6")
    expect(page.locator("details[data-section=val] [data-part=total]")).to_have_text("2 of 3")
    page.wait_for_timeout(300)
    page.goto(site.url + run.path)  # the run's page has the project's layout
    drawn(page)
    assert "val/lr" not in keys(page)
    page.get_by_role("button", name="Layout").click()
    page.get_by_role("menuitem", name="Show val/lr").click()
    chart(page, "val/lr").scroll_into_view_if_needed()
    drawn(page, "val/lr")


def test_panels_are_moved_and_resized_by_mouse_and_by_keyboard(site: "Site", visit: Visit) -> None:
    run = few(site, "moving")
    page = visit(run.project_path)
    drawn(page, "val/loss")
    before = keys(page)
    assert before[-3:] == ["val/acc", "val/loss", "val/lr"]
    choose(page, "val/lr", "Move earlier")
    assert keys(page)[-3:] == ["val/acc", "val/lr", "val/loss"]
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Menu of val/lr"
    title = page.locator("figure", has=chart(page, "val/loss")).locator(".panel-name")
    title.drag_to(page.locator("figure", has=chart(page, "val/acc")).locator(".panel-facts"))
    assert keys(page)[-3:] == ["val/loss", "val/acc", "val/lr"]
    small = chart(page, "val/loss").bounding_box()
    assert small is not None
    choose(page, "val/loss", "Wider")
    page.wait_for_timeout(300)
    large = chart(page, "val/loss").bounding_box()
    assert large is not None
    assert large["width"] > 1.8 * small["width"]
    chart(page, "val/loss").scroll_into_view_if_needed()
    figure = page.locator("figure", has=chart(page, "val/loss"))
    box = figure.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 5, box["y"] + box["height"] - 5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 1.5 * box["height"], steps=4)
    page.mouse.move(box["x"] + box["width"] / 2 - 5, box["y"] + 2 * box["height"], steps=4)
    page.mouse.up()
    expect(figure).to_have_class(re.compile("size-tall"))
    page.wait_for_timeout(300)
    page.reload()
    drawn(page, "val/loss")
    assert keys(page)[-3:] == ["val/loss", "val/acc", "val/lr"]
    expect(figure).to_have_class(re.compile("size-tall"))


def test_a_layout_is_saved_for_the_team_and_taken_away(site: "Site", visit: Visit) -> None:
    run = few(site, "team-layout")
    page = visit(run.project_path)
    drawn(page)
    choose(page, "loss", "Hide")
    layout = page.get_by_role("button", name="Layout")
    layout.click()
    page.get_by_role("menuitem", name="Save for the team").click()
    page.get_by_text("Everybody without a layout of their own sees the charts like this.").wait_for()
    choose(page, "val/lr", "Hide")
    expect(chart(page, "val/lr")).to_have_count(0)
    layout.click()
    page.get_by_role("menuitem", name="Back to the team's layout").click()
    drawn(page, "val/lr")
    assert "loss" not in keys(page)
    layout.click()
    page.get_by_role("menuitem", name="Take away the team's layout").click()
    drawn(page, "loss")
    page.reload()
    drawn(page, "loss")


def test_two_metrics_share_a_chart_until_they_are_separated(site: "Site", visit: Visit) -> None:
    run = few(site, "sharing")
    page = visit(run.project_path)
    drawn(page, "train/loss")
    choose(page, "loss", "Show in one chart")
    page.get_by_label("Metric", exact=True).fill("train/loss")
    page.keyboard.press("Enter")
    expect(chart(page, "train/loss")).to_have_count(0)
    expect(chart(page, "loss")).to_have_attribute("data-stored", "100")
    box = drawn(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 200, box["y"] + 60)
    page.mouse.move(box["x"] + 201, box["y"] + 60)
    expect(page.locator(".readout li")).to_have_count(2)
    assert page.locator(".readout li span").all_inner_texts() == ["few · loss", "few · train/loss"]
    page.reload()
    expect(chart(page, "loss")).to_have_attribute("data-stored", "100")
    choose(page, "loss", "Separate charts again")
    drawn(page, "train/loss")
    page.get_by_role("button", name="Undo").click()
    expect(chart(page, "train/loss")).to_have_count(0)


def test_of_many_runs_the_best_three_are_named(site: "Site", visit: Visit) -> None:
    steps = list(range(200))
    runs = [
        Training(site, "forty", f"trial {place:02d}").log(steps, val__loss=[place + step % 5 / 9 for step in steps])
        for place in (7, 3, 12, 0, 25, 18, 30, 2, 9, 11, 14, 15, 16, 17, 19, 20, 21, 22)
    ]
    page = visit(f"{runs[0].project_path}?{'&'.join(f'run={run.id}' for run in runs)}")
    drawn(page, "val/loss")
    best = page.locator("figure", has=chart(page, "val/loss")).locator(".panel-best li")
    assert best.locator("span").all_inner_texts() == ["trial 00", "trial 02", "trial 03"]
    assert "best 3 by lowest in front" in facts(page, "val/loss")
