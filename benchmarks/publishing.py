"""How long a report of 100 charts takes to be published, and the memory of who does it.

    python -m benchmarks publishing

From the request to the version that is there, with the worker of `make serve`. Baseline: the same pictures asked for
over HTTP one after the other, both themes of each (ten charts of them, times ten).
"""

import contextlib
import os
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.compare_page import send, send_run, wait_until_compacted
from benchmarks.house import House
from benchmarks.report_page import PANELS, POINTS, RUNS, text_of
from benchmarks.tables import Figure, Table
from tests.services.site import Site

TARGET_SECONDS = 30.0
ASKED_AGAIN = 0.25  # seconds
SAMPLED = 10  # charts that the baseline asks for


def measure(house: House) -> list[Table]:
    return [_on(house, database) for database in house.databases]


def _on(house: House, database: str) -> Table:
    site = house.site(database)
    panels = house.sizes.of(PANELS, 10)
    runs = [send_run(site, "reported", place, panels, house.sizes.of(POINTS, 200)) for place in range(RUNS)]
    wait_until_compacted(site)
    markdown = text_of(runs, panels)
    report = send(site, "projects/admin/reported/reports/", {"title": "A hundred", "markdown": markdown})
    sampled = min(SAMPLED, panels)
    one_by_one = _pictures(site, runs, sampled) * panels / sampled
    before = _resident(site)
    took, peak = _published(site, report["id"])
    table = Table(f"Publishing {panels} charts × {RUNS} runs, {database}", "python -m benchmarks publishing")
    named = "the same pictures, one by one"
    table.figures += [
        Figure("published", took, "s", ("<=", TARGET_SECONDS), named, one_by_one),
        Figure("memory of worker and drawing processes, at most", peak / 2**20, "MiB", None, "before", before / 2**20),
    ]
    return table


def _published(site: Site, report: str) -> tuple[float, int]:
    """Seconds until it is there, and the most memory in bytes meanwhile."""
    began, peak = time.perf_counter(), 0
    asked: dict[str, Any] = send(site, f"reports/{report}/publish/", {})
    while not asked.get("published"):
        if asked["state"] == "failed":
            raise RuntimeError(asked["message"])
        time.sleep(ASKED_AGAIN)
        peak = max(peak, _resident(site))
        asked = send(site, asked["progress"].partition("/api/v1/")[2])
    return time.perf_counter() - began, peak


def _pictures(site: Site, runs: list[str], panels: int) -> float:
    began = time.perf_counter()
    for at in range(panels):
        for theme in ("light", "dark"):
            params = [("key", f"m/{at:02d}"), ("theme", theme), *(("run", run) for run in runs)]
            address = f"{site.url}/api/v1/pictures/series.svg?{urllib.parse.urlencode(params)}"
            asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {site.admin_key}"})
            with urllib.request.urlopen(asked, timeout=60) as answer:
                answer.read()
    return time.perf_counter() - began


def _resident(site: Site) -> int:
    """Bytes in memory of the worker and all that it started."""
    size = os.sysconf("SC_PAGE_SIZE")
    found = 0
    for pid in {one for worker in site.pids("worker") for one in _tree(worker)}:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            found += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * size
    return found


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in path.read_text().split():
                yield from _tree(int(child))
