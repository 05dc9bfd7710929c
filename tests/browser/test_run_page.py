"""The first page of a run and its system page, as people see them."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.trainings import Training

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
STEPS = list(range(1, 201))


@pytest.fixture
def run(site: "Site") -> Training:
    project = "first-page"
    falling = [0.3 + 2 / math.sqrt(step) for step in STEPS]
    Training(site, project, "seed-1", group="g").log(STEPS, val__loss=[value + 0.1 for value in falling]).finish()
    facts: dict[str, Any] = {"config": {"max_steps": 400}, "provenance": {"packages": {"torch": "2.9", "numpy": "2.4"}}}
    run = Training(site, project, "seed-2", group="g", **facts).log(STEPS, val__loss=falling)
    values: dict[str, Any] = {f"system__gpu__{gpu}__utilization_percent": [20.0 + gpu] * 40 for gpu in range(2)}
    return run.log(STEPS[:40], **values, system__memory_bytes=[4e9] * 40)


def test_the_first_screen_says_how_good_how_far_and_where_it_goes(visit: Visit, run: Training) -> None:
    page = visit(run.path)
    expect(page.locator(".headline")).to_contain_text("val/loss")
    expect(page.locator(".headline .delta")).to_have_text("−0.1 better")
    expect(page.locator("#facts")).to_contain_text("of 400, 50 %")
    expect(page.locator(".outlook-words")).to_contain_text("now, still falling; by step 400 about 0.")
    for part in (".headline", ".state-bar", ".outlook-drawing"):
        box = page.locator(part).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 800
    expect(page.locator("panel-chart")).to_have_count(1)  # the machine's series are on their own page
    page.get_by_role("link", name="What happened").click()
    expect(page.locator(".moments")).to_be_in_viewport()


def test_the_system_page_draws_over_time_and_finds_packages(visit: Visit, run: Training) -> None:
    page = visit(run.path)
    page.get_by_role("navigation", name="This run").get_by_role("link", name="System").click()
    expect(page.locator("#system-summary")).to_contain_text("20 % mean, 21 % at most")
    expect(page.locator("#system-summary")).to_contain_text("wait for its data")
    expect(page.get_by_role("button", name="Relative")).to_have_attribute("aria-pressed", "true")
    chart = page.locator("panel-chart[data-key='system/gpu/1/utilization_percent']")
    expect(chart.locator("canvas, svg").first).to_be_visible()
    page.get_by_role("searchbox", name="Find a package").fill("num")
    expect(page.locator(".packages div:visible")).to_have_count(1)


def test_both_pages_fit_a_telephone(phone: Visit, run: Training) -> None:
    for path in (run.path, run.path + "system/"):
        page = phone(path)
        page.locator(".tabs").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
