"""A report of 100 panels in Chromium: its draft with live charts, the published version; and 1 MB in the editor.

    python -m benchmarks report_page

First screen: every panel in view is drawn, after navigation in a fresh browser profile with an empty cache. Baseline: a
bare page of the same site. A key: from the letter to the frame after it. Baseline: a bare text area with the same text.
"""

import time
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.classes import BARE
from benchmarks.compare_page import send, send_run, wait_until_compacted
from benchmarks.confusion import opened
from benchmarks.house import House
from benchmarks.tables import Figure, Table, median
from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.site import Site

RUNS, PANELS, POINTS = 10, 100, 2_000
PAGE_TARGET = 1_000.0
TIMES = 5
IN_VIEW = "[...document.querySelectorAll(%r)].filter((one) => one.getBoundingClientRect().top < innerHeight)"
LIVE = f"""() => {{
  const seen = {IN_VIEW % "panel-board"};
  return seen.length && seen.every((one) => one.dataset.drawnAt) ? performance.now() : false;
}}"""
KEPT = f"""() => {{
  const seen = {IN_VIEW % ".frozen-chart img"}.filter((one) => one.offsetParent);
  return seen.length && seen.every((one) => one.complete && one.naturalWidth) ? performance.now() : false;
}}"""


KEY = """() => new Promise((told) => {
  const area = document.querySelector("textarea");
  area.focus();
  area.setSelectionRange(area.value.length / 2, area.value.length / 2);
  const began = performance.now();
  document.execCommand("insertText", false, "x");
  requestAnimationFrame(() => setTimeout(() => told(performance.now() - began)));
})"""
LINE = "What was tried, and what came of it: a sentence as people write them, of eighty-odd letters.\n"


def measure(house: House) -> list[Table]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=QUIET_CHROMIUM)
        try:
            return [_on(house, database, browser) for database in house.databases]
        finally:
            browser.close()


def _on(house: House, database: str, browser: Browser) -> Table:
    site = house.site(database)
    panels, times = house.sizes.of(PANELS, 10), house.sizes.of(TIMES, 2)
    runs = [send_run(site, "reported", place, panels, house.sizes.of(POINTS, 200)) for place in range(RUNS)]
    wait_until_compacted(site)
    report = send(site, "projects/admin/reported/reports/", {"title": "A hundred", "markdown": text_of(runs, panels)})
    table = Table(f"A report of {panels} panels × {RUNS} runs, {database}", "python -m benchmarks report_page")
    bare = opened(browser, site, "/accounts/keys/", BARE, times)
    live = opened(browser, site, f"/r/{report['id']}/draft/", LIVE, times)
    _publish(site, report["id"])
    kept = opened(browser, site, f"/r/{report['id']}/1/", KEPT, times)
    for what, took in (("the draft: first screen drawn", live), ("the published version: first screen there", kept)):
        table.figures.append(Figure(what, took, "ms", ("<=", PAGE_TARGET), "a bare page", bare))
    words = LINE * (house.sizes.of(1_000_000, 50_000) // len(LINE))
    long = send(site, "projects/admin/reported/reports/", {"title": "Long", "markdown": words})
    typed, plain = _keys(browser, site, long["id"], words, 3 * times)
    what = f"a key typed into {len(words):,} characters"
    table.figures.append(Figure(what, typed, "ms", None, "a bare text area", plain))
    return table


def text_of(runs: list[str], panels: int) -> str:
    blocks = [
        f"## Panel {at}\n\n```panel\nkind: line\nkeys: [m/{at:02d}]\nruns: [{', '.join(runs)}]\n```\n"
        for at in range(panels)
    ]
    return "\n".join(blocks)


def _keys(browser: Browser, site: Site, report: str, words: str, times: int) -> tuple[float, float]:
    """Median ms of a key in the editor, and in a text area with nothing around it."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    site.sign_in(page)
    page.goto(f"{site.url}/r/{report}/edit/")
    page.wait_for_timeout(3_000)  # the first preview is there
    typed = median([float(page.evaluate(KEY)) for _ in range(times)])
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("about:blank")
    page.set_content("<textarea rows=40 cols=120></textarea>")
    page.evaluate("(words) => { document.querySelector('textarea').value = words; }", words)
    plain = median([float(page.evaluate(KEY)) for _ in range(times)])
    page.context.close()
    return typed, plain


def _publish(site: Site, report: str) -> None:
    asked: dict[str, Any] = send(site, f"reports/{report}/publish/", {})
    while not asked.get("published"):
        time.sleep(0.5)
        asked = send(site, asked["progress"].partition("/api/v1/")[2])
