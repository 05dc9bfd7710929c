"""The page of the run table in Chromium: 100,000 runs of 50 values in one project.

    python -m benchmarks table_page

Usable: its rows are painted and its scripts attached, after navigation in a fresh browser profile with an empty cache.
An interaction: from the click or key to the frame in which the table shows what was asked for. Baseline of the page: a
bare page of the same site; of an interaction: loading the page that the same link leads to.
"""

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.house import House
from benchmarks.run_table import fill
from benchmarks.tables import Figure, Table, median
from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.site import Site

PAGE_TARGET, ACT_TARGET = 1_500.0, 100.0
TIMES = 7
PATH = "/admin/table-page/runs/"
COLUMNS = "?col=metric.m0.last&col=metric.m1.last&col=config.k0&col=config.k10&sort=-metric.m0.last"
USABLE = """() => customElements.get("run-table") && document.querySelector("tbody [data-run]")
  ? performance.now() : false"""
BARE = """() => document.readyState === "complete" ? performance.now() : false"""
# Clicks and waits: [ms until the table shows other rows, ms until it said that it is busy or null].
ACT = """async (act) => {
  const box = document.querySelector("#table-box");
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  let busy = null;
  const began = performance.now();
  const changed = new Promise((done) => {
    const watch = new MutationObserver((changes) => {
      if (busy === null && box.getAttribute("aria-busy") === "true") busy = performance.now() - began;
      if (changes.some((one) => one.type !== "attributes" || one.attributeName !== "aria-busy")) {
        watch.disconnect();
        done();
      }
    });
    watch.observe(box, { childList: true, characterData: true, subtree: true, attributes: true });
  });
  if (act.filter === undefined) document.querySelector(act.click).click();
  else {
    const field = document.querySelector("run-table [name=filter]");
    field.value = act.filter;
    field.form.requestSubmit();
  }
  await changed;
  await frame();
  return [performance.now() - began, busy];
}"""
ACTS: dict[str, dict[str, str]] = {
    "sorted by a metric": {"click": "th[data-column='metric.m1.last'] a.sort"},
    "sorted by a category": {"click": "th[data-column='config.k10'] a.sort"},
    "filtered to 1 %": {"filter": "config.k0 < 0.01"},
    "next page": {"click": "[data-go=next]"},
    "grouped by a category": {"click": "th[data-column='config.k10'] [data-go=group]"},
    "a run selected": {"click": "tbody input[type=checkbox]"},
}


def measure(house: House) -> list[Table]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=QUIET_CHROMIUM)
        try:
            return [_on(house, database, browser) for database in house.databases]
        finally:
            browser.close()


def _on(house: House, database: str, browser: Browser) -> Table:
    site = house.site(database)
    runs = house.sizes.of(100_000, 2_000)
    times = house.sizes.of(TIMES, 2)
    fill(site, runs, "table-page")
    table = Table(f"The page of {runs:,} runs in Chromium, {database}", "python -m benchmarks table_page")
    bare = _opened(browser, site, "/accounts/keys/", BARE, times)
    for what, path in (("the table", PATH), ("sorted, four columns", PATH + COLUMNS)):
        usable = _opened(browser, site, path, USABLE, times)
        table.figures.append(Figure(f"{what}: usable", usable, "ms", ("<=", PAGE_TARGET), "a bare page", bare))
    charts = _opened(browser, site, "/admin/table-page/", BARE, times)
    table.figures.append(Figure("the page of charts: loaded", charts, "ms", ("<=", PAGE_TARGET), "a bare page", bare))
    for what, act in ACTS.items():
        took, busy, loaded = _acted(browser, site, act, times)
        good = took <= ACT_TARGET or (busy is not None and busy <= ACT_TARGET)
        table.figures.append(Figure(what, took, "ms", ("<=", ACT_TARGET), "the page loaded anew", loaded, met=good))
        if busy is not None:
            table.notes.append(f"{what}: says that it is busy after {busy:.0f} ms")
    return table


def _opened(browser: Browser, site: Site, path: str, when: str, times: int) -> float:
    """Median ms until the page is as `when` asks."""
    took = []
    for _ in range(times + 1):
        page = _page(browser, site)
        page.goto(site.url + path, wait_until="commit")
        took.append(float(page.wait_for_function(when, polling="raf", timeout=60_000).json_value()))
        page.context.close()
    return median(took[1:])  # the first one warms the server


def _acted(browser: Browser, site: Site, act: dict[str, str], times: int) -> tuple[float, float | None, float]:
    """Medians: ms of an interaction, ms until it says that it is busy (None: never), ms of loading what it leads to."""
    found: list[tuple[float, float | None, float]] = []
    page = _page(browser, site)
    for _ in range(times + 1):
        page.goto(site.url + PATH + COLUMNS)
        page.wait_for_function(USABLE, polling="raf", timeout=60_000)
        page.wait_for_timeout(300)
        took, busy = page.evaluate(ACT, act)
        page.reload(wait_until="commit")
        loaded = page.wait_for_function(BARE, polling="raf", timeout=60_000).json_value()
        found.append((took, busy, float(loaded)))
    page.context.close()
    found = found[1:]
    said = [one for _, one, _ in found if one is not None]
    return median([one for one, _, _ in found]), median(said) if said else None, median([one for *_, one in found])


def _page(browser: Browser, site: Site) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    site.sign_in(page)
    return page
