"""Confusion matrices of 1,000 classes: stored, and 10 runs beside each other in Chromium.

    python -m benchmarks confusion

Usable: the list of mistakes is there and every picture is painted, after navigation in a fresh browser profile with an
empty cache. A thing done: from its event to the next frame. Baselines: a bare page of the same site; of storing, a
batch of as many points as the matrix has cells that are not 0.
"""

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.classes import BARE, seconds, store_points
from benchmarks.compare_page import runs_of, send
from benchmarks.house import House
from benchmarks.tables import Figure, Table, median
from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.site import Site

RUNS, CLASSES, CELLS_OF_A_CLASS = 10, 1_000, 60
PAGE_TARGET = 2_000.0
FRAME_TARGET = 100.0
TIMES = 5
USABLE = """() => document.querySelector("confusion-view[data-ready]") ? performance.now() : false"""
LISTED = """() => document.readyState === "complete" && document.querySelectorAll("tr[data-confusion]").length
  ? performance.now() : false"""
DONE = """(act) => new Promise((told) => {
  const canvas = document.querySelector("confusion-view canvas");
  const began = performance.now();
  if (act === "zoom") document.querySelector("[data-zoom=in]").click();
  else {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const at = { clientX: left + width * Math.random(), clientY: top + height * Math.random(), bubbles: true };
    canvas.dispatchEvent(new PointerEvent("pointermove", at));
  }
  requestAnimationFrame(() => setTimeout(() => told(performance.now() - began)));
})"""


def measure(house: House) -> list[Table]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=QUIET_CHROMIUM)
        try:
            return [_on(house, database, browser) for database in house.databases]
        finally:
            browser.close()


def _on(house: House, database: str, browser: Browser) -> Table:
    site = house.site(database)
    classes, times = house.sizes.of(CLASSES, 150), house.sizes.of(TIMES, 2)
    made = [send(site, "projects/admin/confusion/runs/", {"name": f"net-{at}", "group": "net"}) for at in range(RUNS)]
    runs = [str(one["id"]) for one in made]
    stored = [seconds(_store, site, run, classes, place) for place, run in enumerate(runs)]
    points = [seconds(store_points, site, run, classes * CELLS_OF_A_CLASS, 0) for run in runs]
    table = Table(f"{classes:,} × {classes:,} confusions × {RUNS} runs, {database}", "python -m benchmarks confusion")
    what = f"stored and indexed: {classes * CELLS_OF_A_CLASS:,} cells"
    table.figures.append(Figure(what, median(stored) * 1_000, "ms", None, "as many points", median(points) * 1_000))
    bare = opened(browser, site, "/accounts/keys/", BARE, times)
    asked = runs_of(runs)
    for what, path, usable in (
        ("10 matrices, difference: usable", f"/admin/confusion/compare/confusion/?{asked}", USABLE),
        ("a run's matrix beside the one before: usable", f"/runs/{runs[-1]}/confusion/", USABLE),
        ("the compare page: what rose most is listed", f"/admin/confusion/compare/?{asked}", LISTED),
    ):
        took = opened(browser, site, path, usable, times)
        table.figures.append(Figure(what, took, "ms", ("<=", PAGE_TARGET), "a bare page", bare))
    for what, took in _done(browser, site, f"/admin/confusion/compare/confusion/?{asked}", times):
        table.figures.append(Figure(f"10 matrices, {what}", took, "ms", ("<=", FRAME_TARGET)))
    return table


def _store(site: Site, run: str, classes: int, place: int) -> None:
    chance = np.random.default_rng(place)
    cells = {}
    for actual in range(classes):
        cells[actual, actual] = 50
        for predicted in chance.integers(0, classes, CELLS_OF_A_CLASS - 1).tolist():
            cells[actual, predicted] = cells.get((actual, predicted), 0) + 1
    columns = {"actual": [one for one, _ in cells], "predicted": [other for _, other in cells]}
    names = [f"class {at}" for at in range(classes)]
    body = {"step": 1, "classes": names, **columns, "counts": list(cells.values())}
    send(site, f"runs/{run}/confusion-matrices/val/", body)


def _page(browser: Browser, site: Site, path: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    site.sign_in(page)
    page.goto(site.url + path, wait_until="commit")
    return page


def opened(browser: Browser, site: Site, path: str, usable: str, times: int) -> float:
    """Median ms until a page is usable."""
    took = []
    for _ in range(times + 1):
        page = _page(browser, site, path)
        found = page.wait_for_function(usable, polling="raf", timeout=60_000)
        took.append(float(found.json_value()))
        page.context.close()
    return median(took[1:])  # the first one warms the server


def _done(browser: Browser, site: Site, path: str, times: int) -> list[tuple[str, float]]:
    page = _page(browser, site, path)
    page.wait_for_function(USABLE, polling="raf", timeout=60_000)
    found = [
        ("another cell looked at", median([float(page.evaluate(DONE, "look")) for _ in range(4 * times)])),
        ("zoomed", median([float(page.evaluate(DONE, "zoom")) for _ in range(times)])),
    ]
    page.context.close()
    return found
