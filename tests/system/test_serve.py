"""`make serve` as a person meets it: real processes."""

import json
import os
import signal
import time
import urllib.request
from pathlib import Path

from tests.services.site import Site


def test_a_site_answers_and_says_it_is_ready(site: Site):
    with urllib.request.urlopen(f"{site.url}/readyz", timeout=10) as answer:
        assert json.load(answer)["status"] == "ready"


def test_a_page_opens_in_chromium(site: Site, page):
    page.goto(f"{site.url}/healthz")
    assert "alive" in page.inner_text("body")


def test_ctrl_c_stops_every_process(make_site):
    site = make_site()
    running = [site.supervisor_pid, *site.pids("web"), *site.pids("worker")]
    assert len(running) == 4  # supervisor, granian and its one process, worker
    os.kill(site.supervisor_pid, signal.SIGINT)
    wait_until(lambda: not alive(running))
    assert site.stop() == 0


def test_a_killed_supervisor_leaves_nobody_behind(make_site):
    site = make_site()
    running = [site.supervisor_pid, *site.pids("web"), *site.pids("worker")]
    os.kill(site.supervisor_pid, signal.SIGKILL)
    wait_until(lambda: not alive(running))


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


def wait_until(true, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
