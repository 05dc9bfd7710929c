"""Class tables of 1,000 classes: stored, compared over 10 runs in Chromium, and asked for by a filter.

    python -m benchmarks classes

Usable: the classes are painted after navigation in a fresh browser profile with an empty cache. Baselines: a bare page
of the same site; of storing, a batch of as many points.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.compare_page import runs_of, send
from benchmarks.house import House
from benchmarks.tables import Figure, Table, median
from tests.conftest import QUIET_CHROMIUM
from tests.services.finders import chromium_program
from tests.services.site import Site

RUNS, CLASSES, METRICS = 10, 1_000, ("recall", "precision", "f1", "iou")
PAGE_TARGET = 2_000.0
TIMES = 5
BARE = """() => document.readyState === "complete" ? performance.now() : false"""
USABLE = """(rows) => document.readyState === "complete" && document.querySelectorAll("tr[data-class]").length >= rows
  ? performance.now() : false"""


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
    runs = [_run(site, place) for place in range(RUNS)]
    stored = [seconds(_store, site, run, classes, step) for run in runs for step in (1, 2)]
    points = [seconds(store_points, site, run, classes * len(METRICS), seq) for run in runs for seq in (0, 1)]
    table = Table(f"{classes:,} classes × {RUNS} runs, {database}", "python -m benchmarks classes")
    table.figures.append(
        Figure(
            f"stored and indexed: {classes * (len(METRICS) + 1):,} numbers of one step",
            median(stored) * 1_000,
            "ms",
            baseline="as many points",
            baseline_value=median(points) * 1_000,
        )
    )
    compare = f"/admin/classes/compare/?{runs_of(runs)}"
    one = f"/runs/{runs[-1]}/classes/"
    bare = _opened(browser, site, "/accounts/keys/", 0, times)
    for what, path, rows, target in (
        ("compared, the 100 worst: usable", compare, 100, PAGE_TARGET),
        ("compared, one class found: usable", f"{compare}&class=class+77", 1, PAGE_TARGET),
        ("compared, all of them: usable", f"{compare}&classes=all", classes, None),
        ("a run's classes: usable", one, 100, PAGE_TARGET),
    ):
        took = _opened(browser, site, path, rows, times)
        wanted = ("<=", target) if target is not None else None
        table.figures.append(Figure(what, took, "ms", wanted, "a bare page", bare))
    return table


def _run(site: Site, place: int) -> str:
    return str(send(site, "projects/admin/classes/runs/", {"name": f"seg-{place}", "group": "seg"})["id"])


def _store(site: Site, run: str, classes: int, step: int) -> None:
    chance = random.Random(f"{run} {step}")
    columns = {name: [chance.random() for _ in range(classes)] for name in METRICS}
    body = {"step": step, "classes": [f"class {at}" for at in range(classes)], "columns": columns}
    send(site, f"runs/{run}/class-tables/val/", {**body, "support": [100] * classes})


def store_points(site: Site, run: str, points: int, seq: int) -> None:
    """Send one batch of so many points."""
    values = {"loss": [at / points for at in range(points)]}
    send(site, f"runs/{run}/history/", {"writer": "w", "seq": seq, "step": list(range(points)), "values": values})


def seconds(work: Callable[..., None], *arguments: Any) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def _opened(browser: Browser, site: Site, path: str, rows: int, times: int) -> float:
    """Median ms until so many classes are on the page; 0: until it is loaded."""
    took = []
    for _ in range(times + 1):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        site.sign_in(page)
        page.goto(site.url + path, wait_until="commit")
        found = page.wait_for_function(USABLE if rows else BARE, arg=rows, polling="raf", timeout=60_000)
        took.append(float(found.json_value()))
        page.context.close()
    return median(took[1:])  # the first one warms the server
