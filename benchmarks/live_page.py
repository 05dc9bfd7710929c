"""What an open page costs while runs run, and how late it is: polls of live/ against reading everything again.

    python -m benchmarks live_page

Charts: the page of 10 running runs x 20 panels of 20,000 steps each, every run and metric a point further before each
poll; and a poll with nothing new. Baseline, what the page did before: the same questions answered whole, and the page's
HTML. Table: a page of 50 of 100,000 runs (as benchmarks/run_table.py makes them), one of which changed; baseline, the
page's HTML again. Bytes are those of bodies as they travel: polls come packed, which what was read again never did.

Latency: a training in a process of its own logs through the Python client, at moments that have nothing to do with the
page's; Chromium notes when the chart has drawn the point. Baseline: a poll's interval, 2 s.
"""

import contextlib
import gzip
import http.client
import json
import random
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks import run_table
from benchmarks.house import SQLITE, House
from benchmarks.tables import Figure, Table, median
from benchmarks.trainings import BINARY, PROJECT, call, clone, fill
from tests.conftest import QUIET_CHROMIUM
from tests.panels.open_page import OpenPage
from tests.services.finders import chromium_program
from tests.services.keeper import ROOT
from tests.services.site import Site
from tests.workspace.held import held_of

RUNS, PANELS, PX = 10, 20, 250  # pixel columns: of means, half a panel's width
LATENCY_SECONDS = 3.0
TIMES = 15
GZIP = b"\x1f\x8b"

TRAINING = """
import sys, time, random
import paceline
run = paceline.init(project="admin/latency", name="late")
for line in sys.stdin:
    step = int(line)
    print(time.time() * 1000, flush=True)
    run.log({"loss": 1 / (step + 1)}, step=step)
run.finish()
"""
WATCH = """() => {
  window.drawn = {};
  const note = () => {
    const chart = document.querySelector("panel-chart");
    if (chart?.dataset.stored) window.drawn[chart.dataset.stored] ??= performance.timeOrigin + performance.now();
  };
  new MutationObserver(() => requestAnimationFrame(() => requestAnimationFrame(note)))
    .observe(document.querySelector("panel-chart"), { attributes: true, attributeFilter: ["data-stored"] });
  note();
}"""


def measure(house: House) -> list[Table]:
    tables = [_on(house, database) for database in house.databases]
    return [*tables, _latency(house)] if SQLITE in house.databases else tables


def _on(house: House, database: str) -> Table:
    site = house.site(database)
    table = Table(f"Live pages on {database}", "python -m benchmarks live_page")
    table.figures += _charts(house, site) + _rows(house, site)
    return table


Ask = Callable[..., tuple[bytes, float]]


