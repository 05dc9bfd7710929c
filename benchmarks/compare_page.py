"""The compare page in Chromium: how long until its visible panels are drawn, and 50 runs on one chart.

    python -m benchmarks.compare_page [--points N] [--times N]

Starts a site of its own on SQLite. Baselines in the same run: the same page asking for its panels one by one (as pages
with a request a chart do), and a bare page of the site (what the browser and the server cost without any chart).
"""

import argparse
import json
import math
import random
import statistics
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.site import Site

RUNS, PANELS = 10, 20
MANY = 50
PAGE_BUDGET_MS = 1_000
CHART_BUDGET_MS = 300
SETTLE_SECONDS = 60

MARKS = """() => ({
  drawn: performance.getEntriesByName("paceline:drawn").map((one) => one.startTime),
  data: performance.getEntriesByName("paceline:data").map((one) => [one.startTime, one.duration]),
  draw: performance.getEntriesByName("paceline:draw").map((one) => one.duration),
  panels: performance.getEntriesByName("paceline:draw").map((one) => one.detail.panels),
  loaded: performance.getEntriesByType("navigation")[0].loadEventEnd,
  requests: performance.getEntriesByType("resource").length + 1,
  bytes: performance.getEntriesByType("resource").reduce((sum, one) => sum + one.transferSize, 0),
})"""

# Splits the page's one question list into a request a panel, one after another.
ONE_BY_ONE = """
const asked = window.fetch;
window.fetch = async (url, options) => {
  if (!String(url).endsWith("/series/query")) return asked(url, options);
  const { questions } = JSON.parse(options.body);
  for (const question of questions.slice(1)) {
    const one = await asked(url, { ...options, body: JSON.stringify({ questions: [question] }) });
    await one.arrayBuffer();
  }
  return asked(url, options);
};
"""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--points", type=int, default=20_000, help="steps of each run and metric")
    asked.add_argument("--times", type=int, default=7)
    said = asked.parse_args()
    site = Site(Path(tempfile.mkdtemp(prefix="paceline-bench-")))
    try:
        ten = [send_run(site, "ten", place, PANELS, said.points) for place in range(RUNS)]
        fifty = [send_run(site, "fifty", place, 1, said.points) for place in range(MANY)]
        wait_until_compacted(site)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=QUIET_CHROMIUM)
            compare = f"/admin/ten/compare/?{runs_of(ten)}"
            chart = f"/admin/fifty/compare/?{runs_of(fifty)}&panel=m/00"
            bare = measure(browser, site, "/accounts/keys/", said.times)
            page = measure(browser, site, compare, said.times)
            split = measure(browser, site, compare, said.times, script=ONE_BY_ONE)
            many = measure(browser, site, chart, said.times)
            browser.close()
    finally:
        site.close()
    visible = page[-1]["panels"][0]
    drawn = statistics.median(one["drawn"][0] for one in page)
    chart_ms = statistics.median(one["draw"][0] for one in many)
    print(
        f"compare page, {RUNS} runs x {PANELS} panels x {said.points:,} steps, {visible} panels in view, n={said.times}"
    )
    line("visible panels drawn after navigation", drawn, PAGE_BUDGET_MS)
    line("  of which: question asked and answered", statistics.median(one["data"][0][1] for one in page))
    line("  of which: drawing", statistics.median(one["draw"][0] for one in page))
    line("baseline: a bare page of the site, loaded", statistics.median(one["loaded"] for one in bare))
    line("baseline: a request a panel, drawn", statistics.median(one["drawn"][0] for one in split))
    print(f"  requests {page[-1]['requests']}, {page[-1]['bytes'] / 1e6:.2f} MB over the wire when nothing is cached")
    print(f"one chart of {MANY} runs x {said.points:,} steps, filling the page")
    line("drawn after its data came", chart_ms, CHART_BUDGET_MS)
    return int(drawn > PAGE_BUDGET_MS or chart_ms > CHART_BUDGET_MS)


def line(what: str, ms: float, budget: int | None = None) -> None:
    verdict = "" if budget is None else f"  (budget {budget} ms: {'met' if ms <= budget else 'MISSED'})"
    print(f"  {what:<44}{ms:8.0f} ms{verdict}")


def runs_of(ids: list[str]) -> str:
    return "&".join(f"run={one}" for one in ids)


def send_run(site: Site, project: str, place: int, keys: int, points: int) -> str:
    """A finished run of noisy walks, all of its metrics in one batch."""
    made = send(site, f"projects/admin/{project}/runs/", {"name": f"run {place:02d}", "config": {"seed": place}})
    chance = random.Random(place)
    values = {}
    for key in range(keys):
        walk = 0.0
        column = []
        for _ in range(points):
            walk += chance.gauss(0, 1)
            column.append(round(walk / math.sqrt(points), 5))
        values[f"m/{key:02d}"] = column
    body = {"writer": "bench", "seq": 0, "step": list(range(points)), "values": values}
    send(site, f"runs/{made['id']}/history/", body)
    send(site, f"runs/{made['id']}/finish/", {})
    return str(made["id"])


def send(site: Site, path: str, body: Any = None) -> Any:
    """What the API answers to a POST, or without a body to a GET."""
    headers = {"Authorization": f"Bearer {site.admin_key}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{site.url}/api/v1/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def wait_until_compacted(site: Site) -> None:
    code = (
        "import time; from apps.history.models import HistoryBatch\n"
        f"end = time.monotonic() + {SETTLE_SECONDS}\n"
        "while HistoryBatch.objects.exists() and time.monotonic() < end: time.sleep(0.2)"
    )
    site.manage("shell", "-v", "0", "-c", code)


def measure(browser: Browser, site: Site, path: str, times: int, script: str = "") -> list[dict[str, Any]]:
    """What the page's own marks say, each time in a fresh browser profile with an empty cache."""
    found = []
    for _ in range(times + 1):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        if script:
            context.add_init_script(script)
        page = context.new_page()
        site.sign_in(page)
        page.goto(site.url + path)
        if "compare" in path:
            page.locator("panel-board").scroll_into_view_if_needed()  # what is different stands first
            page.locator("panel-board[data-drawn-at]").wait_for()
        page.wait_for_timeout(200)
        found.append(page.evaluate(MARKS))
        context.close()
    return found[1:]  # the first one warms the server


if __name__ == "__main__":
    sys.exit(main())
