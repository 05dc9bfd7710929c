"""Bands, smoothing and time from the start on the pages: by mouse or keyboard, in the URL, on a telephone too."""

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.test_charts import chart, drag, drawn, facts, painted, queries, until
from tests.browser.trainings import Training, charts_path

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.services.site import Site

Visit = Callable[[str], "Page"]
STEPS = list(range(2000))
START = 1_700_000_000_000


@pytest.fixture(scope="module")
def sweep(site: "Site") -> list[Training]:
    """Two learning rates with three seeds each."""
    made = []
    for place in range(6):
        lr, seed = (0.1, 0.01)[place // 3], place % 3
        run = Training(
            site, "sweep", f"lr {lr} seed {seed}", config={"lr": lr, "seed": seed, "model": "cnn"}, started_at=START
        )
        loss = [math.exp(-step * lr / 40) + 0.05 * math.sin(step * (seed + 2)) for step in STEPS]
        made.append(run.log(STEPS, [START + 60_000 + step * 100 for step in STEPS], loss=loss).finish())
    return made


def test_runs_are_grouped_into_bands(visit: Visit, sweep: list[Training]) -> None:
    page = visit(sweep[0].project_path)
    drawn(page)
    asked = queries(page)
    group = page.get_by_label("Group runs by")
    options = group.locator("option").all_inner_texts()
    assert options == ["no runs", "all shown", "all but seed", "lr", "seed"]
    group.select_option("config.lr")
    page.wait_for_url(re.compile(r"group_by=config\.lr"))
    until(page, chart(page), "state", lambda value: value == "drawn")
    legend = page.locator("[data-part=groups]")
    legend.wait_for()
    assert legend.locator("li span").all_inner_texts() == ["lr=0.01", "lr=0.1"]
    assert legend.locator("li small").all_inner_texts() == ["3 runs", "3 runs"]
    assert (asked[-1][0]["draw"], asked[-1][0]["group_by"]) == ("band", ["config.lr"])
    assert "mean ± std + extremes · cells of" in facts(page)
    assert page.get_by_role("button", name="Relative").is_disabled()
    assert painted(chart(page)) > 500
    page.reload()
    legend.locator("li").first.wait_for()
    group.select_option("")
    legend.wait_for(state="hidden")
    assert "group_by" not in page.url


def test_the_readout_of_a_band_says_mean_spread_and_runs(visit: Visit, sweep: list[Training]) -> None:
    page = visit(charts_path(*sweep, query="&group_by=-config.seed"))
    box = drawn(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + 60)
    readout = page.locator(".readout")
    readout.wait_for()
    assert readout.locator("li").count() == 2
    assert "3 runs" in readout.inner_text()
    assert "±" in readout.inner_text()


def test_the_smoothing_slider_is_in_the_url_and_works_by_keyboard(visit: Visit, sweep: list[Training]) -> None:
    page = visit(sweep[0].path)
    drawn(page)
    asked = queries(page)
    slider = page.get_by_label("Half-life of smoothing")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(re.compile("smooth=20"))
    assert slider.get_attribute("aria-valuetext") == "20 steps"
    page.wait_for_timeout(500)
    assert asked[-1][0]["smooth"] == 20
    assert "smoothed" in facts(page)
    page.keyboard.press("End")
    page.wait_for_url(re.compile("smooth=1000"))  # no wider than the run
    drag(page, chart(page), 0.4, 0.5)
    until(page, chart(page), "stored", lambda value: value != "2000")
    assert "smooth=1000" in page.url
    page.keyboard.press("Escape")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_url(lambda url: "smooth" not in url)


def test_time_can_count_from_the_start_of_each_run(visit: Visit, sweep: list[Training]) -> None:
    page = visit(charts_path(*sweep[:2]))
    drawn(page)
    asked = queries(page)
    page.get_by_role("button", name="Relative", exact=True).click()
    page.wait_for_url(re.compile("x=relative"))
    page.wait_for_timeout(500)
    assert asked[-1][0]["x"] == "relative"
    box = chart(page).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 14, box["y"] + 60)
    page.mouse.move(box["x"] + box["width"] - 13, box["y"] + 60)
    page.locator(".readout").wait_for()
    assert re.search(r"4 min (19|20) s after the start", page.locator(".readout").inner_text())
    page.get_by_role("button", name="Active", exact=True).click()
    page.wait_for_url(re.compile("x=active"))


def test_the_controls_fit_on_a_telephone(phone: Visit, sweep: list[Training]) -> None:
    page = phone(f"{sweep[0].project_path}?group_by=-config.seed")
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.get_by_label("Half-life of smoothing").is_disabled()
    assert page.get_by_label("Group runs by").is_visible()


def test_x_can_be_another_metric(site: "Site", visit: Visit) -> None:
    run = Training(site, "over-epochs", "epochs").log(STEPS, loss=[1 / (step + 1) for step in STEPS])
    run.log(STEPS[::100], epoch=[step / 1000 for step in STEPS[::100]]).finish()
    page = visit(run.path)
    drawn(page)
    asked = queries(page)
    page.get_by_label("Horizontal axis: another metric").select_option("epoch")
    page.wait_for_url(re.compile("x=key%3Aepoch"))
    until(page, chart(page), "axes", lambda value: value == "value-linear")
    assert (asked[-1][0]["x"], asked[-1][0]["draw"]) == ("key:epoch", "lines")
    assert page.get_by_label("Half-life of smoothing").is_disabled()
    assert painted(chart(page)) > 200
    drag(page, chart(page), 0.4, 0.6)
    page.wait_for_url(re.compile(r"from=0\.7"))
    page.get_by_role("button", name="Step", exact=True).click()
    page.wait_for_url(lambda url: "x=" not in url and "from=" not in url)