class Client:
    """What OpenPage sends by. last: bytes and ms of the newest answer."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.last = (0, 0.0)

    def send(self, method: str, path: str, body: Any) -> SimpleNamespace:
        content, took = self.ask(method, path, body, **{"Accept-Encoding": "gzip"})
        self.last = len(content), took
        packed = content[:2] == GZIP
        return SimpleNamespace(content=gzip.decompress(content) if packed else content, status_code=200)


# --- charts ---


def _charts(house: House, site: Site) -> list[Figure]:
    steps = house.sizes.of(20_000, 2_000)
    rng = np.random.default_rng(1)
    columns = {f"m/{key:02d}": np.cumsum(rng.normal(size=steps)) / 100 for key in range(PANELS)}
    first = fill(site, columns, name="followed")
    runs = [first, *clone(site, first, RUNS - 1)]
    with _asking(site) as ask:
        url = f"/{PROJECT}/?{'&'.join(f'run={run}' for run in runs)}"
        asked = [{"runs": runs, "key": key, "px": PX, "draw": "mean"} for key in columns]
        parts = held_of(ask("GET", url)[0].decode())["parts"]
        page = OpenPage(Client(ask), [{**one, "growing": True} for one in asked], page=url, parts=parts)
        page.poll()
        polls, whole, html = [], [], []
        for turn in range(TIMES):
            row = {key: [0.01 * turn + place] for place, key in enumerate(columns)}
            for run in runs:
                body = {"writer": "live", "seq": turn, "step": [steps + turn], "values": row}
                call(site, "POST", f"/api/v1/runs/{run}/history/", body)
            page.poll()
            polls.append(page.client.last)
            again, took = ask("POST", "/api/v1/series/query", {"questions": asked}, Accept=BINARY)
            whole.append((len(again), took))
            again, took = ask("GET", url)
            html.append((len(again), took))
        idle = []
        for _ in range(TIMES):
            page.poll()
            idle.append(page.client.last)
    old = [tuple(map(sum, zip(*both, strict=True))) for both in zip(whole, html, strict=True)]
    what = f"{RUNS} runs x {PANELS} panels"
    return [
        Figure(f"{what}: bytes a poll", _size(polls), "bytes", None, "all again", _size(old)),
        Figure(f"{what}: a poll", _ms(polls), "ms", None, "all again", _ms(old)),
        Figure(f"{what}: bytes a poll, nothing new", _size(idle), "bytes", None, "all again", _size(old)),
        Figure(f"{what}: a poll, nothing new", _ms(idle), "ms", None, "all again", _ms(old)),
    ]


# --- the table ---


def _rows(house: House, site: Site) -> list[Figure]:
    runs = house.sizes.of(100_000, 2_000)
    run_table.fill(site, runs, "live-table")
    shown = {"col": ["metric.m0.last", "metric.m1.last", "config.k0", "config.k10"], "sort": "-metric.m0.last"}
    url = f"/admin/live-table/runs/?{urllib.parse.urlencode(shown, doseq=True)}"
    with _asking(site) as ask:
        loaded = ask("GET", url)[0].decode()
        listed = [name.removeprefix("row-") for name in held_of(loaded)["parts"] if name.startswith("row-")]
        page = OpenPage(Client(ask), [], page=url, parts=held_of(loaded)["parts"])
        polls, html, idle = [], [], []
        for turn in range(TIMES):
            call(site, "PATCH", f"/api/v1/runs/{listed[turn]}/", {"config": {"k0": turn / 1000}})
            page.poll()
            polls.append(page.client.last)
            page.poll()
            idle.append(page.client.last)
            body, took = ask("GET", url)
            html.append((len(body), took))
    what = f"table of {runs:,} runs, 50 rows"
    return [
        Figure(f"{what}: bytes a poll, one row changed", _size(polls), "bytes", None, "the page again", _size(html)),
        Figure(f"{what}: a poll, one row changed", _ms(polls), "ms", None, "the page again", _ms(html)),
        Figure(f"{what}: bytes a poll, nothing new", _size(idle), "bytes", None, "the page again", _size(html)),
        Figure(f"{what}: a poll, nothing new", _ms(idle), "ms", None, "the page again", _ms(html)),
    ]


# --- latency ---


def _latency(house: House) -> Table:
    site = house.site(SQLITE)
    times = house.sizes.of(30, 5)
    late = _late(site, times)
    table = Table("From log() to pixels", "python -m benchmarks live_page")
    target = ("<=", LATENCY_SECONDS)
    table.figures += [
        Figure(f"median of {times}", median(late), "s", target, "a poll's interval", 2.0),
        Figure("the latest", max(late), "s", target, "a poll's interval", 2.0),
    ]
    return table


def _late(site: Site, times: int) -> list[float]:
    """Seconds from each log() of a training to the frame that shows its point."""
    environment = {**site.environment, "PACELINE_SERVER": site.url, "PACELINE_API_KEY": site.admin_key}
    chance = random.Random(3)
    with (
        subprocess.Popen(
            [sys.executable, "-c", TRAINING],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as training,
        sync_playwright() as playwright,
    ):
        assert training.stdin
        assert training.stdout

        def log(step: int) -> float:
            training.stdin.write(f"{step}\n")  # type: ignore[union-attr]
            training.stdin.flush()  # type: ignore[union-attr]
            return float(training.stdout.readline())  # type: ignore[union-attr]

        browser = playwright.chromium.launch(executable_path=str(chromium_program()), args=QUIET_CHROMIUM)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        log(0)
        run = _only_run(site, "latency")
        site.sign_in(page)
        page.goto(f"{site.url}/runs/{run}/")
        page.locator('panel-chart.drawn[data-key="loss"]').wait_for(timeout=30_000)
        page.evaluate(WATCH)
        logged = []
        for step in range(1, times + 1):
            logged.append(log(step))
            page.wait_for_timeout(LATENCY_SECONDS * 1000 + chance.random() * 2000)
        drawn = _drawn(page, times)
        browser.close()
        training.stdin.close()
    return [(drawn[str(step + 1)] - at) / 1000 for step, at in enumerate(logged, 1)]


def _only_run(site: Site, project: str) -> str:
    """The id of a project's run, once its training has told the server of it."""
    while True:
        with contextlib.suppress(RuntimeError):
            found = call(site, "GET", f"/api/v1/projects/admin/{project}/runs/")["runs"]
            if found:
                return str(found[0]["id"])
        time.sleep(0.1)


def _drawn(page: Page, times: int) -> dict[str, float]:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        found: dict[str, float] = page.evaluate("window.drawn")
        if str(times + 1) in found:
            return found
        page.wait_for_timeout(100)
    raise RuntimeError(f"The last point was not drawn: {sorted(found)}")


# --- asking ---


@contextlib.contextmanager
def _asking(site: Site) -> Iterator[Ask]:
    """A function that sends one request of a signed-in browser on a connection that is kept: the body, and ms."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=300)
    headers = {"Cookie": f"sessionid={site.session}", "Content-Type": "application/json"}

    def ask(method: str, path: str, body: Any = None, **more: str) -> tuple[bytes, float]:
        began = time.perf_counter()
        connection.request(method, path, None if body is None else json.dumps(body), headers | more)
        answer = connection.getresponse()
        content = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:500]!r}")
        return content, took

    with contextlib.closing(connection):
        yield ask


def _size(found: list[Any]) -> float:
    return median([float(size) for size, _ in found])


def _ms(found: list[Any]) -> float:
    return median([ms for _, ms in found])
