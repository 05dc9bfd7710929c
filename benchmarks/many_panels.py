"""The page of charts of 10,000 metrics in Chromium: what is mounted, how a search answers, how smoothly it scrolls.

    python -m benchmarks many_panels

The longest task of the page's main thread comes from a recorded trace; what the browser itself does there counts too.
Baseline: the same page of a project with ten metrics.
"""

import json

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.house import SQLITE, House
from benchmarks.tables import Figure, Table, median
from benchmarks.trainings import call
from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.site import Site

METRICS, SECTION = 10_000, 200
AT_ONCE = 500  # metrics of one batch
STEPS = 400
LONGEST_MS, SEARCH_MS = 100.0, 100.0
TURNS, TURN_PX, TURN_MS = 120, 240, 30  # of the wheel
TRACED = ["toplevel", "devtools.timeline", "__metadata"]
TASKS = ("RunTask", "ThreadControllerImpl::RunTask")
# ms from typing a search to the frame in which the page shows what it found
SEARCH = """async (text) => {
  const field = document.querySelector("[data-choose=metric]");
  const began = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""


def measure(house: House) -> list[Table]:
    site = house.site(SQLITE if SQLITE in house.databases else house.databases[0])
    metrics, times = house.sizes.of(METRICS, 1_000), house.sizes.of(5, 2)
    _fill(site, "many-panels", metrics)
    _fill(site, "few-panels", 10)
    table = Table(f"Charts of {metrics:,} metrics in Chromium", "python -m benchmarks many_panels")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=QUIET_CHROMIUM)
        try:
            _measured(table, browser, site, times)
        finally:
            browser.close()
    return [table]


def _measured(table: Table, browser: Browser, site: Site, times: int) -> None:
    drawn = {
        name: median([_drawn(browser, site, name) for _ in range(times)]) for name in ("few-panels", "many-panels")
    }
    page = _page(browser, site, "many-panels")
    mounted = page.locator("panel-chart").count()
    searches = [float(page.evaluate(SEARCH, text)) for text in ("m7", "m77", "part3", "", "m199", "")]
    for section in page.locator("details.section:not([open]) > summary").all()[:2]:
        section.click()
    page.mouse.move(900, 500)
    browser.start_tracing(page=page, categories=TRACED)
    for _ in range(TURNS):
        page.mouse.wheel(0, TURN_PX)
        page.wait_for_timeout(TURN_MS)
    longest, over = _tasks(browser.stop_tracing())
    table.figures += [
        Figure("in view drawn after navigation", drawn["many-panels"], "ms", None, "ten metrics", drawn["few-panels"]),
        Figure("panels mounted at first", mounted, ""),
        Figure("a search shown, slowest", max(searches), "ms", ("<=", SEARCH_MS)),
        Figure("longest task while scrolling", longest, "ms", ("<=", LONGEST_MS)),
        Figure(f"tasks over {LONGEST_MS:.0f} ms", over, "", ("<=", 0)),
        Figure("panels mounted after scrolling", page.locator("panel-chart").count(), ""),
    ]
    page.context.close()


def _fill(site: Site, project: str, metrics: int) -> None:
    """A finished run of so many metrics, in sections."""
    run = call(site, "POST", f"/api/v1/projects/admin/{project}/runs/", {"name": "wide"})["id"]
    for seq, begin in enumerate(range(0, metrics, AT_ONCE)):
        names = [f"part{one // SECTION}/m{one % SECTION}" for one in range(begin, min(begin + AT_ONCE, metrics))]
        values = {
            name: [(step * 7919 + place) % 1009 / 1009 for step in range(STEPS)] for place, name in enumerate(names)
        }
        body = {"writer": "bench", "seq": seq, "step": list(range(STEPS)), "values": values}
        call(site, "POST", f"/api/v1/runs/{run}/history/", body)
    call(site, "POST", f"/api/v1/runs/{run}/finish/", {})


def _page(browser: Browser, site: Site, project: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    site.sign_in(page)
    page.goto(f"{site.url}/admin/{project}/")
    page.locator("panel-board[data-drawn-at]").wait_for()
    return page


def _drawn(browser: Browser, site: Site, project: str) -> float:
    """ms after navigation in a fresh profile."""
    page = _page(browser, site, project)
    found = float(page.locator("panel-board").get_attribute("data-drawn-at") or "nan")
    page.context.close()
    return found


def _tasks(trace: bytes) -> tuple[float, int]:
    """The longest task of the renderer's main thread in ms, and how many were over LONGEST_MS."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (one["pid"], one["tid"])
        for one in events
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }
    took = [
        one["dur"] / 1000
        for one in events
        if one["name"] in TASKS and (one["pid"], one["tid"]) in mains and "dur" in one
    ]
    return max(took, default=float("nan")), sum(one > LONGEST_MS for one in took)
