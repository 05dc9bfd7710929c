"""Charts in a real browser: drawn, zoomed at full fidelity, pointed at, live."""

import json
import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.trainings import Training, charts_path

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Request

    from tests.services.site import Site

Visit = Callable[[str], "Page"]


def chart(page: "Page", key: str = "loss") -> "Locator":
    return page.locator(f'panel-chart[data-key="{key}"]')


def drawn(page: "Page", key: str = "loss") -> "Locator":
    found = page.locator(f'panel-chart.drawn[data-key="{key}"]')
    found.wait_for()
    return found


def facts(page: "Page", key: str = "loss") -> str:
    drawn(page, key)
    return page.locator("figure", has=chart(page, key)).locator("[data-part=facts]").inner_text()


def drag(page: "Page", where: "Locator", start: float, end: float, shift: bool = False) -> None:
    """Drag over a chart from one fraction of its plot to another."""
    box = where.bounding_box()
    assert box is not None
    left, width = box["x"] + 54, box["width"] - 54 - 12
    y = box["y"] + box["height"] / 2
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(left + width * start, y)
    page.mouse.down()
    page.mouse.move(left + width * (start + end) / 2, y)
    page.mouse.move(left + width * end, y)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def painted(where: "Locator") -> int:
    """How many pixels of the chart's lines are not empty."""
    count: int = where.locator(".lines").evaluate(
        """canvas => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let n = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i] > 40) n += 1;
            return n;
        }"""
    )
    return count


def lit(where: "Locator") -> bool:
    """Whether anything is painted over the chart."""
    found: bool = where.locator(".overlay").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(v => v > 0)"
    )
    return found


def queries(page: "Page") -> list[Any]:
    """Every series/query from now on, as its questions."""
    asked: list[Any] = []

    def note(request: "Request") -> None:
        if request.url.endswith("/series/query"):
            asked.append(json.loads(request.post_data or "{}")["questions"])

    page.on("request", note)
    return asked


def until(page: "Page", where: "Locator", name: str, wanted: Callable[[str], bool], seconds: float = 10) -> str:
    """Wait until a data attribute of an element is as wanted; gives it."""
    value = ""
    for _ in range(int(seconds * 20)):
        value = where.get_attribute(f"data-{name}") or ""
        if wanted(value):
            return value
        page.wait_for_timeout(50)
    raise AssertionError(f"data-{name} is {value!r} after {seconds} s")


@pytest.fixture(scope="module")
def spiky(site: "Site") -> Training:
    """40,000 steps with one spike of one step."""
    values = [math.sin(step / 3000) for step in range(40_000)]
    values[12_345] = 50.0
    return Training(site, "spiky", "one spike").log(list(range(40_000)), loss=values, other=values).finish()


@pytest.fixture(scope="module")
def many(site: "Site") -> list[Training]:
    """Ten runs of 12 metrics: enough for means, and for panels below the fold."""
    made = []
    for place in range(10):
        steps = list(range(3000))
        metrics: dict[str, Any] = {
            f"m__{metric:02d}": [math.sin(step / 200 + place) + metric for step in steps] for metric in range(12)
        }
        made.append(
            Training(site, "many", f"run {place}", config={"seed": place, "lr": 0.1}).log(steps, **metrics).finish()
        )
    return made


def test_a_panel_draws_lines_and_says_what_it_drew(visit: Visit, spiky: Training) -> None:
    page = visit(spiky.project_path)
    assert painted(drawn(page)) > 500
    said = facts(page)
    assert said.startswith("1 of 1 run · ")
    assert said.endswith("/40k points")


def test_dragging_asks_again_and_shows_every_step(visit: Visit, spiky: Training) -> None:
    page = visit(spiky.project_path)
    assert float(drawn(page).get_attribute("data-high") or 0) == 50.0
    asked = queries(page)
    drag(page, chart(page), 0.3, 0.32)
    until(page, chart(page), "stored", lambda value: value != "40000")
    assert "from=" in page.url
    assert asked[0][0]["from"] < 12_345 < asked[0][0]["to"]
    assert float(chart(page).get_attribute("data-high") or 0) == 50.0
    stored = chart(page).get_attribute("data-stored")
    assert int(stored or 0) < 1_000
    assert int(chart(page).get_attribute("data-drawn") or 0) >= int(stored or 0)  # every point of the range is drawn


def test_double_click_and_escape_and_back_undo_a_zoom(visit: Visit, spiky: Training) -> None:
    page = visit(spiky.project_path)
    drawn(page)
    for undo in ("double click", "escape", "back", "button"):
        drag(page, chart(page), 0.5, 0.6)
        until(page, chart(page), "stored", lambda value: value != "40000")
        if undo == "double click":
            chart(page).dblclick()
        elif undo == "escape":
            page.keyboard.press("Escape")
        elif undo == "back":
            page.go_back()
        else:
            page.get_by_role("button", name="Whole range").click()
        until(page, chart(page), "stored", lambda value: value == "40000")
        assert "from=" not in page.url


def test_a_zoom_is_in_the_url_and_comes_back_with_it(visit: Visit, spiky: Training) -> None:
    page = visit(f"{spiky.project_path}?from=12000&to=12999&y=log")
    until(page, drawn(page), "stored", lambda value: value == "1000")
    assert page.get_by_role("button", name="Log", exact=True).get_attribute("aria-pressed") == "true"


def test_shift_and_drag_moves_the_range(visit: Visit, spiky: Training) -> None:
    page = visit(f"{spiky.project_path}?from=10000&to=20000")
    drawn(page)
    drag(page, chart(page), 0.6, 0.1, shift=True)
    page.wait_for_url(re.compile("from=1[45]"))
    start, end = (int(one) for one in re.findall(r"(?:from|to)=(\d+)", page.url))
    assert end - start == 10_000


def test_values_that_are_not_finite_are_marked(site: "Site", visit: Visit) -> None:
    values = [1.0] * 100
    values[20], values[50], values[70] = math.nan, math.inf, -math.inf
    run = Training(site, "not-finite", "holes").log(list(range(100)), loss=values).finish()
    page = visit(run.path)
    assert drawn(page).get_attribute("data-marks") == "3"
    assert "3 not finite" in facts(page)
    assert page.get_by_text("1 NaN").count() == 1


def test_the_cursor_shows_all_runs_on_all_charts(visit: Visit, many: list[Training]) -> None:
    page = visit(charts_path(*many[:3]))
    box = drawn(page, "m/00").bounding_box()
    drawn(page, "m/01")
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + 60)
    readout = page.locator(".readout")
    readout.wait_for()
    assert readout.locator("li").count() == 3
    assert "step 1" in readout.inner_text()
    assert lit(chart(page, "m/00"))
    assert lit(chart(page, "m/01"))
    page.mouse.move(2, 2)
    readout.wait_for(state="hidden")


def test_ten_runs_are_means_with_extremes_and_the_pinned_one_is_exact(visit: Visit, many: list[Training]) -> None:
    page = visit(charts_path(*many))
    assert "mean + extremes" in facts(page, "m/00")
    assert facts(page, "m/00").startswith("10 of 10 runs · ")
    asked = queries(page)
    page.locator(f'[data-run="{many[3].id}"] .pin').click()
    page.wait_for_url(re.compile(f"pin={many[3].id}"))
    page.wait_for_timeout(400)
    exact = [one for questions in asked for one in questions if one["draw"] == "lines"]
    assert exact
    assert {tuple(one["runs"]) for one in exact} == {(many[3].id,)}
    page.reload()
    drawn(page, "m/00")
    page.wait_for_timeout(400)
    assert lit(chart(page, "m/00"))


def test_a_metric_of_few_runs_is_drawn_exactly_among_many(site: "Site", visit: Visit, page: "Page") -> None:
    runs = [Training(site, "few-of-many", f"run {place}").log([1], loss=[1.0]) for place in range(9)]
    runs[0].log(list(range(5000)), alone=[float(step % 7) for step in range(5000)])
    asked = queries(page)
    visit(charts_path(*runs))
    assert facts(page, "alone").startswith("1 of 9 runs")
    by_key = {one["key"]: one for one in asked[0]}
    assert by_key["alone"]["draw"] == "lines"
    assert by_key["loss"]["draw"] == "mean"


def test_one_request_asks_for_what_is_in_view_and_nothing_else(
    visit: Visit, page: "Page", many: list[Training]
) -> None:
    asked = queries(page)
    visit(many[0].project_path)
    drawn(page, "m/00")
    page.wait_for_timeout(600)
    assert len(asked) == 1
    assert 3 <= len(asked[0]) < 12
    last = chart(page, "m/11")
    assert last.get_attribute("data-state") is None
    assert last.locator(".plot canvas").count() == 0
    last.scroll_into_view_if_needed()
    drawn(page, "m/11")
    keys = [one["key"] for questions in asked for one in questions]
    assert len(keys) == len(set(keys))


def test_the_budget_of_points_bounds_what_is_asked(visit: Visit, page: "Page", many: list[Training]) -> None:
    asked = queries(page)
    visit(charts_path(*many))
    drawn(page, "m/00")
    assert all(100 <= one["px"] <= 500 for one in asked[0])


def test_hiding_a_run_changes_charts_url_and_chip(visit: Visit, many: list[Training]) -> None:
    page = visit(many[0].project_path)
    drawn(page, "m/00")
    row = page.locator(f'[data-run="{many[0].id}"]')
    colours = page.locator(".run .chip").evaluate_all("chips => chips.map(chip => chip.getAttribute('class'))")
    row.locator("input").uncheck()
    page.wait_for_url(re.compile("run="))
    assert many[0].id not in page.url
    until(page, chart(page, "m/00"), "stored", lambda value: value == "27000")
    assert "off" in (row.locator(".chip").get_attribute("class") or "")
    row.locator("input").check()
    until(page, chart(page, "m/00"), "stored", lambda value: value == "30000")
    page.wait_for_timeout(800)
    again = page.locator(".run .chip").evaluate_all("chips => chips.map(chip => chip.getAttribute('class'))")
    assert [one.strip() for one in colours] == [one.strip() for one in again]


def test_a_logarithmic_axis_says_what_it_cannot_show(site: "Site", visit: Visit) -> None:
    run = Training(site, "log-axis", "crosses zero").log([1, 2, 3, 4], loss=[10.0, 0.0, -1.0, 1000.0]).finish()
    page = visit(run.path)
    drawn(page)
    page.get_by_role("button", name="Log", exact=True).click()
    page.wait_for_url(re.compile("y=log"))
    page.wait_for_timeout(300)
    assert "2 ≤ 0 not on log" in facts(page)
    assert painted(chart(page)) > 0


def test_the_time_axis_asks_in_time(site: "Site", visit: Visit, page: "Page") -> None:
    start = 1_700_000_000_000
    run = Training(site, "time-axis", "timed").log([1, 2, 3], [start, start + 1000, start + 9000], loss=[1.0, 2.0, 3.0])
    visit(run.finish().path)
    drawn(page)
    asked = queries(page)
    page.get_by_role("button", name="Time", exact=True).click()
    page.wait_for_url(re.compile("x=time"))
    page.wait_for_timeout(500)
    assert asked[-1][0]["x"] == "time"
    assert painted(chart(page)) > 0


def test_live_points_appear_without_a_reload(site: "Site", visit: Visit) -> None:
    run = Training(site, "live", "training").log([0, 1], loss=[1.0, 0.5])
    page = visit(run.project_path)
    until(page, drawn(page), "stored", lambda value: value == "2")
    page.evaluate("window.stayed = true")
    run.log([2, 3, 4], loss=[0.4, 0.3, 0.2])
    until(page, chart(page), "stored", lambda value: value == "5")
    run.log([0], val__loss=[0.9])
    drawn(page, "val/loss")
    run.finish()
    page.locator(".run .state-finished").wait_for()
    assert page.evaluate("window.stayed") is True


def test_a_project_without_runs_comes_alive_with_the_first_one(site: "Site", visit: Visit) -> None:
    first = Training(site, "first-light", "gone")
    site.manage(
        "shell", "-c", f"from apps.runs.models import Run; Run.objects.filter(name='gone').delete()  # {first.id}"
    )
    page = visit("/admin/first-light/")
    page.get_by_text("No runs yet").wait_for()
    Training(site, "first-light", "real").log([0], loss=[1.0])
    drawn(page)


def test_a_chart_fills_the_page_and_leaves_it(visit: Visit, spiky: Training) -> None:
    page = visit(spiky.project_path)
    small = drawn(page).bounding_box()
    figure = page.locator("figure", has=chart(page))
    figure.hover()
    figure.get_by_role("button", name="Enlarge loss").click()
    page.wait_for_url(re.compile("panel=loss"))
    page.wait_for_timeout(400)
    large = chart(page).bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] > 1.5 * small["width"]
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert chart(page).bounding_box() == small


def test_a_failed_answer_offers_to_try_again(visit: Visit, page: "Page", spiky: Training, trouble: list[str]) -> None:
    page.route(
        "**/series/query", lambda route: route.fulfill(status=503, json={"code": "unavailable", "message": "Full."})
    )
    visit(spiky.project_path)
    page.get_by_text("Full.").first.wait_for()
    assert trouble
    trouble.clear()
    page.unroute("**/series/query")
    page.get_by_role("button", name="Try again").first.click()
    drawn(page)
    assert page.get_by_text("Full.").count() == 0


def test_charts_follow_the_theme(visit: Visit, spiky: Training) -> None:
    page = visit(spiky.project_path)
    drawn(page)
    before = chart(page).locator(".plot canvas").screenshot()
    page.get_by_role("button", name="Switch between dark and light").click()
    page.wait_for_timeout(400)
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert chart(page).locator(".plot canvas").screenshot() != before
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    drawn(page)
